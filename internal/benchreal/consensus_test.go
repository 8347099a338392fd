package benchreal

import (
	"fmt"
	"path/filepath"
	"testing"

	"example.com/tidemark/core/outcome"
	contract "example.com/tidemark/core/persist/consensus"
	"example.com/tidemark/realdrivers/consensus"
)

// sets are compare-and-sets through a store, each client's on keys of its own.
// Every hundredth truncates what came before, as shards do, and is not counted.
func sets(t *testing.T, s consensus.Store, clients, keys int) operation {
	t.Helper()
	heads := make([]contract.Seqno, keys)
	prefix := fmt.Sprintf("c%d/", clients)
	text := string(payload)
	return func(client, n int) bool {
		row := (client + n*clients) % keys
		c := contract.Call{Op: contract.OpCompareAndSet, Key: prefix + key(row), Expected: heads[row], New: heads[row] + 1, Data: text}
		if n%100 == 99 {
			c = contract.Call{Op: contract.OpTruncate, Key: prefix + key(row), Before: heads[row]}
		}
		var r contract.Result
		if s.Do(t.Context(), &c, &r); r.Outcome != outcome.Done {
			t.Errorf("%v of %s: %v", c.Op, c.Key, r.Outcome)
			return false
		}
		if c.Op == contract.OpTruncate {
			return false
		}
		heads[row]++
		return true
	}
}

// walPages is how many pages SQLite's log has before it begins anew. Until it has done
// so once, each commit makes the file longer, which file systems are slow at.
const walPages = 1000

// through are the loads of a store, each with what it is compared to.
func through(t *testing.T, s consensus.Store, one, many *subject) []*subject {
	var list []*subject
	add := func(name string, clients, keys int, against *subject) {
		list = append(list, &subject{
			name: name, clients: clients, op: sets(t, s, clients, keys), against: against,
			statements: func() uint64 { return s.Stats().Statements },
		})
	}
	add("driver, 1 key", 1, 1, one)
	add("driver, 64 keys", 8, 64, many)
	add("driver, 64 keys", 32, 64, many)
	add("driver, 64 keys", 64, 64, many)
	return list
}

// measure runs and prints the loads, after a short one of each and so many single
// calls.
func measure(t *testing.T, p *printer, warm int, all []*subject) {
	t.Helper()
	for _, s := range all {
		for n := range warm {
			s.op(0, n)
		}
		s.load(*slice / 5)
		s.sent, s.done = 0, 0
	}
	race(t, *rounds, *slice, all...)
	p.table(all...)
}

func consensusPostgres(t *testing.T, p *printer) {
	url := durable(t).Database(t)
	b := barePostgres(t, url, 8)
	one := &subject{name: "bare UPDATE, 1 row", clients: 1, op: b.op(1, 1)}
	many := &subject{name: "bare UPDATE, 64 rows", clients: 8, op: b.op(8, bareRows)}
	s, err := consensus.OpenPostgres(t.Context(), url, consensus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	measure(t, p, 10, append([]*subject{one, many}, through(t, s, one, many)...))
}

func consensusSQLite(t *testing.T, p *printer) {
	b := bareSQLite(t)
	one := &subject{name: "bare UPDATE, 1 connection", clients: 1, op: b.op(1, 1)}
	s, err := consensus.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "c.db"), consensus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	measure(t, p, walPages/4, append([]*subject{one}, through(t, s, one, one)...))
}
