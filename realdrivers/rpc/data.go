package rpc

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// Append makes a core.RequestAppend.
func (s *Server) Append(ctx context.Context, call *connect.Request[tidemarkpb.AppendRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	r := core.Request{Op: core.RequestAppend, Appends: make([]core.Append, len(call.Msg.GetAppends()))}
	for i, a := range call.Msg.GetAppends() {
		var err error
		if r.Appends[i], err = s.toAppend(ctx, at("appends", i), a); err != nil {
			return nil, s.failure(err)
		}
	}
	return s.answer(ctx, &r, nil)
}

func (s *Server) toAppend(ctx context.Context, field string, a *tidemarkpb.Append) (part core.Append, err error) {
	if part.ID, err = toID(field+".id", a.GetId()); err != nil {
		return part, err
	}
	if part.Upper, err = toFrontier(field+".upper", a.GetUpper()); err != nil {
		return part, err
	}
	if len(a.GetUpdates()) == 0 {
		return part, nil
	}
	schema, err := s.schema(ctx, part.ID)
	if err != nil {
		return part, err
	}
	part.Updates = make([]relation.Update, len(a.GetUpdates()))
	for i, u := range a.GetUpdates() {
		update := &part.Updates[i]
		update.Time, update.Diff = frontier.Timestamp(u.GetTime()), 1
		if u.Diff != nil {
			update.Diff = u.GetDiff()
		}
		if update.Data, err = toRow(schema, u); err != nil {
			return part, &BadRequestError{Field: at(field+".updates", i) + ".row", Code: core.RowMismatch, ID: part.ID, Cause: err}
		}
	}
	return part, nil
}

func toRow(schema relation.Schema, u *tidemarkpb.Update) (relation.Row, error) {
	if u.GetError() != "" && u.GetRow() == nil {
		return relation.PackError(u.GetError()), nil
	}
	if u.GetError() != "" {
		return "", errBoth
	}
	return pack(schema, u.GetRow())
}

// Snapshot makes a core.RequestSnapshot.
func (s *Server) Snapshot(ctx context.Context, call *connect.Request[tidemarkpb.SnapshotRequest]) (*connect.Response[tidemarkpb.SnapshotResponse], error) {
	var whole *tidemarkpb.SnapshotResponse
	err := s.snapshot(ctx, call.Msg, 0, func(piece *tidemarkpb.SnapshotResponse) error {
		whole = piece
		return nil
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(whole), nil
}

// rowsPerPiece keeps the pieces of a snapshot small in comparison with MaxMessage,
// which clients have too.
const rowsPerPiece = 1024

// SnapshotStream makes a core.RequestSnapshot.
func (s *Server) SnapshotStream(ctx context.Context, call *connect.Request[tidemarkpb.SnapshotRequest], stream *connect.ServerStream[tidemarkpb.SnapshotResponse]) error {
	return s.snapshot(ctx, call.Msg, rowsPerPiece, stream.Send)
}

// snapshot reads a collection and sends it in pieces of so many rows; 0: in one.
func (s *Server) snapshot(ctx context.Context, m *tidemarkpb.SnapshotRequest, piece int, send func(*tidemarkpb.SnapshotResponse) error) error {
	id, err := toID("id", m.GetId())
	if err != nil {
		return s.failure(err)
	}
	wait, err := toSpan("waitMs", m.GetWaitMs())
	if err != nil {
		return s.failure(err)
	}
	asOf := frontier.Timestamp(m.GetAsOf())
	if m.AsOf == nil {
		if asOf, err = s.latest(ctx, id); err != nil {
			return err
		}
	}
	response, err := s.submit(ctx, &core.Request{Op: core.RequestSnapshot, GlobalID: id, AsOf: asOf, Wait: wait})
	if err != nil {
		return err
	}
	rows := response.Rows
	for first := true; first || len(rows) > 0; first = false {
		n := len(rows)
		if piece > 0 {
			n = min(n, piece)
		}
		out := &tidemarkpb.SnapshotResponse{Epoch: response.Epoch, Clock: uint64(response.Clock), AsOf: uint64(asOf)}
		if out.Rows, err = fromRows(id, rows[:n]); err != nil {
			return s.failure(err)
		}
		if err := send(out); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// latest is the latest time at which a collection is complete; of one that is closed,
// the first at which it can be read. Where there is no such time, nothing says which
// one to wait for.
func (s *Server) latest(ctx context.Context, id core.GlobalID) (frontier.Timestamp, error) {
	response, err := s.submit(ctx, &core.Request{Op: core.RequestCollection, GlobalID: id})
	if err != nil {
		return 0, err
	}
	info := &response.Info[0]
	since, readable := info.Since.AsOption()
	if !readable {
		return 0, nil // the core says what is wrong with it
	}
	upper, open := info.Upper.AsOption()
	switch {
	case !open:
		return since, nil
	case upper <= since:
		return 0, s.failure(&BadRequestError{
			Field: "asOf", Code: core.InvalidRequest, ID: id,
			Cause: fmt.Errorf("there is no complete time that can be read yet (since %d, upper %d); give one to wait for", since, upper),
		})
	}
	return upper - 1, nil
}

// SetPolicies makes a core.RequestSetPolicy.
func (s *Server) SetPolicies(ctx context.Context, call *connect.Request[tidemarkpb.SetPoliciesRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	r := core.Request{Op: core.RequestSetPolicy, Policies: make([]core.PolicyChange, len(call.Msg.GetChanges()))}
	for i, c := range call.Msg.GetChanges() {
		id, err := toID(at("changes", i)+".id", c.GetId())
		if err != nil {
			return nil, s.failure(err)
		}
		policy, err := toPolicy(at("changes", i)+".policy", c.GetPolicy())
		if err != nil {
			return nil, s.failure(err)
		}
		r.Policies[i] = core.PolicyChange{ID: id, Policy: policy}
	}
	return s.answer(ctx, &r, nil)
}

// UpdateUppers makes a core.RequestUpdateUppers.
func (s *Server) UpdateUppers(ctx context.Context, call *connect.Request[tidemarkpb.UpdateUppersRequest]) (*connect.Response[tidemarkpb.Answer], error) {
	r := core.Request{Op: core.RequestUpdateUppers, Uppers: make([]core.UpperReport, len(call.Msg.GetUppers()))}
	for i, u := range call.Msg.GetUppers() {
		id, err := toID(at("uppers", i)+".id", u.GetId())
		if err != nil {
			return nil, s.failure(err)
		}
		upper, err := toFrontier(at("uppers", i)+".upper", u.GetUpper())
		if err != nil {
			return nil, s.failure(err)
		}
		r.Uppers[i] = core.UpperReport{ID: id, Upper: upper}
	}
	return s.answer(ctx, &r, nil)
}
