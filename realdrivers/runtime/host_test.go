package runtime_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/tidemark/core"
	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/runtime"
	"example.com/tidemark/sim/sourcefake"
)

const records = 20

// content is a source that has said all that it will.
func content() sourcefake.Content {
	c := sourcefake.Content{Finished: true}
	for i := range uint64(records) {
		c.Records = append(c.Records, source.Record{Output: 0, Offset: source.Offset(i), Data: row(i), Diff: 1})
		c.AtUs = append(c.AtUs, 1)
	}
	c.FinishUs = 1
	return c
}

func createHosted() (ingestion *core.Request, export *core.Request) {
	host := core.HostConfig{Address: "host.example:1"}
	ingestion = &core.Request{Op: core.RequestCreate, Collections: []core.CollectionSpec{{ID: user(1), Description: core.Description{
		Kind: core.KindIngestion, Schema: schema(),
		Ingestion: &core.Ingestion{Connection: "numbers", Outputs: []core.Output{{ID: user(1)}}, Host: host},
	}}}}
	export = &core.Request{Op: core.RequestCreateExports, Exports: []core.ExportSpec{{ID: user(2), Description: core.ExportDescription{
		From: user(1), Connection: "sink", AsOf: frontier.Minimum(), Snapshot: true, Host: host,
	}}}}
	return ingestion, export
}

// An ingestion fills a collection and an export writes it out, across the death of the
// host and of the controller.
func TestHostRunsObjects(t *testing.T) {
	w, o, wire := &world{}, &outside{}, newWire()
	o.sources.Add("numbers", content())
	host, err := w.startHost(wire, o)
	if err != nil {
		t.Fatal(err)
	}
	options := w.options()
	options.Transport = wire
	c := w.start(t, options)
	ingestion, export := createHosted()
	must(t, c, ingestion)
	prepared := must(t, c, &core.Request{Op: core.RequestPrepareExport, GlobalID: user(2), From: user(1), Owner: 1})
	export.Exports[0].Token = prepared.Token
	export.Exports[0].Description.AsOf = frontier.At(prepared.Time)
	must(t, c, export)
	if err := stop(c); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if err := host.Stop(patience(t)); err != nil {
		t.Fatalf("stop of the host: %v", err)
	}
	if err := host.Hello(patience(t), core.Hello{}); !errors.Is(err, runtime.ErrStopped) {
		t.Fatalf("a stopped host: %v", err)
	}
	if host, err = w.startHost(wire, o); err != nil {
		t.Fatal(err)
	}
	defer func() { host.Stop(context.Background()) }()
	c = w.start(t, options)
	for patient := patience(t); len(o.written(user(2))) < records; {
		if patient.Err() != nil {
			list, _ := c.Exports(context.Background())
			hosts, _ := c.Hosts(context.Background())
			t.Fatalf("written %d of %d; exports %+v, hosts %+v", len(o.written(user(2))), records, list, hosts)
		}
		time.Sleep(time.Millisecond)
	}
	for data, n := range o.written(user(2)) {
		if n != 1 {
			t.Errorf("%q is there %d times", data, n)
		}
	}
	stop(c)
}

// Without its controller a host goes on; a controller without hosts does too.
func TestHostAlone(t *testing.T) {
	w, o, wire := &world{}, &outside{}, newWire()
	c := w.start(t, w.options()) // no transport at all
	ingestion, _ := createHosted()
	must(t, c, ingestion)
	must(t, c, createTables(user(9)))
	host, err := w.startHost(wire, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Stop(patience(t)); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := host.Err(); !errors.Is(err, runtime.ErrStopped) {
		t.Errorf("ended with %v", err)
	}
	if _, err := runtime.StartHost(runtime.HostOptions{}); err == nil {
		t.Error("a host without drivers started")
	}
}
