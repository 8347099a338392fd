package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/source"
	"example.com/tidemark/realdrivers/connector/locator"
)

// wait is how long a poll waits for something new.
const wait = 500 * time.Millisecond

// Source is one partition of a topic. It is safe for concurrent use; the polls of one
// ingestion are made one after the other.
type Source struct {
	cluster   *cluster
	partition int32
	// given: the connection names the partition.
	given   bool
	columns []string
	kind    relation.ColumnType

	mu      sync.Mutex
	readers map[core.GlobalID]*reader
}

// reader reads on behalf of one ingestion, from at on.
type reader struct {
	turn   chan struct{}
	client *kgo.Client
	at     source.Offset
	// left are records that were fetched and not asked for yet.
	left []*kgo.Record
}

// OpenSource reads a connection; it does not connect yet.
func OpenSource(l *locator.Locator) (*Source, error) {
	c, err := readCluster(l)
	if err != nil {
		return nil, err
	}
	s := &Source{cluster: c, readers: map[core.GlobalID]*reader{}, kind: relation.Text}
	const none = 1 << 31
	partition := l.Uint("partition", none, 0, none-1)
	if s.given = partition != none; s.given {
		s.partition = int32(partition)
	}
	if l.OneOf("format", "text", "text", "bytes") == "bytes" {
		s.kind = relation.Bytes
	}
	s.columns = strings.Split(l.Text("columns", "key,value"), ",")
	for _, name := range s.columns {
		switch name {
		case "key", "value", "offset", "partition", "timestamp":
		default:
			return nil, errors.New("parameter columns lists some of key, value, offset, partition, timestamp")
		}
	}
	return s, l.Finish()
}

// Close ends the connections. No call may be going on.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.readers {
		r.leave()
	}
	return nil
}

// leave gives the connection up, and what was fetched.
func (r *reader) leave() {
	if r.client != nil {
		r.client.Close()
	}
	r.client, r.left = nil, nil
}

// Do makes a call of the source. Nothing is to be confirmed, and nothing is kept for
// anybody: how long records are kept is the topic's own setting.
func (s *Source) Do(ctx context.Context, c *source.Call, r *source.Result) error {
	if c.Op == source.OpConfirm {
		r.Outcome = outcome.Done
		return nil
	}
	r.Outcome = outcome.NotDone
	if c.From >= 1<<63 {
		r.Outcome = outcome.Invalid
		return fmt.Errorf("offset %d is none of Kafka's", c.From)
	}
	reader := s.reader(c.Ingestion)
	select {
	case reader.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-reader.turn }()
	if c.Op == source.OpRelease {
		reader.leave()
		r.Outcome = outcome.Done
		return nil
	}
	err := s.poll(ctx, reader, c, r)
	if err != nil {
		reader.leave()
	}
	return err
}

func (s *Source) reader(id core.GlobalID) *reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.readers[id]
	if v == nil {
		v = &reader{turn: make(chan struct{}, 1)}
		s.readers[id] = v
	}
	return v
}

func (s *Source) poll(ctx context.Context, v *reader, c *source.Call, r *source.Result) error {
	if v.client == nil || v.at != c.From {
		v.leave()
		if err := s.begin(ctx, v, c, r); err != nil || r.Outcome != outcome.NotDone {
			return err
		}
	}
	if len(v.left) == 0 {
		if err := v.fetch(ctx); err != nil {
			return err
		}
	}
	n := min(len(v.left), int(c.Max))
	r.Outcome, r.Upto = outcome.Done, c.From
	for _, one := range v.left[:n] {
		r.Records = append(r.Records, source.Record{Offset: source.Offset(one.Offset), Data: s.row(one), Diff: 1})
		r.Upto = source.Offset(one.Offset) + 1
	}
	v.left, v.at = v.left[n:], r.Upto
	return nil
}

// begin connects, and makes sure that what stands at the offset is there and stays.
// It sets an outcome only if that is not so.
func (s *Source) begin(ctx context.Context, v *reader, c *source.Call, r *source.Result) (err error) {
	at := kgo.NewOffset().At(int64(c.From))
	v.at = c.From
	v.client, err = s.cluster.client(kgo.ConsumeResetOffset(kgo.NoResetOffset()), kgo.FetchMaxWait(wait),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.cluster.topic: {s.partition: at}}))
	if err != nil {
		return err
	}
	if bad, err := s.suitable(ctx, v.client); err != nil {
		if bad {
			r.Outcome = outcome.Invalid
		}
		return err
	}
	start, end, err := bounds(ctx, v.client, s.cluster.topic, s.partition)
	switch {
	case err != nil:
		return err
	case int64(c.From) < start:
		r.Outcome, r.Upto = outcome.Mismatch, source.Offset(start)
		v.leave()
	case int64(c.From) > end:
		return fmt.Errorf("partition %d of %s ends at offset %d, and was read up to %d before: the topic was made anew, or has lost records; drop the ingestion and create another",
			s.partition, s.cluster.topic, end, c.From)
	}
	return nil
}

// suitable refuses topics whose records cannot be told apart by an offset that never
// changes. bad: it stays so.
func (s *Source) suitable(ctx context.Context, cl *kgo.Client) (bad bool, err error) {
	n, err := partitions(ctx, cl, s.cluster.topic)
	switch {
	case err != nil:
		return false, err
	case n == 0:
		return false, fmt.Errorf("there is no topic %s", s.cluster.topic)
	case n > 1 && !s.given:
		return true, fmt.Errorf("topic %s has %d partitions: make an ingestion for each, with partition=0 to partition=%d", s.cluster.topic, n, n-1)
	case int(s.partition) >= n:
		return false, fmt.Errorf("topic %s has %d partitions, and none with the number %d", s.cluster.topic, n, s.partition)
	}
	policy, err := config(ctx, cl, s.cluster.topic, "cleanup.policy")
	if err == nil && strings.Contains(policy, "compact") {
		return true, fmt.Errorf("topic %s is compacted: what stands at an offset may change, so it cannot be ingested", s.cluster.topic)
	}
	return false, err
}

// fetch waits a while for records.
func (v *reader) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	fetches := v.client.PollFetches(ctx)
	for _, e := range fetches.Errors() {
		if errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled) {
			continue // nothing new
		}
		if errors.Is(e.Err, kerr.OffsetOutOfRange) {
			return fmt.Errorf("partition %d: records were deleted while they were read: %w", e.Partition, e.Err)
		}
		return e.Err
	}
	v.left = fetches.Records()
	return nil
}

// row is a record in the columns that were asked for.
func (s *Source) row(one *kgo.Record) relation.Row {
	values := make([]relation.Value, len(s.columns))
	for i, name := range s.columns {
		switch name {
		case "key":
			values[i] = s.value(one.Key)
		case "value":
			values[i] = s.value(one.Value)
		case "offset":
			values[i] = relation.Value{Type: relation.Int64, Bits: uint64(one.Offset)}
		case "partition":
			values[i] = relation.Value{Type: relation.Int64, Bits: uint64(one.Partition)}
		case "timestamp":
			values[i] = relation.Value{Type: relation.Int64, Bits: uint64(one.Timestamp.UnixMilli())}
		}
	}
	return relation.Pack(values...)
}

func (s *Source) value(b []byte) relation.Value {
	if b == nil {
		return relation.Value{}
	}
	return relation.Value{Type: s.kind, Text: string(b)}
}
