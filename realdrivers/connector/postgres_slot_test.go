package connector

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

// slots are the names of the server's replication slots.
func slots(t *testing.T, p *pgxpool.Pool) []string {
	t.Helper()
	rows, err := p.Query(t.Context(), `SELECT slot_name::text FROM pg_replication_slots ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func releaseSource(t *testing.T, s *Sources, connection string) {
	t.Helper()
	c := source.Call{Op: source.OpRelease, Connection: connection, Ingestion: core.GlobalID{Kind: core.IDUser, N: 1}}
	var v source.Result
	if s.Do(t.Context(), &c, &v); v.Outcome != outcome.Done {
		t.Fatalf("a release ended %v", v.Outcome)
	}
}

// A release drops the slot although another copy of the ingestion is reading it, and no
// copy makes it anew: not that one, nor one that begins to read only then.
func TestPostgresSourceReleaseDropsTheSlot(t *testing.T) {
	server := replicating(t)
	p, connection := followed(t, server, `n int PRIMARY KEY`)
	exec(t, p, `INSERT INTO things VALUES (1)`)
	s, copy := NewSources(Config{}), NewSources(Config{})
	defer s.Close()
	defer copy.Close()
	from := source.Offset(0)
	for from == 0 {
		from = poll(t, copy, connection, 0).Upto
	}
	if got := slots(t, p); len(got) != 1 || got[0] != "tidemark_u1" {
		t.Fatalf("slots %q before the release", got)
	}
	releaseSource(t, s, connection)
	if got := slots(t, p); len(got) != 0 {
		t.Errorf("slots %q after the release", got)
	}
	late := NewSources(Config{})
	defer late.Close()
	for _, of := range []*Sources{copy, late, s} {
		for range 3 {
			if v := poll(t, of, connection, 0); v.Outcome == outcome.Done {
				t.Errorf("a copy reads on: %+v", v)
			}
		}
		if v := poll(t, of, connection, from); v.Outcome == outcome.Done {
			t.Errorf("a copy reads on from %d: %+v", from, v)
		}
	}
	releaseSource(t, late, connection)
	if got := slots(t, p); len(got) != 0 {
		t.Errorf("a copy made slots %q again", got)
	}
}

// What was released before it was ever read stays without a slot; a slot that has a
// name of its own is its owner's, and one of another plugin somebody else's.
func TestPostgresSourceReleaseLeavesWhatIsNotIts(t *testing.T) {
	server := replicating(t)
	p, connection := followed(t, server, `n int PRIMARY KEY`)
	s := NewSources(Config{})
	defer s.Close()
	named := with(connection, "slot", "mine")
	for poll(t, s, named, 0).Outcome != outcome.Done {
		continue
	}
	releaseSource(t, s, named)
	exec(t, p, `SELECT pg_create_logical_replication_slot('tidemark_u1', 'test_decoding')`)
	releaseSource(t, s, connection)
	if got := slots(t, p); len(got) != 2 {
		t.Errorf("left are the slots %q", got)
	}
	exec(t, p, `SELECT pg_drop_replication_slot('tidemark_u1')`)
	if v := poll(t, s, connection, 0); v.Outcome != outcome.Mismatch {
		t.Errorf("a first poll after the release ended %v", v.Outcome)
	}
	if got := slots(t, p); len(got) != 1 || got[0] != "mine" {
		t.Errorf("left are the slots %q", got)
	}
}
