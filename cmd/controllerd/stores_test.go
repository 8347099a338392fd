package main

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/internal/tests3"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// On Postgres and S3, what one controller made durable the next one reads: rows that
// are kept in a shard's state, and rows that are many enough for blobs.
func TestPostgresAndS3(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Postgres and an S3 server")
	}
	pg := testpg.Start(t, testpg.Options{})
	meta, states, blobs := pg.Database(t), pg.Database(t), tests3.Start(t).Bucket(t)
	const rows = 20_000
	for epoch := uint64(1); epoch <= 2; epoch++ {
		r := run(t, "--stash", meta, "--persist-consensus", states, "--blob", blobs)
		r.until("ready", r.ready)
		if epoch == 1 {
			create(t, r)
			r.write(rows, 10)
			r.write(1, 20)
		}
		if got := r.count(); got != rows+1 {
			t.Errorf("epoch %d reads %d rows, want %d", epoch, got, rows+1)
		}
		status, err := r.client.Status(t.Context(), connect.NewRequest(&tidemarkpb.StatusRequest{}))
		if err != nil {
			t.Fatal(err)
		}
		stores := strings.Join(status.Msg.GetStores(), " ")
		if status.Msg.GetEpoch() != epoch || !strings.Contains(stores, "blob s3://") || !strings.Contains(stores, "stash postgres://") {
			t.Errorf("epoch %d on %s", status.Msg.GetEpoch(), stores)
		}
		r.stop()
	}
}

func create(t *testing.T, r *running) {
	t.Helper()
	_, err := r.client.CreateCollections(t.Context(), connect.NewRequest(&tidemarkpb.CreateCollectionsRequest{Collections: []*tidemarkpb.Collection{{
		Id: "u1", Kind: "table", Columns: []*tidemarkpb.Column{{Name: "n", Type: "int64"}, {Name: "text", Type: "text"}},
	}}}))
	if err != nil {
		t.Fatal(err)
	}
}

// write appends so many rows at a time.
func (r *running) write(rows int, at uint64) {
	r.t.Helper()
	part := &tidemarkpb.Append{Id: "u1", Upper: timeMark(at + 1)}
	for i := range rows {
		row := &structpb.ListValue{Values: []*structpb.Value{
			structpb.NewNumberValue(float64(i)), structpb.NewStringValue(fmt.Sprintf("row %d at %d", i, at)),
		}}
		part.Updates = append(part.Updates, &tidemarkpb.Update{Row: row, Time: at})
	}
	_, err := r.client.Append(r.t.Context(), connect.NewRequest(&tidemarkpb.AppendRequest{Appends: []*tidemarkpb.Append{part}}))
	if err != nil {
		r.t.Fatal(err)
	}
}

// count reads the table and counts its rows.
func (r *running) count() (rows int) {
	r.t.Helper()
	stream, err := r.client.SnapshotStream(r.t.Context(), connect.NewRequest(&tidemarkpb.SnapshotRequest{Id: "u1"}))
	if err != nil {
		r.t.Fatal(err)
	}
	for stream.Receive() {
		rows += len(stream.Msg().GetRows())
	}
	if stream.Err() != nil {
		r.t.Fatal(stream.Err())
	}
	return rows
}
