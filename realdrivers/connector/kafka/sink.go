package kafka

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"example.com/tidemark/core/frontier"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/realdrivers/connector/jsonl"
	"example.com/tidemark/realdrivers/connector/locator"
)

// recordsSuffix is what the name of the topic of records ends with.
const recordsSuffix = ".tidemark"

// transactionTimeout is after how long a transaction whose writer has stopped is
// ended by the brokers, if nobody ends it before.
const transactionTimeout = 30 * time.Second

// Sink is one topic. Its calls are made one after the other.
type Sink struct {
	cluster *cluster
	records string

	// turn is held by the call that runs.
	turn chan struct{}
	// producer holds the lock, if it still does; record is what was read under it.
	producer *kgo.Client
	record   record
	closing  sync.Once
}

// OpenSink reads a connection; it does not connect yet.
func OpenSink(l *locator.Locator) (*Sink, error) {
	c, err := readCluster(l)
	if err = errors.Join(err, l.Finish()); err != nil {
		return nil, err
	}
	return &Sink{cluster: c, records: c.topic + recordsSuffix, turn: make(chan struct{}, 1)}, nil
}

// Close ends the connections. No call may be going on.
func (s *Sink) Close() error {
	s.closing.Do(s.drop)
	return nil
}

// record is what is kept beside the output.
type record struct {
	Format int `json:"format"`
	// Export that the topic belongs to.
	Export   string `json:"export"`
	Progress uint64 `json:"progress"`
	Finished bool   `json:"finished,omitempty"`
	Count    uint64 `json:"count"`
	Epoch    uint64 `json:"epoch"`
	FenceHi  uint64 `json:"fence_hi"`
	FenceLo  uint64 `json:"fence_lo"`
	// Commit names the transaction that wrote this record, Before the one that wrote the
	// record before it.
	Commit string `json:"commit"`
	Before string `json:"before"`
}

const recordFormat = 1

func (v *record) frontier() frontier.Frontier {
	return frontier.Frontier{T: frontier.Timestamp(v.Progress), Empty: v.Finished}
}

func (v *record) fence() sink.Fence { return sink.Fence{Hi: v.FenceHi, Lo: v.FenceLo} }

// Do makes a call of the sink.
func (s *Sink) Do(ctx context.Context, c *sink.Call, r *sink.Result) error {
	r.Outcome = outcome.NotDone
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.turn }()
	if s.producer != nil && !s.goesOn(c) {
		s.drop() // what was read a while ago may not be true any more
	}
	err := s.acquire(ctx)
	if err == nil {
		err = s.apply(ctx, c, r)
	}
	if err != nil {
		s.drop()
	}
	return err
}

// goesOn reports whether a call is a write that fits what was read: then that it
// commits proves that it was true.
func (s *Sink) goesOn(c *sink.Call) bool {
	return c.Op == sink.OpWrite && s.record.Export == c.Export.String() && s.record.fence() == c.Fence && s.record.frontier() == c.From
}

// drop gives the lock up: what was read under it is not trusted any more.
func (s *Sink) drop() {
	if s.producer != nil {
		s.producer.Close()
	}
	s.producer, s.record = nil, record{}
}

