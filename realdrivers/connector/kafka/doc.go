// Package kafka connects hosts with Kafka, and with what speaks its protocol. It is
// tested against kfake only.
//
//	kafka://user:password@broker:9092/topic?brokers=b:9092,c:9092&tls=true&sasl=scram-sha-256
//
// # The sink
//
// writes a record for each change to partition 0 of the topic, so that they stay in
// order: the same lines of JSON as package jsonl. How far it is written and who may
// write is the latest record of the topic TOPIC.tidemark, which the sink makes, with
// one partition, compacted. Output and progress commit in one transaction (H-21), so
// consumers have to read committed records only (isolation.level=read_committed).
//
// Kafka knows no comparison, so its fencing of producers is used as a lock: whoever
// wants to write asks for the producer's id of the transactional id
// tidemark-TOPIC, which ends the transaction of whoever had it and lets that one
// commit nothing any more, and only then reads the record; as long as nobody else
// asks, what was read stays true. Who loses the lock reads again before the next
// call. Which copy may write is what the record says, as everywhere (H-20).
//
// A topic belongs to one export for good.
//
// # The source
//
//	kafka://broker:9092/topic?partition=0&columns=key,value&format=text
//
// follows one partition; a topic of several needs a source for each. An offset is
// Kafka's own. Columns are key, value, offset, partition and timestamp (milliseconds
// since the Unix epoch), in the order given; key and value are texts or, with
// format=bytes, byte strings, and may be null. Every record is an insertion.
//
// A topic that is compacted is refused: what stands at an offset would change
// (H-12). What retention has deleted before it was read is said to be gone.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"example.com/tidemark/realdrivers/connector/locator"
)

// cluster is how a topic is reached.
type cluster struct {
	topic   string
	options []kgo.Opt
}

// readCluster reads what source and sink have in common.
func readCluster(l *locator.Locator) (*cluster, error) {
	topic := strings.Trim(l.URL.Path, "/")
	if l.URL.Host == "" || topic == "" || len(topic) > 200 || strings.ContainsAny(topic, "/ ") {
		return nil, errors.New("the connection is kafka://BROKER:9092/TOPIC")
	}
	brokers := append([]string{l.URL.Host}, l.List("brokers")...)
	c := &cluster{topic: topic, options: []kgo.Opt{
		kgo.SeedBrokers(brokers...), kgo.ClientID("tidemark"), kgo.DialTimeout(10 * time.Second),
		kgo.RetryTimeout(20 * time.Second), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	}}
	secure := l.Bool("tls", false)
	if secure {
		c.options = append(c.options, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	return c, c.authenticate(l.OneOf("sasl", "", "plain", "scram-sha-256", "scram-sha-512"), l.URL.User)
}

func (c *cluster) authenticate(mechanism string, user *url.Userinfo) error {
	password, _ := user.Password()
	switch mechanism {
	case "plain":
		c.options = append(c.options, kgo.SASL(plain.Auth{User: user.Username(), Pass: password}.AsMechanism()))
	case "scram-sha-256":
		c.options = append(c.options, kgo.SASL(scram.Auth{User: user.Username(), Pass: password}.AsSha256Mechanism()))
	case "scram-sha-512":
		c.options = append(c.options, kgo.SASL(scram.Auth{User: user.Username(), Pass: password}.AsSha512Mechanism()))
	default:
		if user != nil {
			return errors.New("a user in the connection needs the parameter sasl")
		}
	}
	return nil
}

// client connects when it is used.
func (c *cluster) client(more ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(c.options[:len(c.options):len(c.options)], more...)...)
}

// bounds is where a partition begins and where, for those who read committed
// records, it ends.
func bounds(ctx context.Context, cl *kgo.Client, topic string, partition int32) (start, end int64, err error) {
	if start, err = offsetOf(ctx, cl, topic, partition, -2); err != nil {
		return 0, 0, err
	}
	end, err = offsetOf(ctx, cl, topic, partition, -1)
	return start, end, err
}

func offsetOf(ctx context.Context, cl *kgo.Client, topic string, partition int32, which int64) (int64, error) {
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID, request.IsolationLevel = -1, 1
	t := kmsg.NewListOffsetsRequestTopic()
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.Timestamp = partition, which
	t.Topic, t.Partitions = topic, append(t.Partitions, p)
	request.Topics = append(request.Topics, t)
	response, err := request.RequestWith(ctx, cl)
	if err != nil {
		return 0, err
	}
	for _, t := range response.Topics {
		for _, p := range t.Partitions {
			if p.Partition == partition {
				return p.Offset, kerr.ErrorForCode(p.ErrorCode)
			}
		}
	}
	return 0, fmt.Errorf("the brokers say nothing of partition %d of %s", partition, topic)
}

// partitions is how many a topic has; 0: there is no such topic.
func partitions(ctx context.Context, cl *kgo.Client, topic string) (int, error) {
	request := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = kmsg.StringPtr(topic)
	request.Topics = append(request.Topics, t)
	response, err := request.RequestWith(ctx, cl)
	if err != nil {
		return 0, err
	}
	if len(response.Topics) == 0 {
		return 0, nil
	}
	met := &response.Topics[0]
	switch err := kerr.ErrorForCode(met.ErrorCode); {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return len(met.Partitions), nil
}

// create makes a topic with one partition, unless somebody else has.
func create(ctx context.Context, cl *kgo.Client, topic string, configs ...kmsg.CreateTopicsRequestTopicConfig) error {
	request := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor, t.Configs = topic, 1, -1, configs
	request.Topics = append(request.Topics, t)
	response, err := request.RequestWith(ctx, cl)
	if err != nil {
		return err
	}
	for _, t := range response.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("topic %s cannot be made: %w", topic, err)
		}
	}
	return nil
}

// config is a topic's setting, such as cleanup.policy.
func config(ctx context.Context, cl *kgo.Client, topic, name string) (string, error) {
	request := kmsg.NewPtrDescribeConfigsRequest()
	r := kmsg.NewDescribeConfigsRequestResource()
	r.ResourceType, r.ResourceName, r.ConfigNames = kmsg.ConfigResourceTypeTopic, topic, []string{name}
	request.Resources = append(request.Resources, r)
	response, err := request.RequestWith(ctx, cl)
	if err != nil {
		return "", err
	}
	for _, r := range response.Resources {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			return "", err
		}
		for _, c := range r.Configs {
			if c.Name == name && c.Value != nil {
				return *c.Value, nil
			}
		}
	}
	return "", nil
}
