//go:build linux

package torture

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"example.com/tidemark/internal/testpg"
)

// commands are the blocks of docs/operations.md that a person types to back up and to
// restore, in their order.
func commands(t *testing.T) (files, stores, restore string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Back up and restore\n")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section, -1)
	if len(blocks) != 3 {
		t.Fatalf("docs/operations.md has %d blocks of commands about backups, not 3", len(blocks))
	}
	return blocks[0][1], blocks[1][1], blocks[2][1]
}

// shell runs commands as a person types them.
func shell(t testing.TB, commands string, variables map[string]string) {
	t.Helper()
	cmd := exec.Command("sh", "-eu", "-c", commands)
	cmd.Env = os.Environ()
	for name, value := range variables {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	path := os.Getenv("PATH")
	if more, _ := filepath.Glob("/usr/lib/postgresql/*/bin"); len(more) > 0 {
		path = more[len(more)-1] + ":" + path
	}
	cmd.Env = append(cmd.Env, "PATH="+path)
	for _, program := range []string{"sqlite3", "pg_dump"} {
		if !strings.Contains(commands, program) {
			continue
		}
		look := exec.Command("sh", "-c", "command -v "+program)
		look.Env = cmd.Env
		if look.Run() != nil {
			absent(t, program)
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, commands, out)
	}
}

// absent skips the test, or fails it where everything is required.
func absent(t testing.TB, program string) {
	t.Helper()
	if ci := os.Getenv("CI"); ci != "" && ci != "0" && ci != "false" {
		t.Fatalf("there is no program %s", program)
	}
	t.Skipf("SKIP: there is no program %s", program)
}

// busy appends to a table all the time: rows that are kept in the shard's state, and
// some that are in blobs.
type busy struct {
	lock        sync.Mutex
	sent, acked map[string]bool
	stop        chan struct{}
	done        sync.WaitGroup
}

func startBusy(s *single) *busy {
	b := &busy{sent: map[string]bool{}, acked: map[string]bool{}, stop: make(chan struct{})}
	b.done.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-b.stop:
				return
			default:
			}
			row := fmt.Sprintf("row %d", n)
			if n%5 == 0 {
				row = big(n)
			}
			b.lock.Lock()
			b.sent[row] = true
			b.lock.Unlock()
			if s.add("u1", uint64(10+n), row) == nil {
				b.lock.Lock()
				b.acked[row] = true
				b.lock.Unlock()
			}
		}
	})
	return b
}

// acknowledged is what was by now.
func (b *busy) acknowledged() map[string]bool {
	b.lock.Lock()
	defer b.lock.Unlock()
	return maps.Clone(b.acked)
}

func (b *busy) end() map[string]bool {
	close(b.stop)
	b.done.Wait()
	return b.sent
}

// holds demands that a controller comes up with what was acknowledged before its
// backup, and with nothing that was never sent, and that it goes on from there.
func holds(s *single, acked, sent map[string]bool) {
	s.t.Helper()
	s.run()
	var content map[string]int64
	s.until("a read", func() bool {
		var err error
		content, err = s.read("u1")
		return err == nil
	})
	for row := range acked {
		if content[row] != 1 {
			s.t.Errorf("%.12s… was acknowledged before the backup and is there %d times", row, content[row])
		}
	}
	for row, count := range content {
		if !sent[row] || count != 1 {
			s.t.Errorf("%.12s… is there %d times", row, count)
		}
	}
	s.until("an append", func() bool { return s.add("u1", 1_000_000, "after the restore") == nil })
	s.calm()
}

// rounds is how many backups are made, one after the other, of a controller at work.
const rounds = 3

// backedUp is a backup, and what was acknowledged before it was made.
type backedUp struct {
	dir   string
	acked map[string]bool
}

// backUp types the commands of a backup while a controller works, and kills it in the end.
// It returns all rows that were sent, too.
func backUp(s *single, commands string, from map[string]string) (all [rounds]backedUp, sent map[string]bool) {
	s.t.Helper()
	s.run()
	s.create("u1")
	working, dirs := startBusy(s), s.t.TempDir()
	for i := range all {
		s.until("more rows", func() bool { return len(working.acknowledged()) >= 60*(i+1) })
		all[i] = backedUp{filepath.Join(dirs, fmt.Sprint(i)), working.acknowledged()}
		typed := maps.Clone(from)
		typed["BACKUP"] = all[i].dir
		shell(s.t, commands, typed)
	}
	sent = working.end()
	s.lives()
	s.end(9, 0)
	return all, sent
}

// What docs/operations.md says about SQLite and files, typed while a controller works.
func TestBackupOfFiles(t *testing.T) {
	backup, _, _ := commands(t)
	data := filepath.Join(t.TempDir(), "data")
	all, sent := backUp(newSingle(t, data), backup, map[string]string{"DATA": data})
	for _, b := range all {
		holds(newSingle(t, b.dir), b.acked, sent)
	}
}

// What docs/operations.md says about Postgres, and blobs in files.
func TestBackupOfPostgres(t *testing.T) {
	_, backup, restore := commands(t)
	server := testpg.Start(t, testpg.Options{})
	stores, blobs := server.Database(t), filepath.Join(t.TempDir(), "blobs")
	s := newSingle(t, t.TempDir(), "--stash", stores, "--persist-consensus", stores, "--blob", "file://"+blobs)
	all, sent := backUp(s, backup, map[string]string{"STORES": stores, "BLOBS": blobs})
	for _, b := range all {
		fresh, place := server.Database(t), filepath.Join(t.TempDir(), "blobs")
		shell(t, restore, map[string]string{"NEW_STORES": fresh, "NEW_BLOBS": place, "BACKUP": b.dir})
		holds(newSingle(t, t.TempDir(), "--stash", fresh, "--persist-consensus", fresh, "--blob", "file://"+place), b.acked, sent)
	}
}
