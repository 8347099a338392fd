package consensus

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/persist/consensus"
)

// victim names, to a process of this test, the file that it adds to until it is
// killed.
const victim = "TIDEMARK_TEST_SQLITE_VICTIM"

// TestSQLiteVictim is what TestSQLiteKilledUnderTraffic kills. It says what it was
// told, a line each.
func TestSQLiteVictim(t *testing.T) {
	file := os.Getenv(victim)
	if file == "" {
		t.Skip("SKIP: it is a part of TestSQLiteKilledUnderTraffic")
	}
	s, err := OpenSQLite(t.Context(), file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	for key := range killedKeys {
		go func() {
			name := "k" + strconv.Itoa(key)
			for {
				var head consensus.Result
				s.Do(t.Context(), &consensus.Call{Op: consensus.OpHead, Key: name}, &head)
				lines <- fmt.Sprintf("%s %d %v", name, head.Head.Seqno, outcomeOf(t.Context(), s, cas(name, head.Head.Seqno, head.Head.Seqno+1)))
			}
		}()
	}
	for line := range lines {
		fmt.Println("told", line)
	}
}

// A process is killed again and again while it adds; what it had said was done is
// there for the next one, whole and without gaps.
func TestSQLiteKilledUnderTraffic(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	known := map[string]consensus.Seqno{}
	for range 5 {
		killAfter(t, file, 200, func(key string, n consensus.Seqno) { known[key] = max(known[key], n) })
		s, err := OpenSQLite(t.Context(), file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for key, n := range known {
			var r consensus.Result
			s.Do(t.Context(), &consensus.Call{Op: consensus.OpScan, Key: key}, &r)
			if r.Outcome != outcome.Done || len(r.Entries) < int(n) || len(r.Entries) > int(n)+killedKeys {
				t.Errorf("%s: %v, %d entries, and %d were done", key, r.Outcome, len(r.Entries), n)
			}
			for i, e := range r.Entries {
				if e.Seqno != consensus.Seqno(i)+1 || e.Data != "data" {
					t.Errorf("%s: the %d. entry is %+v", key, i+1, e)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(known) != killedKeys {
		t.Errorf("%d keys were added to", len(known))
	}
}

// killAfter runs a process that adds, hears of so many additions that were done, and
// kills it.
func killAfter(t *testing.T, file string, additions int, done func(key string, n consensus.Seqno)) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSQLiteVictim$")
	process.Env = append(os.Environ(), victim+"="+file)
	process.Stderr = os.Stderr
	said, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(said); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 || fields[0] != "told" || fields[3] != outcome.Done.String() {
			t.Error(lines.Text())
			continue
		}
		before, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Error(err)
		}
		done(fields[1], consensus.Seqno(before)+1)
		if additions--; additions == 0 {
			if err := process.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	// That it was killed is no news.
	_ = process.Wait()
	if additions > 0 {
		t.Fatal("the process ended by itself")
	}
}
