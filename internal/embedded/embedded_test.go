package embedded_test

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/embedded"
	"purser/internal/provision"
	"purser/topics"
)

func start(t *testing.T, dir string) (*embedded.Environment, error) {
	t.Helper()
	return embedded.Start(t.Context(), embedded.Config{Dir: dir, Partitions: 2, Names: topics.Names{Prefix: "x."}, Group: "g"})
}

func client(t *testing.T, e *embedded.Environment, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(e.Brokers...)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestEverythingIsThere: the topics are as the engine wants them, Redis answers, and nobody else on the network is served.
func TestEverythingIsThere(t *testing.T) {
	e, err := start(t, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n, err := provision.Check(t.Context(), kadm.NewClient(client(t, e)), topics.Names{Prefix: "x."}, "g")
	if err != nil || n != 2 {
		t.Errorf("check: %d, %v", n, err)
	}
	r := redis.NewClient(&redis.Options{Addr: e.Redis})
	defer r.Close()
	if err := r.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	for _, address := range append(e.Brokers, e.Redis) {
		if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
			t.Errorf("it listens on %s", address)
		}
	}
}

// TestDataSurvivesACleanStop: records of a committed transaction, and the group's offsets.
func TestDataSurvivesACleanStop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	e, err := start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	producer := client(t, e, kgo.TransactionalID("boot-1"))
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		record := &kgo.Record{Topic: "x.usage", Key: []byte("acme"), Value: fmt.Append(nil, i)}
		if err := producer.ProduceSync(t.Context(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	if _, err := start(t, dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second process was let in: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	e, err = start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.Unclean {
		t.Error("a clean stop was taken for another")
	}
	reader := committed.NewReader(client(t, e))
	spans, err := reader.Spans(t.Context(), "x.usage")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for p, span := range spans["x.usage"] {
		if err := reader.Read(t.Context(), "x.usage", int32(p), span, func(*kgo.Record) error { count++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if count != 10 {
		t.Errorf("%d records survived, want 10", count)
	}
	if n, err := provision.Check(t.Context(), kadm.NewClient(client(t, e)), topics.Names{Prefix: "x."}, "g"); err != nil || n != 2 {
		t.Errorf("check: %d, %v", n, err)
	}
}

// TestAnUncleanStopIsTold: the mark of the first process is found by the second.
func TestAnUncleanStopIsTold(t *testing.T) {
	dir := t.TempDir()
	e, err := start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	embedded.Vanish(e)
	again, err := start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if !again.Unclean {
		t.Error("an unclean stop went unnoticed")
	}
}

func TestAnotherNumberOfPartitions(t *testing.T) {
	dir := t.TempDir()
	e, err := start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = embedded.Start(t.Context(), embedded.Config{Dir: dir, Partitions: 3, Names: topics.Names{Prefix: "x."}, Group: "g"})
	if err == nil || !strings.Contains(err.Error(), "partitions is 2, not 3") {
		t.Errorf("got %v", err)
	}
}
