//go:build linux

package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/tidemark/internal/testpg"
	"example.com/tidemark/internal/testport"
	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// Options say how long, and which faults in which order.
type Options struct {
	For  time.Duration
	Seed uint64
	// Wide: with managed hosts, blobs on S3, and a table that is followed and copied.
	Wide bool
	// Out gets progress and summary.
	Out io.Writer
	// Dir is where everything is kept; "" is a directory that is removed if nothing was
	// found.
	Dir string
}

const (
	sourceID = "u10"
	// holdLease is how long a hold lives without being renewed.
	holdLease = 5 * time.Second
	// rest bounds how long everything may take to come to rest after healing.
	rest = 3 * time.Minute
)

// world is the programs, the wires between them, and the clients.
type world struct {
	o Options
	// bin is where the programs are, dir where everything else is.
	bin, dir string
	log      *record
	postgres *testpg.Server
	// server is taken by whoever kills or pauses the server, lead by whoever does
	// something to controllers that needs to know which of them leads.
	server, lead sync.Mutex
	// store is taken by whoever kills the S3 server.
	store sync.Mutex
	// objects and followed are there if the torture is a wide one.
	objects     *objects
	followed    *followed
	controllers [2]*process
	hosts       [2]*process
	wires       []*proxy
	hostWires   [2]*proxy
	// storeWires lead controllers and hosts to Postgres.
	storeWires [2]*proxy
	// addresses of the controllers.
	addresses [2]string
	api       *api
	tables    []*table

	epoch            atomic.Uint64
	holds, heldReads atomic.Int64

	mu         sync.Mutex
	strikes    map[string]int
	violations []string
	failure    error
}

