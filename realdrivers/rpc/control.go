package rpc

import (
	"context"

	"connectrpc.com/connect"

	"example.com/tidemark/core"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// CreateCollections makes a core.RequestCreate.
func (s *Server) CreateCollections(ctx context.Context, call *connect.Request[tidemarkpb.CreateCollectionsRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	r := core.Request{Op: core.RequestCreate, Collections: make([]core.CollectionSpec, len(call.Msg.GetCollections()))}
	for i, c := range call.Msg.GetCollections() {
		var err error
		if r.Collections[i], err = toCollection(at("collections", i), c); err != nil {
			return nil, s.failure(err)
		}
		if g := r.Collections[i].Description.Ingestion; g != nil {
			if err := usable(s.Source, at("collections", i)+".ingestion.connection", g.Connection); err != nil {
				return nil, s.failure(err)
			}
		}
	}
	return s.answer(ctx, &r, nil)
}

// usable refuses a connection that no host can use. That there is none is for the
// controller to say.
func usable(check func(string) error, field, connection string) error {
	if check == nil || connection == "" {
		return nil
	}
	if err := check(connection); err != nil {
		return bad(field, "%w", err)
	}
	return nil
}

// AlterHosts makes a core.RequestAlter.
func (s *Server) AlterHosts(ctx context.Context, call *connect.Request[tidemarkpb.AlterHostsRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	r := core.Request{Op: core.RequestAlter, Moves: make([]core.Move, len(call.Msg.GetMoves()))}
	for i, m := range call.Msg.GetMoves() {
		id, err := toID(at("moves", i)+".id", m.GetId())
		if err != nil {
			return nil, s.failure(err)
		}
		r.Moves[i] = core.Move{ID: id, Host: toHost(m.GetHost())}
	}
	return s.answer(ctx, &r, nil)
}

// DropCollections makes a core.RequestDrop.
func (s *Server) DropCollections(ctx context.Context, call *connect.Request[tidemarkpb.DropRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	return s.drop(ctx, core.RequestDrop, call.Msg)
}

// DropExports makes a core.RequestDropExports.
func (s *Server) DropExports(ctx context.Context, call *connect.Request[tidemarkpb.DropRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	return s.drop(ctx, core.RequestDropExports, call.Msg)
}

func (s *Server) drop(ctx context.Context, op core.RequestOp, m *tidemarkpb.DropRequest) (*connect.Response[tidemarkpb.Answer], error) {
	ids, err := toIDs("ids", m.GetIds())
	return s.answer(ctx, &core.Request{Op: op, IDs: ids, Unvalidated: m.GetSkipUnknown()}, err)
}

// PrepareExport makes a core.RequestPrepareExport.
func (s *Server) PrepareExport(ctx context.Context, call *connect.Request[tidemarkpb.PrepareExportRequest]) (*connect.Response[tidemarkpb.PrepareExportResponse], error) {
	id, err := toID("id", call.Msg.GetId())
	if err != nil {
		return nil, s.failure(err)
	}
	from, err := toID("from", call.Msg.GetFrom())
	if err != nil {
		return nil, s.failure(err)
	}
	response, err := s.submit(ctx, &core.Request{
		Op: core.RequestPrepareExport, GlobalID: id, From: from, Owner: core.OwnerID(call.Msg.GetOwner()),
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&tidemarkpb.PrepareExportResponse{
		Epoch: response.Epoch, Clock: uint64(response.Clock), Token: uint64(response.Token),
	}), nil
}

// RenewToken makes a core.RequestRenewToken.
func (s *Server) RenewToken(ctx context.Context, call *connect.Request[tidemarkpb.RenewTokenRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	id, err := toID("id", call.Msg.GetId())
	if err != nil {
		return nil, s.failure(err)
	}
	from, err := toID("from", call.Msg.GetFrom())
	return s.answer(ctx, &core.Request{
		Op: core.RequestRenewToken, GlobalID: id, From: from,
		Token: core.Token(call.Msg.GetToken()), Owner: core.OwnerID(call.Msg.GetOwner()),
	}, err)
}

// CancelToken makes a core.RequestCancelToken.
func (s *Server) CancelToken(ctx context.Context, call *connect.Request[tidemarkpb.CancelTokenRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	id, err := toID("id", call.Msg.GetId())
	return s.answer(ctx, &core.Request{Op: core.RequestCancelToken, GlobalID: id, Token: core.Token(call.Msg.GetToken())}, err)
}

// CreateExports makes a core.RequestCreateExports.
func (s *Server) CreateExports(ctx context.Context, call *connect.Request[tidemarkpb.CreateExportsRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	exports, err := s.exports(call.Msg.GetExports())
	return s.answer(ctx, &core.Request{Op: core.RequestCreateExports, Exports: exports}, err)
}

// AlterExports makes a core.RequestAlterExports.
func (s *Server) AlterExports(ctx context.Context, call *connect.Request[tidemarkpb.AlterExportsRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	exports, err := s.exports(call.Msg.GetExports())
	return s.answer(ctx, &core.Request{Op: core.RequestAlterExports, Exports: exports}, err)
}

// exports reads exports whose connections can be used.
func (s *Server) exports(list []*tidemarkpb.Export) ([]core.ExportSpec, error) {
	specs, err := toExports(list)
	for i := 0; i < len(specs) && err == nil; i++ {
		err = usable(s.Sink, at("exports", i)+".connection", specs[i].Description.Connection)
	}
	return specs, err
}
