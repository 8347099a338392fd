package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"example.com/tidemark/conformance"
	sinksuite "example.com/tidemark/conformance/sink"
	sourcesuite "example.com/tidemark/conformance/source"
	"example.com/tidemark/core"
	"example.com/tidemark/core/outcome"
	"example.com/tidemark/core/relation"
	"example.com/tidemark/core/storaged/sink"
	"example.com/tidemark/core/storaged/source"
)

// fakeKafka is a cluster in this process.
func fakeKafka(t testing.TB, options ...kfake.Opt) (*kfake.Cluster, string) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.DefaultNumPartitions(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, c.ListenAddrs()[0]
}

func kafkaClient(t testing.TB, broker string, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(options, kgo.SeedBrokers(broker))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// readTopic is what a sink has committed to a topic, as the suite's schema has it.
func readTopic(t testing.TB, broker, topic string) (list []relation.Update) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	end := endOf(ctx, t, c, topic)
	for at := int64(0); at < end; {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(one *kgo.Record) {
			at = one.Offset + 1
			if one.Attrs.IsControl() {
				return
			}
			var l line
			if err := json.Unmarshal(one.Value, &l); err != nil {
				t.Fatalf("%s: %v", one.Value, err)
			}
			list = append(list, l.update(t))
		})
	}
	return list
}

func TestKafkaSinkConformance(t *testing.T) {
	sinksuite.Run(conformance.Of(t), func(conformance.T) *sinksuite.Sink {
		_, broker := fakeKafka(t)
		sinks := NewSinks(Config{})
		t.Cleanup(func() { sinks.Close() })
		return &sinksuite.Sink{
			Do:         func(c *sink.Call, r *sink.Result) { sinks.Do(context.Background(), c, r) },
			Connection: func(n int) string { return fmt.Sprintf("kafka://%s/out%d", broker, n) },
			Output: func(connection string, _ core.GlobalID) []relation.Update {
				return readTopic(t, broker, connection[strings.LastIndexByte(connection, '/')+1:])
			},
			Restart: func() {
				if err := sinks.Close(); err != nil {
					t.Error(err)
				}
				sinks = NewSinks(Config{})
			},
		}
	})
}

// Two hosts that write at once, each with a memory of its own: what the one has read
// is not true any more when the other has written.
func TestKafkaSinkOfTwoHosts(t *testing.T) {
	_, broker := fakeKafka(t)
	sinksuite.Run(conformance.Of(t), func(conformance.T) *sinksuite.Sink {
		hosts := [2]*Sinks{NewSinks(Config{}), NewSinks(Config{})}
		t.Cleanup(func() {
			hosts[0].Close()
			hosts[1].Close()
		})
		turn := make(chan int, 2)
		turn <- 0
		turn <- 1
		return &sinksuite.Sink{
			Do: func(c *sink.Call, r *sink.Result) {
				i := <-turn
				hosts[i].Do(context.Background(), c, r)
				turn <- i
			},
			Connection: func(n int) string { return fmt.Sprintf("kafka://%s/two%d", broker, n) },
		}
	})
}

func TestKafkaSourceConformance(t *testing.T) {
	sourcesuite.Run(conformance.Of(t), func(conformance.T) *sourcesuite.Source {
		_, broker := fakeKafka(t)
		sources := NewSources(Config{})
		t.Cleanup(func() { sources.Close() })
		producer := kafkaClient(t, broker, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		said := 0
		say := func(connection string, records int) {
			topic := connection[strings.LastIndexByte(connection, '/')+1:]
			var list []*kgo.Record
			for range records {
				said++
				list = append(list, &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "k%d", said%5), Value: fmt.Appendf(nil, "v%d", said)})
			}
			if err := producer.ProduceSync(context.Background(), list...).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		return &sourcesuite.Source{
			Do: func(c *source.Call, r *source.Result) { sources.Do(context.Background(), c, r) },
			Connection: func(n int) string {
				createTopic(t, producer, fmt.Sprintf("in%d", n), "delete")
				return fmt.Sprintf("kafka://%s/in%d", broker, n)
			},
			More: say,
			Restart: func() {
				if err := sources.Close(); err != nil {
					t.Error(err)
				}
				sources = NewSources(Config{})
			},
		}
	})
}

func poll(t testing.TB, s *Sources, connection string, from source.Offset) source.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var r source.Result
	s.Do(ctx, &source.Call{
		Op: source.OpPoll, Connection: connection, Ingestion: core.GlobalID{Kind: core.IDUser, N: 1}, From: from, Max: 100,
	}, &r)
	return r
}

// Topics that cannot keep a source's promise are refused, and a topic that is gone is
// not taken for one that has nothing new.
func TestKafkaSourceRefusals(t *testing.T) {
	_, broker := fakeKafka(t, kfake.SeedTopics(3, "many"), kfake.SeedTopics(1, "one"))
	s := NewSources(Config{})
	defer s.Close()
	admin := kafkaClient(t, broker)
	createTopic(t, admin, "compacted", "compact")
	for connection, want := range map[string]outcome.Outcome{
		"many":             outcome.Invalid,
		"many?partition=2": outcome.Done,
		"many?partition=3": outcome.NotDone,
		"one":              outcome.Done,
		"compacted":        outcome.Invalid,
		"nowhere":          outcome.NotDone,
		"one?columns=hair": outcome.Invalid,
		"one?sasl=magic":   outcome.Invalid,
		"":                 outcome.Invalid,
	} {
		if r := poll(t, s, "kafka://"+broker+"/"+connection, 0); r.Outcome != want {
			t.Errorf("%s: %v, want %v", connection, r.Outcome, want)
		}
	}
	if r := poll(t, s, "kafka://"+broker+"/one", 7); r.Outcome != outcome.NotDone {
		t.Errorf("beyond the end: %+v", r)
	}
	if r := poll(t, s, "kafka://127.0.0.1:1/one", 0); r.Outcome != outcome.NotDone {
		t.Errorf("no broker: %+v", r)
	}
}

// Columns come in the order asked for, and what is null stays null.
func TestKafkaSourceColumns(t *testing.T) {
	_, broker := fakeKafka(t, kfake.SeedTopics(1, "one"))
	p := kafkaClient(t, broker)
	if err := p.ProduceSync(t.Context(), &kgo.Record{Topic: "one", Value: []byte("\xff")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	s := NewSources(Config{})
	defer s.Close()
	r := poll(t, s, "kafka://"+broker+"/one?columns=offset,value,key&format=bytes", 0)
	if len(r.Records) != 1 || r.Records[0].Data.String() != `(0,\xff,null)` && r.Records[0].Data != relation.Pack(
		relation.Value{Type: relation.Int64}, relation.Value{Type: relation.Bytes, Text: "\xff"}, relation.Value{}) {
		t.Errorf("%+v", r)
	}
}
