package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/source"
)

type lsn = pglogrepl.LSN

func offset(text string) (source.Offset, error) {
	if text == "" {
		return 0, nil
	}
	v, err := pglogrepl.ParseLSN(text)
	return source.Offset(v), err
}

// wait is how long a poll waits for something new.
const wait = 300 * time.Millisecond

// breath is how long a server is left alone that has said that it has nothing new. One
// that is asked again in the moment in which it answers goes on answering, and does not
// come to reading its log.
const breath = 10 * time.Millisecond

// drain is how long a poll listens on after the server has said that it has nothing
// new. It says so unasked, too, whenever anybody has written to its log, and to stop at
// the first of these words would leave those behind it for later polls, and more and
// more of them: the reader would fall behind for ever.
const drain = 2 * time.Millisecond

// reader follows a slot on behalf of one ingestion.
type reader struct {
	source *Source
	slot   string
	turn   chan struct{}
	// confirmed is the offset before which the slot may forget.
	confirmed atomic.Uint64

	conn   *pgconn.PgConn
	begins source.Offset
	// at is where the next poll goes on, if this reader is to serve it.
	at source.Offset
	// decoder makes records of what the log says.
	decoder decoder
	// left are records that were read and not asked for yet; reached is the offset up
	// to which everything is among them.
	left    []source.Record
	reached source.Offset
	// idle is when the server said last that it has nothing new.
	idle time.Time
}

// learn takes a confirmation.
func (v *reader) learn(upto source.Offset) {
	for {
		was := v.confirmed.Load()
		if was >= uint64(upto) || v.confirmed.CompareAndSwap(was, uint64(upto)) {
			return
		}
	}
}

// leave ends the connection, and forgets what was read.
func (v *reader) leave() {
	if v.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		v.conn.Close(ctx) //nolint:errcheck // what was not read is read again
	}
	v.conn, v.left = nil, nil
}

func (v *reader) poll(ctx context.Context, c *source.Call, r *source.Result) error {
	if v.conn == nil || v.at != c.From {
		v.leave()
		if err := v.begin(ctx, c, r); err != nil || r.Outcome != outcome.NotDone {
			return err
		}
	}
	if len(v.left) == 0 {
		if err := v.read(ctx, int(c.Max)); err != nil {
			return err
		}
	}
	n := min(len(v.left), int(c.Max))
	for n > 0 && n < len(v.left) && v.left[n].Offset == v.left[n-1].Offset {
		n++
	}
	r.Outcome, r.Records, r.Upto = outcome.Done, v.left[:n:n], v.reached
	if n < len(v.left) {
		r.Upto = v.left[n].Offset
	}
	v.left, v.at = v.left[n:], r.Upto
	if len(r.Records) == 0 {
		r.Records = nil
	}
	return nil
}

// begin finds out whether what is asked for is there, makes the slot for a first
// poll, and begins to follow it. It sets an outcome only if the records are gone.
func (v *reader) begin(ctx context.Context, c *source.Call, r *source.Result) error {
	s := v.source
	known, err := s.look(ctx, v.slot)
	if err != nil {
		return err
	}
	if known.confirmed == forever {
		r.Outcome, r.Upto = outcome.Mismatch, forever
		return fmt.Errorf("slot %s: %w", v.slot, errReleased)
	}
	if !known.begun && c.From == 0 {
		if !known.slot {
			if err := s.makeSlot(ctx, v.slot); err != nil {
				return fmt.Errorf("slot %s cannot be made: %w", v.slot, err)
			}
		}
		if err := s.first(ctx, v.slot); err != nil {
			return fmt.Errorf("the first reading of the tables: %w", err)
		}
		if known, err = s.look(ctx, v.slot); err != nil {
			return err
		}
	}
	switch {
	case c.From < known.confirmed:
		r.Outcome, r.Upto = outcome.Mismatch, known.confirmed
		return nil
	case !known.begun, !known.slot, known.lost:
		return fmt.Errorf("slot %s is gone, or its log: what the tables said after offset %v is lost; drop the ingestion and create another", v.slot, lsn(c.From))
	}
	v.learn(known.confirmed)
	v.begins = known.begins
	v.reached, v.left, v.decoder = c.From, nil, newDecoder(s.tables, prefixOf(v.slot))
	v.at = c.From
	return v.follow(ctx, c.From)
}

