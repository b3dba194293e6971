package config_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
)

// TestABatchThatSwellsIsNotUnpacked: a batch that a topic takes, because it is small, may be a thousand times as large once it
// is unpacked. The client refuses it before it has grown, so that it stops its partition and not the process.
func TestABatchThatSwellsIsNotUnpacked(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "usage"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	const swollen = 4 * config.MaxBatchUnpacked
	producer, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ProducerBatchCompression(kgo.ZstdCompression()),
		kgo.ProducerBatchMaxBytes(swollen+1<<20), kgo.MaxBufferedBytes(2*swollen), kgo.BrokerMaxWriteBytes(2*swollen))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: "usage", Value: make([]byte, swollen)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, []string{"--kafka-brokers=" + strings.Join(cluster.ListenAddrs(), ",")}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	opts, err := c.KafkaOpts()
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := kgo.NewClient(append(opts, kgo.ConsumeTopics("usage"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = consumer.PollFetches(ctx).Err()
	runtime.ReadMemStats(&after)
	var tooLarge *kgo.ErrDecompressTooLarge
	if !errors.As(err, &tooLarge) {
		t.Errorf("a batch of %d MiB is read as %v", swollen>>20, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > swollen {
		t.Errorf("it costs %d MiB to refuse", used>>20)
	}
}
