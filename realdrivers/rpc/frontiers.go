package rpc

import (
	"context"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
	"example.com/tidemark/realdrivers/runtime"
)

// Frontiers lists where collections and exports are.
func (s *Server) Frontiers(ctx context.Context, call *connect.Request[tidemarkpb.FrontiersRequest]) (*connect.Response[tidemarkpb.FrontiersResponse], error) {
	ids, err := toIDs("ids", call.Msg.GetIds())
	if err != nil {
		return nil, s.failure(err)
	}
	out, err := s.frontiers(ctx, ids)
	if err != nil {
		return nil, s.failure(err)
	}
	return connect.NewResponse(out), nil
}

// The least and the default time between two messages of a watch, in milliseconds.
const (
	minWatchEvery     = 100
	defaultWatchEvery = 1000
)

// Watch sends everything, and then what has changed, until the caller goes. It looks
// after the controller's steps, not more often than it is asked to.
func (s *Server) Watch(ctx context.Context, call *connect.Request[tidemarkpb.WatchRequest], stream *connect.ServerStream[tidemarkpb.FrontiersResponse]) error {
	ids, err := toIDs("ids", call.Msg.GetIds())
	if err != nil {
		return s.failure(err)
	}
	every := call.Msg.GetEveryMs()
	if every == 0 {
		every = defaultWatchEvery
	}
	raised, end, err := s.Controller.Steps(ctx)
	if err != nil {
		return s.failure(err)
	}
	defer end()
	soonest := time.NewTimer(0)
	defer soonest.Stop()
	var told *tidemarkpb.FrontiersResponse
	for {
		now, err := s.frontiers(ctx, ids)
		if err != nil {
			return s.failure(err)
		}
		if moved, any := difference(told, now); any || told == nil {
			if err := stream.Send(moved); err != nil {
				return err
			}
		}
		told = now
		soonest.Reset(time.Duration(max(every, minWatchEvery)) * time.Millisecond)
		if err := hear(ctx, soonest.C, s.Stopping); err != nil {
			return s.failure(err)
		}
		if err := hear(ctx, raised, s.Stopping); err != nil {
			return s.failure(err)
		}
	}
}

// hear waits for a signal, or for a reason to stop waiting.
func hear[T any](ctx context.Context, signal <-chan T, stopping <-chan struct{}) error {
	select {
	case <-signal:
		return nil
	case <-stopping:
		return runtime.ErrStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// frontiers is where the collections and exports of the list are; none means all,
// and the hosts.
func (s *Server) frontiers(ctx context.Context, ids []core.GlobalID) (*tidemarkpb.FrontiersResponse, error) {
	wanted := map[core.GlobalID]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	collections, err := s.Controller.Collections(ctx, true)
	if err != nil {
		return nil, err
	}
	exports, err := s.Controller.Exports(ctx)
	if err != nil {
		return nil, err
	}
	out := &tidemarkpb.FrontiersResponse{Epoch: s.Controller.Status().Epoch, Clock: present()}
	for i := range collections {
		// A remap shard has no id that a client could name.
		if c := &collections[i]; c.ID.Valid() && (len(ids) == 0 || wanted[c.ID]) {
			out.Collections = append(out.Collections, collectionState(c))
		}
	}
	for i := range exports {
		if e := &exports[i]; len(ids) == 0 || wanted[e.ID] {
			out.Exports = append(out.Exports, exportState(e))
		}
	}
	if len(ids) > 0 {
		return out, nil
	}
	hosts, err := s.Controller.Hosts(ctx)
	for i := range hosts {
		out.Hosts = append(out.Hosts, s.hostState(&hosts[i]))
	}
	return out, err
}

func collectionState(c *runtime.Collection) *tidemarkpb.CollectionState {
	return &tidemarkpb.CollectionState{
		Id: c.ID.String(), Kind: c.Kind.String(), Since: fromFrontier(c.Since), Upper: fromFrontier(c.Upper),
		Implied: fromFrontier(c.Implied), DurableSince: fromFrontier(c.DurableSince), Policy: fromPolicy(c.Policy),
		Shard: c.Phase.String(), Dropped: c.Dropped, HeldBy: heldBy(c), QueuedAppends: uint32(c.QueuedAppends),
		Host: hostName(c.Host),
	}
}

func exportState(e *core.ExportView) *tidemarkpb.ExportState {
	return &tidemarkpb.ExportState{
		Id: e.ID.String(), From: e.From.String(), Upper: fromFrontier(e.Upper), Hold: fromFrontier(e.Hold),
		Dropped: e.Dropped, Host: hostName(e.Host),
	}
}

// hostName is a host as it is printed; nothing if there is none.
func hostName(h core.HostID) string {
	if h == (core.HostID{}) {
		return ""
	}
	return h.String()
}

func (s *Server) hostState(h *core.HostView) *tidemarkpb.HostState {
	state := &tidemarkpb.HostState{Name: h.ID.String(), Connected: h.Connected, Live: uint32(h.Live), Ending: uint32(h.Ending)}
	if !h.Connected && s.Trouble != nil {
		if err := s.Trouble(h.ID); err != nil {
			state.Trouble = err.Error()
		}
	}
	return state
}

// difference is what of now is new against before, and whether anything is.
func difference(before, now *tidemarkpb.FrontiersResponse) (moved *tidemarkpb.FrontiersResponse, any bool) {
	if before == nil {
		return now, true
	}
	moved = &tidemarkpb.FrontiersResponse{Epoch: now.GetEpoch(), Clock: now.GetClock()}
	var gone []string
	moved.Collections, gone = changed(before.GetCollections(), now.GetCollections(), (*tidemarkpb.CollectionState).GetId)
	moved.Gone = append(moved.Gone, gone...)
	moved.Exports, gone = changed(before.GetExports(), now.GetExports(), (*tidemarkpb.ExportState).GetId)
	moved.Gone = append(moved.Gone, gone...)
	moved.Hosts, gone = changed(before.GetHosts(), now.GetHosts(), (*tidemarkpb.HostState).GetName)
	moved.Gone = append(moved.Gone, gone...)
	return moved, len(moved.Collections)+len(moved.Exports)+len(moved.Hosts)+len(moved.Gone) > 0
}

// changed lists the entries of now that are new or different, and the names of those
// that are there no more.
func changed[M proto.Message](before, now []M, name func(M) string) (moved []M, gone []string) {
	known := make(map[string]M, len(before))
	for _, m := range before {
		known[name(m)] = m
	}
	for _, m := range now {
		if old, ok := known[name(m)]; !ok || !proto.Equal(old, m) {
			moved = append(moved, m)
		}
		delete(known, name(m))
	}
	for _, m := range before {
		if _, left := known[name(m)]; left {
			gone = append(gone, name(m))
		}
	}
	return moved, gone
}
