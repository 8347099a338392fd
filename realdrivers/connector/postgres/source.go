package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/connector/locator"
)

// sources is the table of what the source's readers need to know of their slots. It
// is in the search path's first schema.
//
// slot: the slot's name. begins: where in the log the records of that slot begin:
// before what the tables held at first, and behind every change that this includes;
// null until that was read. confirmed: the offset before which nothing is needed.
const (
	createSources = `CREATE TABLE IF NOT EXISTS tidemark_sources (slot text PRIMARY KEY, begins pg_lsn, confirmed pg_lsn NOT NULL)`
	sourcesThere  = `SELECT to_regclass('tidemark_sources') IS NOT NULL`
	insertSource  = `INSERT INTO tidemark_sources VALUES ($1, NULL, '0/0') ON CONFLICT DO NOTHING`
	selectSource  = `SELECT coalesce(begins::text, ''), confirmed::text FROM tidemark_sources WHERE slot = $1`
	confirmSource = `UPDATE tidemark_sources SET confirmed = greatest(confirmed, $2::text::pg_lsn) WHERE slot = $1`
	beginSource   = `UPDATE tidemark_sources SET begins = $2::text::pg_lsn WHERE slot = $1`
	findSlot      = `SELECT ` + ourSlot + `, coalesce(wal_status, '') = 'lost' FROM pg_replication_slots WHERE slot_name = $1`
)

// Source follows tables. It is safe for concurrent use; the polls of one ingestion
// are made one after the other.
type Source struct {
	url         string
	pool        *pgxpool.Pool
	publication string
	slot        string
	tables      []pgx.Identifier

	mu      sync.Mutex
	readers map[core.GlobalID]*reader
}

var slotName = regexp.MustCompile(`^[a-z0-9_]{1,63}$`)

// OpenSource reads a connection; it does not connect yet.
func OpenSource(l *locator.Locator) (*Source, error) {
	s := &Source{publication: l.Text("publication", ""), slot: l.Text("slot", ""), readers: map[core.GlobalID]*reader{}}
	if s.publication == "" || len(s.publication) > 63 || strings.ContainsAny(s.publication, "\x00'\",") {
		return nil, errors.New("parameter publication names the publication to follow")
	}
	if s.slot != "" && !slotName.MatchString(s.slot) {
		return nil, errors.New("parameter slot has 1 to 63 small letters, digits and underscores")
	}
	for _, one := range strings.Split(l.Text("table", ""), ",") {
		table, err := tableName(one)
		if err != nil {
			return nil, err
		}
		if len(table) == 1 {
			table = pgx.Identifier{"public", table[0]}
		}
		s.tables = append(s.tables, table)
	}
	url, err := connection(l)
	if err = errors.Join(err, l.Finish()); err != nil {
		return nil, err
	}
	s.url = url
	s.pool, err = newPool(url, "tidemark-source", 4)
	return s, err
}

// Close ends the connections. No call may be going on.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.readers {
		v.leave()
	}
	s.pool.Close()
	return nil
}

// Do makes a call of the source.
func (s *Source) Do(ctx context.Context, c *source.Call, r *source.Result) error {
	r.Outcome = outcome.NotDone
	slot := s.slot
	if slot == "" {
		slot = "tidemark_" + c.Ingestion.String()
	}
	if c.Op == source.OpConfirm {
		return s.confirm(ctx, slot, c, r)
	}
	v := s.reader(c.Ingestion, slot)
	select {
	case v.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-v.turn }()
	if c.Op == source.OpRelease {
		v.leave()
		return s.release(ctx, slot, r)
	}
	err := v.poll(ctx, c, r)
	if err != nil {
		v.leave()
	}
	return err
}

func (s *Source) reader(id core.GlobalID, slot string) *reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.readers[id]
	if v == nil {
		v = &reader{source: s, slot: slot, turn: make(chan struct{}, 1)}
		s.readers[id] = v
	}
	return v
}

// confirm records the confirmation; whoever reads tells it to the slot. It is of no
// effect before the first poll.
func (s *Source) confirm(ctx context.Context, slot string, c *source.Call, r *source.Result) error {
	var there bool
	if err := s.pool.QueryRow(ctx, sourcesThere).Scan(&there); err != nil {
		return err
	}
	if there {
		if _, err := s.pool.Exec(ctx, confirmSource, slot, lsn(c.From).String()); err != nil {
			r.Outcome = outcome.Unknown
			return err
		}
	}
	s.reader(c.Ingestion, slot).learn(c.From)
	r.Outcome = outcome.Done
	return nil
}

// state is what is known of a slot.
type state struct {
	// begun: what the tables held at first is in the log, at or after begins.
	begun             bool
	begins, confirmed source.Offset
	// slot: there is one; lost: the log that it needs is gone.
	slot, lost bool
}

// look reads the state, after the table was made.
func (s *Source) look(ctx context.Context, slot string) (v state, err error) {
	if err := s.ensureSources(ctx); err != nil {
		return v, err
	}
	if _, err := s.pool.Exec(ctx, insertSource, slot); err != nil {
		return v, err
	}
	var begins, confirmed string
	if err := s.pool.QueryRow(ctx, selectSource, slot).Scan(&begins, &confirmed); err != nil {
		return v, err
	}
	v.begun = begins != ""
	if v.begins, err = offset(begins); err != nil {
		return v, err
	}
	if v.confirmed, err = offset(confirmed); err != nil {
		return v, err
	}
	var ours bool
	switch err := s.pool.QueryRow(ctx, findSlot, slot).Scan(&ours, &v.lost); {
	case errors.Is(err, pgx.ErrNoRows):
		return v, nil
	case err != nil:
		return v, err
	case !ours:
		return v, fmt.Errorf("slot %s exists and is another program's: give slot=NAME in the connection", slot)
	}
	v.slot = true
	return v, nil
}

// ensureSources makes the table, if it is not there.
func (s *Source) ensureSources(ctx context.Context) error {
	var there bool
	if err := s.pool.QueryRow(ctx, sourcesThere).Scan(&there); err != nil || there {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, oneMaker); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, createSources)
		return err
	})
}