// Run tortures for a while, and fails the test with what was found.
func Run(t testing.TB, o Options) {
	w, err := newWorld(t, o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	fmt.Fprintf(o.Out, "torture   seed %d for %s, everything is in %s\n", o.Seed, o.For, w.dir)
	if err := w.play(); err != nil {
		w.broken(err)
	}
	w.summary()
	if found := w.found(); len(found) > 0 {
		t.Fatalf("seed %d: %d things are wrong; the log is %s\n%s", o.Seed, len(found), filepath.Join(w.dir, "torture.log"),
			strings.Join(found[:min(len(found), 20)], "\n"))
	}
	if o.Dir == "" {
		w.close()
		os.RemoveAll(w.dir)
	}
}

func newWorld(t testing.TB, o Options) (*world, error) {
	w := &world{o: o, dir: o.Dir, strikes: map[string]int{}}
	var err error
	if w.dir == "" {
		w.dir, err = os.MkdirTemp("", "tidemark-torture-")
	} else {
		err = os.MkdirAll(w.dir, 0o700)
	}
	if err != nil {
		return nil, err
	}
	if w.log, err = newRecord(filepath.Join(w.dir, "torture.log")); err != nil {
		return nil, err
	}
	w.postgres = testpg.Start(t, testpg.Options{Durable: true})
	database := w.postgres.Database(t)
	if w.bin, err = programs(); err != nil {
		return nil, err
	}
	if o.Wide {
		if w.objects, err = w.newObjects(t); err != nil {
			return nil, err
		}
		if err := w.shareServices(); err != nil {
			return nil, err
		}
	}
	if err := w.wireUp(t, database); err != nil || !o.Wide {
		return w, err
	}
	w.followed, err = w.newFollowed(t, w.storeWires[1])
	return w, err
}

// wireUp makes the wires and says how each program is started: all of them reach the
// server, and controllers reach hosts, by wires that can be cut.
func (w *world) wireUp(t testing.TB, database string) error {
	at, err := url.Parse(database)
	if err != nil {
		return err
	}
	socket := filepath.Join(at.Query().Get("host"), ".s.PGSQL.5432")
	toServer := func() (net.Conn, error) { return net.Dial("unix", socket) }
	var urls [2]string
	for i, name := range []string{"controllers to Postgres", "hosts to Postgres"} {
		p, err := newProxy(name, toServer)
		if err != nil {
			return err
		}
		w.wires, w.storeWires[i] = append(w.wires, p), p
		urls[i] = fmt.Sprintf("postgres://postgres@%s%s?sslmode=disable", p.address(), at.Path)
	}
	blob, files := "file://"+filepath.Join(w.dir, "blobs"), filepath.Join(w.dir, "files")
	if w.objects != nil {
		blob = w.objects.location
	}
	for i := range w.hosts {
		listen := testport.Reserve(t)
		name := fmt.Sprintf("storaged-%d", i)
		w.hosts[i] = newProcess(name, filepath.Join(w.dir, name+".log"), filepath.Join(w.bin, "storaged"), "--listen", listen,
			"--persist-consensus", urls[1], "--blob", blob, "--files", files)
		if w.hostWires[i], err = newProxy("controllers to "+name, func() (net.Conn, error) { return net.Dial("tcp", listen) }); err != nil {
			return err
		}
		w.wires = append(w.wires, w.hostWires[i])
	}
	for i := range w.controllers {
		w.addresses[i] = testport.Reserve(t)
		name := fmt.Sprintf("controllerd-%d", i)
		w.controllers[i] = newProcess(name, filepath.Join(w.dir, name+".log"), filepath.Join(w.bin, "controllerd"),
			"--data", filepath.Join(w.dir, name), "--listen", w.addresses[i], "--stash", urls[0], "--persist-consensus", urls[0],
			"--blob", blob, "--files", files, "--storaged", filepath.Join(w.bin, "storaged"), "--hold-lease", holdLease.String(), "--journal-segment", "1")
	}
	w.api = newAPI(w.addresses[0], w.addresses[1])
	return nil
}

// play is the run: begin, trouble, heal, check.
func (w *world) play() error {
	supervised, endSupervision := context.WithCancel(context.Background())
	var supervisors sync.WaitGroup
	defer supervisors.Wait()
	defer endSupervision()
	supervisors.Go(func() { w.superviseControllers(supervised) })
	for _, h := range w.hosts {
		supervisors.Go(func() { w.superviseHost(supervised, h) })
	}
	begin, cancel := context.WithTimeout(context.Background(), rest)
	defer cancel()
	if err := w.create(begin); err != nil {
		return fmt.Errorf("nothing could be created: %w", err)
	}
	working, endWork := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	w.work(working, &clients)
	troubled, endTrouble := context.WithTimeout(context.Background(), w.o.For)
	defer endTrouble()
	clients.Go(func() { w.progress(working) })
	w.trouble(troubled, rand.New(rand.NewPCG(w.o.Seed, 1)))
	w.log.event("healed")
	w.peace()
	endWork()
	clients.Wait()
	if err := w.check(); err != nil {
		return err
	}
	endSupervision() // or the next controller would begin another journal
	supervisors.Wait()
	return w.checkJournals()
}

// peace lets the clients work undisturbed for a moment, and on a slow machine until each
// table was written and read, which there may not have been time for before.
func (w *world) peace() {
	time.Sleep(2 * time.Second)
	untouched := func(t *table) bool {
		acked, _, _, reads := t.counts()
		return acked == 0 || reads == 0
	}
	for end := time.Now().Add(rest); slices.ContainsFunc(w.tables, untouched) && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
}

// work starts the clients.
func (w *world) work(ctx context.Context, group *sync.WaitGroup) {
	draws := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(w.o.Seed, 100+n)) }
	group.Go(func() { w.writer(ctx, draws(1), w.tables[0]) })
	group.Go(func() { w.writer(ctx, draws(2), w.tables[1]) })
	group.Go(func() { w.writer(ctx, draws(3), w.tables[2], w.tables[3]) })
	for n := range uint64(2) {
		group.Go(func() { w.reader(ctx, draws(10+n)) })
		group.Go(func() { w.holder(ctx, draws(20+n), 7+n) })
	}
	group.Go(func() { w.follow(ctx) })
	if w.followed != nil {
		group.Go(func() { w.followed.change(ctx, draws(30)) })
	}
}

