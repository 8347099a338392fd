package rpc

import (
	"context"

	"connectrpc.com/connect"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// AcquireHold makes a core.RequestAcquireHold.
func (s *Server) AcquireHold(ctx context.Context, call *connect.Request[tidemarkpb.AcquireHoldRequest]) (*connect.Response[tidemarkpb.HoldResponse], error) {
	m := call.Msg
	id, err := toID("id", m.GetId())
	return s.hold(ctx, &core.Request{
		Op: core.RequestAcquireHold, GlobalID: id, Owner: core.OwnerID(m.GetOwner()), Hold: core.HoldID(m.GetHold()),
		At: frontier.Timestamp(m.GetTime()), Earliest: m.Time == nil,
	}, err)
}

// RenewHold makes a core.RequestRenewHold.
func (s *Server) RenewHold(ctx context.Context, call *connect.Request[tidemarkpb.RenewHoldRequest]) (*connect.Response[tidemarkpb.HoldResponse], error) {
	m := call.Msg
	id, err := toOptionalID("id", m.GetId())
	return s.hold(ctx, &core.Request{
		Op: core.RequestRenewHold, GlobalID: id, Owner: core.OwnerID(m.GetOwner()), Hold: core.HoldID(m.GetHold()),
		At: frontier.Timestamp(m.GetTime()),
	}, err)
}

// MoveHold makes a core.RequestMoveHold.
func (s *Server) MoveHold(ctx context.Context, call *connect.Request[tidemarkpb.MoveHoldRequest]) (*connect.Response[tidemarkpb.HoldResponse], error) {
	m := call.Msg
	id, err := toID("id", m.GetId())
	return s.hold(ctx, &core.Request{
		Op: core.RequestMoveHold, GlobalID: id, Owner: core.OwnerID(m.GetOwner()), Hold: core.HoldID(m.GetHold()),
		At: frontier.Timestamp(m.GetTime()),
	}, err)
}

// hold submits a request whose response has the time of a hold.
func (s *Server) hold(ctx context.Context, r *core.Request, bad error) (*connect.Response[tidemarkpb.HoldResponse], error) {
	if bad != nil {
		return nil, s.failure(bad)
	}
	response, err := s.submit(ctx, r)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&tidemarkpb.HoldResponse{
		Epoch: response.Epoch, Clock: uint64(response.Clock), Time: uint64(response.Time),
	}), nil
}

// ReleaseHold makes a core.RequestReleaseHold.
func (s *Server) ReleaseHold(ctx context.Context, call *connect.Request[tidemarkpb.ReleaseHoldRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	m := call.Msg
	id, err := toID("id", m.GetId())
	return s.answer(ctx, &core.Request{
		Op: core.RequestReleaseHold, GlobalID: id, Owner: core.OwnerID(m.GetOwner()), Hold: core.HoldID(m.GetHold()),
	}, err)
}

// UpdateCapabilities makes a core.RequestUpdateCapabilities.
func (s *Server) UpdateCapabilities(ctx context.Context, call *connect.Request[tidemarkpb.UpdateCapabilitiesRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	r := core.Request{
		Op: core.RequestUpdateCapabilities, Owner: core.OwnerID(call.Msg.GetOwner()),
		Capabilities: make([]core.CapabilityChange, len(call.Msg.GetChanges())),
	}
	for i, c := range call.Msg.GetChanges() {
		id, err := toID(at("changes", i)+".id", c.GetId())
		if err != nil {
			return nil, s.failure(err)
		}
		r.Capabilities[i] = core.CapabilityChange{ID: id, Time: frontier.Timestamp(c.GetTime()), Diff: c.GetDiff()}
	}
	return s.answer(ctx, &r, nil)
}
