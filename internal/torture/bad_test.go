//go:build linux

package torture

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"example.com/tidemark/internal/testpg"
)

// Requests that are garbage, or nearly right, are refused by a message, and change
// nothing.
func TestBadRequests(t *testing.T) {
	s := newSingle(t, t.TempDir())
	s.run()
	s.create("u1")
	if err := s.add("u1", 5, "kept"); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	good := `{"appends":[{"id":"u1","updates":[{"row":["x"],"time":7,"diff":1}],"upper":8}]}`
	calls := []string{"Append", "CreateCollections", "Snapshot", "DropCollections", "SetPolicies", "AcquireHold", "RenewHold",
		"PrepareExport", "CreateExports", "AlterHosts", "UpdateUppers", "UpdateCapabilities", "GetCollection", "Frontiers", "NoSuchCall"}
	refusedBodies := 0
	for i := range 300 {
		var body []byte
		switch i % 3 {
		case 0: // one change of what is right; times before the upper keep it from succeeding
			body = []byte(strings.NewReplacer("7", "3", "8", "4").Replace(good))
			body[rnd.IntN(len(body))] = byte(rnd.Uint32())
		case 1:
			body = make([]byte, rnd.IntN(200))
			for j := range body {
				body[j] = byte(rnd.Uint32())
			}
		case 2:
			body = bytes.Repeat([]byte(`{"a":[`), 1+rnd.IntN(5000))
		}
		contentType := []string{"application/json", "application/proto", "application/grpc", "text/plain", ""}[rnd.IntN(5)]
		status, answer, err := s.post(calls[rnd.IntN(len(calls))], contentType, body)
		if err != nil {
			t.Fatalf("request %d: no answer: %v; the log:\n%s", i, err, s.log())
		}
		if status >= 400 {
			refusedBodies++
		}
		if status == 500 {
			t.Errorf("request %d, %q: answered %d: %s", i, body[:min(len(body), 100)], status, answer)
		}
	}
	if refusedBodies < 150 {
		t.Errorf("only %d of 300 were refused", refusedBodies)
	}
	for name, body := range map[string]string{
		"an unknown id":        `{"appends":[{"id":"u77","upper":9}]}`,
		"no id":                `{"appends":[{"id":"x","upper":9}]}`,
		"a row that is none":   `{"appends":[{"id":"u1","updates":[{"row":[1,2],"time":7}],"upper":8}]}`,
		"a time behind upper":  `{"appends":[{"id":"u1","updates":[{"row":["x"],"time":9}],"upper":8}]}`,
		"a diff beyond bounds": `{"appends":[{"id":"u1","updates":[{"row":["x"],"time":7,"diff":"99999999999999999999"}],"upper":8}]}`,
	} {
		status, answer, err := s.post("Append", "application/json", []byte(body))
		if err != nil || status < 400 || status >= 500 || !strings.Contains(answer, `"message"`) {
			t.Errorf("%s: %d %s %v", name, status, answer, err)
		}
	}
	s.lives()
	if content, err := s.read("u1"); err != nil || len(content) != 1 || content["kept"] != 1 {
		t.Errorf("read %v, %v", content, err)
	}
}

// big is a row that no state keeps inline, so that it is in a blob.
func big(n int) string { return strings.Repeat(fmt.Sprintf("row %d, ", n), 20_000) }

// A blob that was damaged is never read as data: reads fail with a message that
// names the blob, and everything else goes on.
func TestCorruptBlobs(t *testing.T) {
	dir := t.TempDir()
	s := newSingle(t, dir)
	s.run()
	s.create("u1")
	s.create("u2")
	for n := range 3 {
		if err := s.add("u1", uint64(10+n), big(n)); err != nil {
			t.Fatal(err)
		}
	}
	if content, err := s.read("u1"); err != nil || len(content) != 3 {
		t.Fatalf("read %d rows, %v", len(content), err)
	}
	s.end(syscall.SIGTERM, time.Minute)
	damaged := 0
	filepath.Walk(filepath.Join(dir, "blobs"), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || info.Size() < 100 {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[len(b)/2] ^= 0x40
		damaged++
		return os.WriteFile(path, b, info.Mode())
	})
	if damaged == 0 {
		t.Fatal("no blob was written")
	}
	s.run()
	s.until("a table that is well", func() bool { return s.add("u2", 5, "well") == nil })
	content, err := s.read("u1")
	if err == nil {
		t.Errorf("damaged blobs were read as %d rows", len(content))
	}
	s.until("a message about the damage", func() bool {
		log := strings.ToLower(s.log())
		return strings.Contains(log, "checksum") || strings.Contains(log, "corrupt") || strings.Contains(log, "damaged")
	})
	if content, err := s.read("u2"); err != nil || content["well"] != 1 {
		t.Errorf("the other table: %v, %v", content, err)
	}
	s.lives()
}