// acquire takes the lock, unless this sink has it, and reads the record.
func (s *Sink) acquire(ctx context.Context) (err error) {
	if s.producer != nil {
		return nil
	}
	s.producer, err = s.cluster.client(kgo.TransactionalID("tidemark-"+s.cluster.topic), kgo.TransactionTimeout(transactionTimeout),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	for _, topic := range []string{s.cluster.topic, s.records} {
		n, err := partitions(ctx, s.producer, topic)
		if err == nil && n == 0 {
			err = s.make(ctx, topic)
		}
		if err != nil {
			return err
		}
	}
	if _, _, err := s.producer.ProducerID(ctx); err != nil {
		return fmt.Errorf("the producer's id: %w", err)
	}
	s.record, err = s.read(ctx)
	return err
}

func (s *Sink) make(ctx context.Context, topic string) error {
	if topic != s.records {
		return create(ctx, s.producer, topic)
	}
	c := kmsg.NewCreateTopicsRequestTopicConfig()
	c.Name, c.Value = "cleanup.policy", kmsg.StringPtr("compact")
	return create(ctx, s.producer, topic, c)
}

// read is the latest record; zero if there is none. Nobody writes meanwhile but who
// has taken the lock since, and then nothing can be committed on what was read.
func (s *Sink) read(ctx context.Context) (v record, err error) {
	start, end, err := bounds(ctx, s.producer, s.records, 0)
	if err != nil || start >= end {
		return v, err
	}
	reader, err := s.cluster.client(kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.records: {0: kgo.NewOffset().At(start)}}))
	if err != nil {
		return v, err
	}
	defer reader.Close()
	for at := start; at < end; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return v, err
		}
		for _, e := range fetches.Errors() {
			return v, e.Err
		}
		fetches.EachRecord(func(one *kgo.Record) {
			at = one.Offset + 1
			if one.Attrs.IsControl() || err != nil {
				return
			}
			v = record{}
			if bad := json.Unmarshal(one.Value, &v); bad != nil || v.Format != recordFormat || !v.frontier().Valid() {
				err = fmt.Errorf("the record at offset %d of topic %s is not one of this sink, or of another format than %d", one.Offset, s.records, recordFormat)
			}
		})
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// apply compares a call with the record, in the contract's order, and commits what
// it leads to.
func (s *Sink) apply(ctx context.Context, c *sink.Call, r *sink.Result) error {
	v := s.record
	if v.Export != "" && v.Export != c.Export.String() {
		r.Outcome = outcome.Invalid
		return fmt.Errorf("topic %s belongs to export %s: give every export a topic of its own", s.cluster.topic, v.Export)
	}
	mine := c.Fence == v.fence()
	switch c.Op {
	case sink.OpOpen:
		return s.open(ctx, c, r, &v, mine)
	case sink.OpWrite, sink.OpProgress:
		switch {
		case !mine:
			r.Outcome, r.Epoch = outcome.Fenced, v.Epoch
		case c.Op == sink.OpWrite && v.frontier() != c.From:
			r.Outcome, r.Progress = outcome.Mismatch, v.frontier()
		case c.Op == sink.OpWrite:
			v.Progress, v.Finished = uint64(c.To.T), c.To.IsEmpty()
			return s.commit(ctx, c, r, &v, sink.Result{Outcome: outcome.Done, Progress: c.To})
		default:
			r.Outcome, r.Progress = outcome.Done, v.frontier()
		}
	case sink.OpClose:
		if mine {
			v.FenceHi, v.FenceLo = 0, 0
		}
		v.Count++
		return s.commit(ctx, c, r, &v, sink.Result{Outcome: outcome.Done})
	case sink.OpNone:
		r.Outcome = outcome.Invalid
	}
	return nil
}

func (s *Sink) open(ctx context.Context, c *sink.Call, r *sink.Result, v *record, mine bool) error {
	switch {
	case mine:
		*r = sink.Result{Outcome: outcome.Done, Count: v.Count, Progress: v.frontier()}
	case v.Epoch > c.Epoch:
		r.Outcome, r.Epoch = outcome.Fenced, v.Epoch
	case v.Count != c.Seen:
		r.Outcome, r.Count = outcome.Mismatch, v.Count
	default:
		v.Count++
		v.Epoch, v.FenceHi, v.FenceLo = c.Epoch, c.Fence.Hi, c.Fence.Lo
		return s.commit(ctx, c, r, v, sink.Result{Outcome: outcome.Done, Count: v.Count, Progress: v.frontier()})
	}
	return nil
}

// commit writes the updates of a call and the record in one transaction. Until the
// commit is asked for it is certain that it does not happen.
func (s *Sink) commit(ctx context.Context, c *sink.Call, r *sink.Result, v *record, want sink.Result) error {
	v.Format, v.Export = recordFormat, c.Export.String()
	v.Commit, v.Before = rand.Text(), s.record.Commit
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	list := make([]*kgo.Record, 0, len(c.Updates)+1)
	for i := range c.Updates {
		line := jsonl.AppendLine(nil, c.Schema, &c.Updates[i])
		list = append(list, &kgo.Record{Topic: s.cluster.topic, Value: line[:len(line)-1]})
	}
	list = append(list, &kgo.Record{Topic: s.records, Key: []byte(s.cluster.topic), Value: b})
	if err := s.producer.BeginTransaction(); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	if err := s.producer.ProduceSync(ctx, list...).FirstErr(); err != nil {
		return errors.Join(fmt.Errorf("write to topic %s: %w", s.cluster.topic, err), s.abort(ctx))
	}
	if err := s.producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		r.Outcome = outcome.Unknown
		return s.findOut(ctx, r, v, want, fmt.Errorf("commit to topic %s: %w", s.cluster.topic, err))
	}
	s.record, *r = *v, want
	return nil
}

// findOut tells from the latest record, and from what it says of the one before,
// whether a commit has happened. Once the lock is taken again it has, or never will.
func (s *Sink) findOut(ctx context.Context, r *sink.Result, v *record, want sink.Result, why error) error {
	s.drop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.acquire(ctx); err != nil {
		return errors.Join(why, err)
	}
	switch {
	case s.record.Commit == v.Commit, s.record.Before == v.Commit:
		*r = want
		return nil
	case s.record.Commit == v.Before, s.record.Before == v.Before:
		r.Outcome = outcome.NotDone
	}
	return why
}

// abort ends the transaction, so that readers do not wait for it. If it fails, the
// next one to take the lock ends it.
func (s *Sink) abort(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return errors.Join(s.producer.AbortBufferedRecords(ctx), s.producer.EndTransaction(ctx, kgo.TryAbort))
}
