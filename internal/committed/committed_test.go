package committed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func cluster(t *testing.T, topics ...string) []string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topics...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()
}

func client(t *testing.T, seeds []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(seeds...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func inTransaction(t *testing.T, c *kgo.Client, topic string, end kgo.TransactionEndTry, values ...string) {
	t.Helper()
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.EndTransaction(t.Context(), end); err != nil {
		t.Fatal(err)
	}
}

func TestReadSeesWhatWasCommittedAndStopsAtTheEnd(t *testing.T) {
	seeds := cluster(t, "events")
	producer := client(t, seeds, kgo.TransactionalID("one"))
	inTransaction(t, producer, "events", kgo.TryCommit, "a", "b")
	inTransaction(t, producer, "events", kgo.TryAbort, "never")
	inTransaction(t, producer, "events", kgo.TryCommit, "c")
	inTransaction(t, producer, "events", kgo.TryAbort, "never again")

	reader := NewReader(client(t, seeds))
	spans, err := reader.Spans(t.Context(), "events")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = reader.Read(t.Context(), "events", 0, spans["events"][0], func(r *kgo.Record) error {
		got = append(got, string(r.Value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "[a b c]"; fmt.Sprint(got) != want {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestSpansOfATopicThatIsNotThere(t *testing.T) {
	reader := NewReader(client(t, cluster(t, "events")))
	if _, err := reader.Spans(t.Context(), "nothing"); err == nil {
		t.Fatal("no error for a topic that does not exist")
	}
}

func commit(t *testing.T, c *kgo.Client, group string, at int64) {
	t.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: "events", Partition: 0, At: at, LeaderEpoch: -1})
	if err := kadm.NewClient(c).CommitAllOffsets(t.Context(), group, offsets); err != nil {
		t.Fatal(err)
	}
}

func TestWaitIsOverWhenOnlyMarkersAreLeft(t *testing.T) {
	seeds := cluster(t, "events")
	inTransaction(t, client(t, seeds, kgo.TransactionalID("one")), "events", kgo.TryCommit, "a", "b") // offset 2 is the marker
	c := client(t, seeds)
	quiet := Quiet{Group: "g", Ends: map[string][]int64{"events": {3, 0}}, Timeout: 300 * time.Millisecond}

	commit(t, c, "g", 1)
	if err := NewReader(c).Wait(t.Context(), quiet); !errors.Is(err, ErrNotQuiet) {
		t.Fatalf("with a record left: %v", err)
	}
	commit(t, c, "g", 2)
	if err := NewReader(c).Wait(t.Context(), quiet); err != nil {
		t.Fatalf("with nothing but a marker left: %v", err)
	}
}

func TestWaitIsNotOverWhileSomethingIsPending(t *testing.T) {
	seeds := cluster(t, "events")
	c := client(t, seeds)
	for _, v := range []string{"a", "continue", "tick"} {
		if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "events", Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	quiet := Quiet{
		Group: "g", Ends: map[string][]int64{"events": {1, 0}}, Timeout: 300 * time.Millisecond, PendingTopic: "events",
		Pending: func(r *kgo.Record) bool { return string(r.Value) == "continue" },
	}
	commit(t, c, "g", 1)
	if err := NewReader(c).Wait(t.Context(), quiet); !errors.Is(err, ErrNotQuiet) {
		t.Fatalf("with a continuation left: %v", err)
	}
	commit(t, c, "g", 2)
	if err := NewReader(c).Wait(t.Context(), quiet); err != nil {
		t.Fatalf("with only a tick left: %v", err)
	}
}

func TestWaitForAGroupThatHasNotBegun(t *testing.T) {
	c := client(t, cluster(t, "events"))
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "events", Value: []byte("a")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	quiet := Quiet{Group: "g", Ends: map[string][]int64{"events": {0, 0}}, Timeout: time.Minute}
	if err := NewReader(c).Wait(t.Context(), quiet); err != nil {
		t.Fatalf("nothing to wait for: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	quiet.Ends["events"][0] = 1
	if err := NewReader(c).Wait(ctx, quiet); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a record is left, and the caller's time is up: %v", err)
	}
}

// TestATransactionThatNobodyEndsHidesWhatOthersCommitted: a reader of committed records does not get past it, and has to know.
func TestATransactionThatNobodyEndsHidesWhatOthersCommitted(t *testing.T) {
	seeds := cluster(t, "events")
	forgotten := client(t, seeds, kgo.TransactionalID("forgotten"))
	if err := forgotten.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := forgotten.ProduceSync(t.Context(), &kgo.Record{Topic: "events", Value: []byte("never")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	inTransaction(t, client(t, seeds, kgo.TransactionalID("two")), "events", kgo.TryCommit, "a", "b")
	reader := NewReader(client(t, seeds))

	err := reader.AwaitVisible(t.Context(), 300*time.Millisecond, "events")
	if want := "events/0"; !errors.Is(err, ErrHidden) || !strings.Contains(err.Error(), want) {
		t.Fatalf("while it is open: %v, want one that names %s", err, want)
	}
	waited := make(chan error, 1)
	go func() { waited <- reader.AwaitVisible(t.Context(), time.Minute, "events") }()
	if err := forgotten.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Fatalf("when it has ended: %v", err)
	}
	spans, err := reader.Spans(t.Context(), "events")
	if err != nil || spans["events"][0].End < 3 {
		t.Fatalf("it ends at %v, %v, before what was committed", spans, err)
	}
}

// TestWhatIsBeingWrittenIsNotStill: a transaction that is open on one of two topics hides what it has written to both, and what it shows
// first would be half of it.
func TestWhatIsBeingWrittenIsNotStill(t *testing.T) {
	seeds := cluster(t, "events", "others")
	reader, producer := NewReader(client(t, seeds)), client(t, seeds, kgo.TransactionalID("one"))
	inTransaction(t, producer, "events", kgo.TryCommit, "a")
	spans, still, err := reader.Still(t.Context(), time.Minute, "events", "others")
	if err != nil || !still || spans["events"][0].End != 2 {
		t.Fatalf("still %v, %v: %v", still, spans, err)
	}
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"events", "others"} {
		if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("b")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if spans, still, err := reader.Still(t.Context(), 0, "events", "others"); err != nil || still {
		t.Errorf("while a transaction is open it is still: %v, %v", spans, err)
	}
	if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	spans, still, err = reader.Still(t.Context(), time.Minute, "events", "others")
	if err != nil || !still || spans["events"][0].End != 4 || spans["others"][0].End != 2 {
		t.Errorf("still %v, %v: %v", still, spans, err)
	}
}