// Stores that hold something else are not touched; the message names them.
func TestForeignStores(t *testing.T) {
	for _, name := range []string{"stash.db", "consensus.db"} {
		dir := t.TempDir()
		garbage := bytes.Repeat([]byte("this is no database. "), 1000)
		if err := os.WriteFile(filepath.Join(dir, name), garbage, 0o600); err != nil {
			t.Fatal(err)
		}
		s := newSingle(t, dir)
		s.run()
		s.until("a message that names "+name, func() bool { return strings.Contains(s.log(), name+": file is not a database") })
		s.until("an answer that it is not ready", func() bool { ready, why := s.ready(); return !ready && strings.Contains(why, "not") })
		s.lives()
		s.end(syscall.SIGTERM, time.Minute)
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(b, garbage) {
			t.Errorf("%s: was changed (%v)", name, err)
		}
	}
}

// A full disk costs what is written while it is full: what was acknowledged is there,
// and there is no crash.
func TestFullDisk(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
			t.Skipf("SKIP: no small disk for this test: %v", err)
		}
		defer syscall.Unmount(dir, syscall.MNT_DETACH)
		fullDisk(t, dir, func(*single) {}, "no space left on device", func(*single) {
			if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=256m"); err != nil {
				t.Fatal(err)
			}
		})
	})
	// What needs no mount: from some moment on, no file may grow beyond what the largest
	// of them is by then and a little more.
	t.Run("files that may not grow", func(t *testing.T) {
		dir := t.TempDir()
		fullDisk(t, dir, func(s *single) {
			largest := int64(0)
			filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
				if err == nil && !info.IsDir() {
					largest = max(largest, info.Size())
				}
				return nil
			})
			s.limitFiles(uint64(largest) + 1<<20)
		}, "file too large", func(s *single) { s.limitFiles(unix.RLIM_INFINITY) })
	})
}

// fullDisk has a controller run into a full disk, and get room again. narrow is called
// when it runs, and may let the disk be full sooner; says is in the log then.
func fullDisk(t *testing.T, dir string, narrow func(*single), says string, widen func(*single)) {
	s := newSingle(t, dir)
	s.run()
	s.create("u1")
	narrow(s)
	acked := map[string]bool{}
	failed := error(nil)
	for n := 0; n < 2000 && failed == nil; n++ {
		if failed = s.add("u1", uint64(10+n), big(n)); failed == nil {
			acked[big(n)] = true
		}
	}
	if failed == nil || len(acked) == 0 {
		t.Fatalf("%d appends, then %v", len(acked), failed)
	}
	s.lives()
	s.until("a message about the disk", func() bool { return strings.Contains(s.log(), says) })
	// Room again: the same process, or the next one, goes on.
	widen(s)
	var content map[string]int64
	s.until("a read", func() (ok bool) {
		if runs, _, _ := s.state(); !runs {
			s.run()
		}
		var err error
		content, err = s.read("u1")
		return err == nil
	})
	s.calm()
	for row := range acked {
		if content[row] != 1 {
			t.Errorf("%.12s… was acknowledged and is there %d times", row, content[row])
		}
	}
	s.until("an append", func() bool { return s.add("u1", 1_000_000, "after") == nil })
}

// A Postgres that cannot be reached, at the start or later, is waited for: requests
// fail or wait, the controller says why it is not ready, and goes on when it comes.
func TestUnreachablePostgres(t *testing.T) {
	server := testpg.Start(t, testpg.Options{})
	at, err := url.Parse(server.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(at.Query().Get("host"), ".s.PGSQL.5432")
	there := false
	wire, err := newProxy("Postgres", func() (net.Conn, error) {
		if !there {
			return nil, net.ErrClosed
		}
		return net.Dial("unix", socket)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer wire.close()
	store := fmt.Sprintf("postgres://postgres:secret-word@%s%s?sslmode=disable", wire.address(), at.Path)
	s := newSingle(t, t.TempDir(), "--stash", store, "--persist-consensus", store)
	s.run()
	s.until("an answer that it is not ready", func() bool { ready, why := s.ready(); return !ready && !strings.Contains(why, "refused") })
	time.Sleep(300 * time.Millisecond)
	s.lives()
	there = true
	s.create("u1")
	s.until("an append", func() bool { return s.add("u1", 5, "before") == nil })

	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := call(ctx, s.api, appendOf("u1", 9, "meanwhile"), appendCall); err == nil {
		t.Error("an append succeeded without a server")
	}
	s.lives()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	s.until("an append after the server came back", func() bool { return s.add("u1", 1000+uint64(time.Now().UnixMilli()), "after") == nil })
	content, err := s.read("u1")
	if err != nil || content["before"] != 1 || content["after"] != 1 || content["meanwhile"] > 1 {
		t.Errorf("read %v, %v", content, err)
	}
	if log := s.log(); strings.Contains(log, "secret-word") {
		t.Errorf("the password is in the log:\n%s", log)
	}
}
