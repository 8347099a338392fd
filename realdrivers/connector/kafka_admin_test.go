package connector

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// createTopic makes a topic with one partition.
func createTopic(t testing.TB, c *kgo.Client, topic, policy string) {
	t.Helper()
	request := kmsg.NewPtrCreateTopicsRequest()
	v := kmsg.NewCreateTopicsRequestTopic()
	v.Topic, v.NumPartitions, v.ReplicationFactor = topic, 1, -1
	config := kmsg.NewCreateTopicsRequestTopicConfig()
	config.Name, config.Value = "cleanup.policy", kmsg.StringPtr(policy)
	v.Configs = append(v.Configs, config)
	request.Topics = append(request.Topics, v)
	response, err := request.RequestWith(context.Background(), c)
	if err == nil {
		err = kerr.ErrorForCode(response.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// endOf is where a topic's first partition ends for readers of committed records; 0
// if there is no such topic.
func endOf(ctx context.Context, t testing.TB, c *kgo.Client, topic string) int64 {
	t.Helper()
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID, request.IsolationLevel = -1, 1
	v, p := kmsg.NewListOffsetsRequestTopic(), kmsg.NewListOffsetsRequestTopicPartition()
	p.Timestamp = -1
	v.Topic, v.Partitions = topic, append(v.Partitions, p)
	request.Topics = append(request.Topics, v)
	response, err := request.RequestWith(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range response.Topics {
		for _, p := range v.Partitions {
			if p.ErrorCode == 0 {
				return p.Offset
			}
		}
	}
	return 0
}
