package rpc

import (
	"context"
	"time"

	"connectrpc.com/connect"

	"example.com/tidemark/codec"
	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// GetCollection makes a core.RequestCollection.
func (s *Server) GetCollection(ctx context.Context, call *connect.Request[tidemarkpb.GetRequest]) (*connect.Response[tidemarkpb.CollectionResponse], error) {
	id, err := toID("id", call.Msg.GetId())
	if err != nil {
		return nil, s.failure(err)
	}
	response, err := s.submit(ctx, &core.Request{Op: core.RequestCollection, GlobalID: id})
	if err != nil {
		return nil, err
	}
	info := &response.Info[0]
	out := &tidemarkpb.CollectionResponse{
		Epoch: response.Epoch, Clock: uint64(response.Clock),
		Collection: fromCollection(info.ID, &info.Description), Since: fromFrontier(info.Since),
		Upper: fromFrontier(info.Upper), Implied: fromFrontier(info.Implied), Policy: fromPolicy(info.Policy),
		Dropped: info.Dropped, DataShard: info.Data.String(), RemapShard: info.Remap.String(),
	}
	for i := range info.Holds {
		out.Holds = append(out.Holds, fromHold(&info.Holds[i]))
	}
	return connect.NewResponse(out), nil
}

// GetExport makes a core.RequestExport.
func (s *Server) GetExport(ctx context.Context, call *connect.Request[tidemarkpb.GetRequest]) (*connect.Response[tidemarkpb.ExportResponse], error) {
	id, err := toID("id", call.Msg.GetId())
	if err != nil {
		return nil, s.failure(err)
	}
	response, err := s.submit(ctx, &core.Request{Op: core.RequestExport, GlobalID: id})
	if err != nil {
		return nil, err
	}
	info := &response.Export[0]
	return connect.NewResponse(&tidemarkpb.ExportResponse{
		Epoch: response.Epoch, Clock: uint64(response.Clock),
		Export: fromExport(info.ID, &info.Description, info.AsOf, info.Snapshot),
		Upper:  fromFrontier(info.Upper), Hold: fromFrontier(info.Hold), Dropped: info.Dropped,
	}), nil
}

// Status tells how the controller is, whatever state it is in.
func (s *Server) Status(context.Context, *connect.Request[tidemarkpb.StatusRequest]) (*connect.Response[tidemarkpb.StatusResponse], error) {
	st := s.Controller.Status()
	out := &tidemarkpb.StatusResponse{
		Epoch: st.Epoch, Phase: st.Phase.String(), Version: s.Version, UptimeMs: s.Uptime(), Stores: s.Stores,
		OpenRequests: uint64(st.OpenRequests), OpenEffects: uint64(st.OpenEffects),
		QueuedControl: uint64(st.QueuedControl), WaitingRequests: uint64(st.WaitingRequests),
		Ignored: st.Ignored, ClockAlarms: st.ClockAlarms,
		Collections: uint64(st.Collections), Hosts: uint64(st.Hosts),
		Clock: present(),
	}
	if st.GraceEnds > st.Mono {
		out.GraceMs = uint64(clock.Duration(st.GraceEnds-st.Mono) / clock.Millisecond)
	}
	if err := s.Controller.Err(); err != nil {
		out.Halt = err.Error()
	}
	return connect.NewResponse(out), nil
}

// dumpPiece is how much of a dump goes into one message.
const dumpPiece = 256 << 10

// Dump sends what the machine believes, all of one moment.
func (s *Server) Dump(ctx context.Context, _ *connect.Request[tidemarkpb.DumpRequest], stream *connect.ServerStream[tidemarkpb.DumpResponse]) error {
	var view core.View
	var collections []core.CollectionView
	err := s.Controller.Look(ctx, func(m *core.Controller) {
		m.View(&view)
		all := make([]core.CollectionView, m.Collections())
		for i := range all {
			m.CollectionAt(i, &all[i])
		}
		collections = all
	})
	if err != nil {
		return s.failure(err)
	}
	for b := codec.AppendDump(nil, &view, collections); len(b) > 0; {
		n := min(len(b), dumpPiece)
		if err := stream.Send(&tidemarkpb.DumpResponse{Json: b[:n]}); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// present is this machine's clock. Answers to requests have the controller's own
// idea of it, which is bounded.
func present() uint64 { return uint64(max(time.Now().UnixMilli(), 0)) }
