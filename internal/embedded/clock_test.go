package embedded_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/embedded"
	"purser/topics"
)

func TestTheBrokerTakesItsTimeFromTheClock(t *testing.T) {
	clock := &embedded.Clock{}
	names := topics.Names{Prefix: "t."}
	env, err := embedded.Start(t.Context(), embedded.Config{Partitions: 1, Names: names, Group: "g", Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(env.Brokers...), kgo.ConsumeTopics(names.Of(topics.Usage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, at := range []time.Time{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2041, 1, 2, 3, 4, 5, 678e6, time.UTC)} {
		clock.Set(at)
		// Two records of one batch keep their distance; the last one is now.
		first := &kgo.Record{Topic: names.Of(topics.Usage), Value: []byte("a"), Timestamp: time.Unix(1000, 0)}
		second := &kgo.Record{Topic: names.Of(topics.Usage), Value: []byte("b"), Timestamp: time.Unix(1002, 0)}
		if err := client.ProduceSync(t.Context(), first, second).FirstErr(); err != nil {
			t.Fatal(err)
		}
		var got []time.Time
		for len(got) < 2 {
			fetches := client.PollFetches(t.Context())
			if err := fetches.Err(); err != nil {
				t.Fatal(err)
			}
			fetches.EachRecord(func(r *kgo.Record) { got = append(got, r.Timestamp.UTC()) })
		}
		if !got[1].Equal(at) || !clock.Now().Equal(at) {
			t.Errorf("the clock says %v, the last record %v, want %v", clock.Now(), got[1], at)
		}
		if d := got[1].Sub(got[0]); d != 0 && d != 2*time.Second {
			t.Errorf("the records are %v apart, want 2 s, or two batches", d)
		}
	}
}
