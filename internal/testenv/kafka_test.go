package testenv_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// An aborted record must stay unseen: that is what everything here is built on.
func TestKafkaCommitsAndAborts(t *testing.T) {
	k := testenv.Kafka(t)
	topic := k.CreateTopic(t, "pairs", 1, nil)
	produce(t, k, topic, "aborted", kgo.TryAbort)
	produce(t, k, topic, "committed", kgo.TryCommit)
	if got := readOne(t, k, topic); got != "committed" {
		t.Fatalf("a consumer of committed records saw %q first", got)
	}
}

func TestKafkaSurvivesKill(t *testing.T) {
	k := testenv.PrivateKafka(t, nil)
	topic := k.CreateTopic(t, "kept", 1, nil)
	produce(t, k, topic, "kept", kgo.TryCommit)

	ctx := deadline(t)
	if err := k.Server.Kill(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.Server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if got := readOne(t, k, topic); got != "kept" {
		t.Fatalf("after kill -9 the topic holds %q", got)
	}
}

func produce(t *testing.T, k testenv.KafkaServer, topic, value string, end kgo.TransactionEndTry) {
	t.Helper()
	ctx := deadline(t)
	client := k.Client(t, kgo.TransactionalID(k.Prefix+value))
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr(); err != nil {
		t.Fatalf("produce: %v", err)
	}
	if err := client.EndTransaction(ctx, end); err != nil {
		t.Fatalf("end the transaction: %v", err)
	}
}

func readOne(t *testing.T, k testenv.KafkaServer, topic string) string {
	t.Helper()
	client := k.Client(t, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	fetches := client.PollFetches(deadline(t))
	if err := fetches.Err(); err != nil {
		t.Fatalf("read %s: %v", topic, err)
	}
	return string(fetches.Records()[0].Value)
}