// superviseControllers sees to it that one runs. One that was fenced stays down until
// it is needed.
func (w *world) superviseControllers(ctx context.Context) {
	last := 0
	for ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond)
		w.lead.Lock()
		a, _, _ := w.controllers[0].state()
		b, _, _ := w.controllers[1].state()
		if !a && !b {
			if err := w.controllers[last%2].start(); err != nil {
				w.broken(err)
			}
			w.log.event("%s started", w.controllers[last%2].name)
			last++
		}
		w.lead.Unlock()
	}
}

func (w *world) superviseHost(ctx context.Context, h *process) {
	for ctx.Err() == nil {
		time.Sleep(200 * time.Millisecond)
		if runs, _, _ := h.state(); !runs {
			if err := h.start(); err != nil {
				w.broken(err)
			}
		}
	}
}

// progress prints a line now and then.
func (w *world) progress(ctx context.Context) {
	start := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(5 * time.Second):
		}
		acked, refusedRows, unknownRows, reads := w.counts()
		w.mu.Lock()
		strikes, wrong := 0, len(w.violations)
		for _, n := range w.strikes {
			strikes += n
		}
		w.mu.Unlock()
		fmt.Fprintf(w.o.Out, "%8s  %6d rows acknowledged, %d refused, %d unknown, %d reads, %d at holds, %d faults, epoch %d, %d wrong\n",
			time.Since(start).Round(time.Second), acked, refusedRows, unknownRows, reads, w.heldReads.Load(), strikes, w.epoch.Load(), wrong)
	}
}

func (w *world) counts() (acked, refusedRows, unknownRows, reads int) {
	for _, t := range w.tables {
		a, r, u, n := t.counts()
		acked, refusedRows, unknownRows, reads = acked+a, refusedRows+r, unknownRows+u, reads+n
	}
	return acked, refusedRows, unknownRows, reads
}

// summary says what was done, and what came of it.
func (w *world) summary() {
	acked, refusedRows, unknownRows, reads := w.counts()
	fmt.Fprintf(w.o.Out, "\nrows      %d acknowledged, %d refused, %d of unknown outcome\n", acked, refusedRows, unknownRows)
	fmt.Fprintf(w.o.Out, "reads     %d, and %d at %d holds\n", reads, w.heldReads.Load(), w.holds.Load())
	fmt.Fprintf(w.o.Out, "starts    controllers %d and %d, hosts %d and %d, epoch %d\n", w.controllers[0].starts, w.controllers[1].starts,
		w.hosts[0].starts, w.hosts[1].starts, w.epoch.Load())
	for _, f := range w.faults() {
		fmt.Fprintf(w.o.Out, "%9d  %s\n", w.strikes[f.name], f.name)
	}
	verdict := "nothing is wrong"
	if n := len(w.found()); n > 0 {
		verdict = fmt.Sprintf("%d things are wrong", n)
	}
	fmt.Fprintf(w.o.Out, "verdict   %s\n", verdict)
}

func (w *world) struck(name string) {
	w.log.event("fault over: %s", name)
	w.mu.Lock()
	w.strikes[name]++
	w.mu.Unlock()
}

func (w *world) violatedIf(err error) {
	if err == nil {
		return
	}
	w.log.event("VIOLATION %v", err)
	w.mu.Lock()
	w.violations = append(w.violations, err.Error())
	w.mu.Unlock()
}

// broken notes that the torture itself does not work.
func (w *world) broken(err error) {
	w.log.event("BROKEN %v", err)
	w.mu.Lock()
	w.failure = errors.Join(w.failure, err)
	w.mu.Unlock()
}

func (w *world) found() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := slices.Clone(w.violations)
	if w.failure != nil {
		list = append(list, w.failure.Error())
	}
	return list
}

// close ends everything; twice is fine.
func (w *world) close() {
	for _, p := range append(w.controllers[:], w.hosts[:]...) {
		if p != nil {
			p.end(syscall.SIGKILL, time.Minute)
		}
	}
	w.endManaged()
	if w.followed != nil && w.followed.pool != nil {
		w.followed.pool.Close()
	}
	for _, p := range w.wires {
		p.close()
	}
	w.wires = nil
	if w.api != nil {
		w.api.http.CloseIdleConnections()
	}
	w.log.file.Close()
}