// follow connects to the slot.
func (v *reader) follow(ctx context.Context, from source.Offset) error {
	config, err := pgconn.ParseConfig(v.source.url)
	if err != nil {
		return errors.New("the connection has a value that cannot be used")
	}
	config.RuntimeParams["replication"] = "database"
	for name, value := range settings {
		config.RuntimeParams[name] = value
	}
	delete(config.RuntimeParams, "pool_max_conns")
	if v.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
		return err
	}
	return pglogrepl.StartReplication(ctx, v.conn, v.slot, lsn(from), pglogrepl.StartReplicationOptions{PluginArgs: []string{
		"proto_version '1'", "publication_names '" + v.source.publication + "'", "messages 'true'",
	}})
}

// read reads until there is something for a poll of so many records, or nothing new
// has come for a while.
func (v *reader) read(ctx context.Context, enough int) error {
	if rest := breath - time.Since(v.idle); rest > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rest):
		}
	}
	limit, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := v.tell(ctx, true); err != nil {
		return err
	}
	listening := limit
	for len(v.left) < enough {
		raw, err := v.conn.ReceiveMessage(listening)
		switch {
		case err != nil && pgconn.Timeout(err) && ctx.Err() == nil && !v.decoder.inside:
			return nil
		case err != nil && pgconn.Timeout(err) && ctx.Err() == nil:
			listening = ctx // a transaction is read to its end
			continue
		case err != nil:
			return err
		}
		done, err := v.take(ctx, raw)
		if err != nil {
			return err
		}
		if done {
			drained, end := context.WithTimeout(limit, drain)
			defer end() // of the few words of a server that has nothing more
			listening = drained
		}
	}
	return nil
}

// tell tells the slot what may be forgotten.
func (v *reader) tell(ctx context.Context, ask bool) error {
	at := lsn(v.confirmed.Load())
	return pglogrepl.SendStandbyStatusUpdate(ctx, v.conn, pglogrepl.StandbyStatusUpdate{
		WALWritePosition: at, WALFlushPosition: at, WALApplyPosition: at, ReplyRequested: ask,
	})
}

// take takes one message. done: the server has nothing more now.
func (v *reader) take(ctx context.Context, raw pgproto3.BackendMessage) (done bool, err error) {
	switch m := raw.(type) {
	case *pgproto3.ErrorResponse:
		return false, pgconn.ErrorResponseToPgError(m)
	case *pgproto3.CopyData:
		switch m.Data[0] {
		case pglogrepl.PrimaryKeepaliveMessageByteID:
			return v.alive(ctx, m.Data[1:])
		case pglogrepl.XLogDataByteID:
			data, err := pglogrepl.ParseXLogData(m.Data[1:])
			if err != nil {
				return false, err
			}
			return false, v.logged(data.WALData)
		}
	case *pgproto3.CopyDone:
		return false, errors.New("the server has ended the replication")
	}
	return false, nil
}

// alive takes the server's word that it has sent everything up to a position.
func (v *reader) alive(ctx context.Context, data []byte) (done bool, err error) {
	m, err := pglogrepl.ParsePrimaryKeepaliveMessage(data)
	if err != nil {
		return false, err
	}
	if m.ReplyRequested {
		err = v.tell(ctx, false)
	}
	if v.decoder.inside || source.Offset(m.ServerWALEnd) <= v.begins {
		return false, err
	}
	v.reached, v.idle = max(v.reached, source.Offset(m.ServerWALEnd)), time.Now()
	return true, err
}

// logged takes a piece of the log. A transaction's records count from its end on.
func (v *reader) logged(data []byte) error {
	m, err := pglogrepl.Parse(data)
	if err != nil {
		return err
	}
	at, records, ended, err := v.decoder.take(m)
	if err != nil || !ended || at < v.begins || at < v.reached {
		return err
	}
	v.left = append(v.left, records...)
	v.reached = at + 1
	return nil
}