// create makes the collections, their policies and the exports.
func (w *world) create(ctx context.Context) error {
	number := []*tidemarkpb.Column{{Name: "n", Type: "uint64"}}
	create := &tidemarkpb.CreateCollectionsRequest{}
	for _, id := range []string{"u1", "u2", "u3", "u4"} {
		w.tables = append(w.tables, newTable(id))
		create.Collections = append(create.Collections, &tidemarkpb.Collection{Id: id, Kind: "table", Columns: number})
	}
	create.Collections = append(create.Collections, &tidemarkpb.Collection{
		Id: sourceID, Kind: "ingestion", Columns: []*tidemarkpb.Column{{Name: "n", Type: "int64"}},
		Ingestion: &tidemarkpb.Ingestion{Connection: "load:counter?rate=50", Outputs: []*tidemarkpb.Output{{Id: sourceID}}, Host: w.hostAt(0)},
	})
	if err := w.createCollections(ctx, create); err != nil {
		return err
	}
	for i, e := range exports {
		if err := w.createExport(ctx, e, w.hostAt(i%2)); err != nil {
			return fmt.Errorf("export %s: %w", e.id, err)
		}
	}
	if w.o.Wide {
		return w.createWide(ctx)
	}
	return nil
}

// createCollections makes collections that lag by two seconds.
func (w *world) createCollections(ctx context.Context, create *tidemarkpb.CreateCollectionsRequest) error {
	if _, err := until(ctx, w.api, create, tidemarkpb.ControllerClient.CreateCollections); err != nil {
		return err
	}
	policies := &tidemarkpb.SetPoliciesRequest{}
	for _, c := range create.Collections {
		policies.Changes = append(policies.Changes, &tidemarkpb.PolicyChange{Id: c.Id, Policy: &tidemarkpb.Policy{Policy: &tidemarkpb.Policy_Lag{Lag: 2000}}})
	}
	_, err := until(ctx, w.api, policies, tidemarkpb.ControllerClient.SetPolicies)
	return err
}

func (w *world) hostAt(i int) *tidemarkpb.Host {
	return &tidemarkpb.Host{Address: w.hostWires[i].address()}
}

// export is a collection's changes in a file, or elsewhere.
type export struct{ id, from, file, connection string }

var exports = []export{
	{"u21", "u1", "u1.jsonl", "jsonl:u1.jsonl"}, {"u22", "u3", "u3.jsonl", "jsonl:u3.jsonl"}, {"u23", sourceID, "source.jsonl", "jsonl:source.jsonl"},
}

func (w *world) createExport(ctx context.Context, e export, host *tidemarkpb.Host) error {
	prepared, err := until(ctx, w.api, &tidemarkpb.PrepareExportRequest{Id: e.id, From: e.from, Owner: 1}, tidemarkpb.ControllerClient.PrepareExport)
	if err != nil {
		return err
	}
	_, err = until(ctx, w.api, &tidemarkpb.CreateExportsRequest{Exports: []*tidemarkpb.Export{{
		Id: e.id, From: e.from, Connection: e.connection, Snapshot: true, Host: host, Token: prepared.GetToken(),
	}}}, tidemarkpb.ControllerClient.CreateExports)
	return err
}

// moveIngestion lets the other host go on with the source.
func moveIngestion(w *world, rnd *rand.Rand) bool {
	return w.move(&tidemarkpb.Move{Id: sourceID, Host: w.hostAt(rnd.IntN(2))})
}

func (w *world) move(m *tidemarkpb.Move) bool {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	w.log.event("%s is to move to %v", m.GetId(), m.GetHost())
	_, err := call(ctx, w.api, &tidemarkpb.AlterHostsRequest{Moves: []*tidemarkpb.Move{m}}, tidemarkpb.ControllerClient.AlterHosts)
	return err == nil
}
