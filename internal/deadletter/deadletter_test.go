package deadletter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/deadletter"
	"purser/sinks"
	"purser/topics"
)

const partitions = 4

var names = topics.Names{Prefix: "p."}

type place struct {
	box    *deadletter.Box
	client *kgo.Client
}

func newPlace(t *testing.T) place {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, append(names.Inputs(), names.Of(topics.DeadLetter))...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	seeds := []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
	box, err := deadletter.Open(seeds, names)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(box.Close)
	client, err := kgo.NewClient(append(seeds, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return place{box, client}
}

// refuse writes a dead letter with the encoder that the engine writes them with.
func (p place) refuse(t *testing.T, input *kgo.Record, reason string, entry uint64) *kgo.Record {
	t.Helper()
	letter := sinks.NewEncoder(names).DeadLetter(input, reason, "data.cost: expected a number, came \"x\"", entry, entry > 0)
	if err := p.client.ProduceSync(t.Context(), letter).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return letter
}

func usage(org, id string, partition int32) *kgo.Record {
	rec := topics.NewEvent(names.Of(topics.Usage), org, "shop", id, topics.TypeUsageRecorded, 0, topics.UsageRecordedBody{Account: "w"})
	rec.Partition, rec.Offset = partition, 17
	return rec
}

func (p place) list(t *testing.T, f deadletter.Filter) []*deadletter.Letter {
	t.Helper()
	var all []*deadletter.Letter
	if err := p.box.Each(t.Context(), f, func(l *deadletter.Letter) error { all = append(all, l); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// input returns what an input topic holds.
func (p place) input(t *testing.T, topic string) []*kgo.Record {
	t.Helper()
	reader := committed.NewReader(p.client)
	spans, err := reader.Spans(t.Context(), names.Of(topic))
	if err != nil {
		t.Fatal(err)
	}
	var all []*kgo.Record
	for n, span := range spans[names.Of(topic)] {
		if err := reader.Read(t.Context(), names.Of(topic), int32(n), span, func(r *kgo.Record) error { all = append(all, r); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestListByWhatIsAskedFor(t *testing.T) {
	p := newPlace(t)
	p.refuse(t, usage("acme", "1", 1), "bad_number", 4)
	p.refuse(t, usage("acme", "2", 1), "too_large", 5)
	p.refuse(t, usage("bolt", "3", 2), "bad_number", 1)
	other := usage("bolt", "4", 2)
	other.Topic = names.Of(topics.Account)
	p.refuse(t, other, "bad_number", 2)
	for name, test := range map[string]struct {
		filter deadletter.Filter
		want   int
	}{
		"all":    {deadletter.Filter{}, 4},
		"reason": {deadletter.Filter{Reason: "bad_number"}, 3},
		"org":    {deadletter.Filter{Org: "acme"}, 2},
		"topic":  {deadletter.Filter{Topic: topics.Account}, 1},
		"both":   {deadletter.Filter{Org: "bolt", Topic: topics.Usage}, 1},
		"since":  {deadletter.Filter{Since: time.Now().Add(time.Hour)}, 0},
		"until":  {deadletter.Filter{Until: time.Now().Add(time.Hour)}, 4},
	} {
		if got := len(p.list(t, test.filter)); got != test.want {
			t.Errorf("%s: %d letters, want %d", name, got, test.want)
		}
	}
}

// TestReplayIsTheSameEventAgain: to the org's own partition, with all it came with, and naming the refusal it supersedes.
func TestReplayIsTheSameEventAgain(t *testing.T) {
	p := newPlace(t)
	right := topics.PartitionOf("acme", partitions)
	wrong := (right + 1) % partitions
	original := usage("acme", "1", wrong)
	dead := p.refuse(t, original, topics.ReasonWrongPartition, 9)

	letter, err := p.box.At(t.Context(), dead.Partition, dead.Offset)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.box.Replay(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	got := p.input(t, topics.Usage)
	if len(got) != 1 {
		t.Fatalf("%d records, want one", len(got))
	}
	if got[0].Partition != right || string(got[0].Key) != "acme" || string(got[0].Value) != string(original.Value) {
		t.Errorf("replayed %s/%d %s", got[0].Key, got[0].Partition, got[0].Value)
	}
	for _, h := range original.Headers {
		if v := topics.Header(got[0], h.Key); string(v) != string(h.Value) {
			t.Errorf("header %s is %q, was %q", h.Key, v, h.Value)
		}
	}
	if entry := topics.ReplayOf(got[0], wrong); entry != 9 {
		t.Errorf("it names entry %d of its refusal, want 9", entry)
	}
	for _, name := range []string{topics.HeaderReason, topics.HeaderCause, topics.HeaderDetail, topics.HeaderEntry} {
		if topics.Header(got[0], name) != nil {
			t.Errorf("header %s of the dead letter came along", name)
		}
	}

	// What is refused again names only its newest refusal.
	again := *got[0]
	p.refuse(t, &again, "bad_number", 12)
	for _, l := range p.list(t, deadletter.Filter{Reason: "bad_number"}) {
		if err := p.box.Replay(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	last := p.input(t, topics.Usage)[1]
	if entry := topics.ReplayOf(last, right); entry != 12 {
		t.Errorf("the second replay names entry %d, want 12", entry)
	}
	count := 0
	for _, h := range last.Headers {
		if h.Key == topics.HeaderReplay {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d replay headers", count)
	}
}

func TestATickIsReplayedToItsPartition(t *testing.T) {
	p := newPlace(t)
	tick := topics.NewTick(names, 3, 1)
	p.refuse(t, tick, "clock_ahead", 0)
	if err := p.box.Replay(t.Context(), p.list(t, deadletter.Filter{})[0]); err != nil {
		t.Fatal(err)
	}
	got := p.input(t, topics.RefillTick)
	if len(got) != 1 || got[0].Partition != 3 || topics.Header(got[0], topics.HeaderReplay) != nil {
		t.Errorf("got %+v", got)
	}
}

func TestWhatCannotBeReplayed(t *testing.T) {
	p := newPlace(t)
	foreign := usage("acme", "1", 0)
	foreign.Topic = "elsewhere"
	p.refuse(t, foreign, "bad_number", 1)
	err := p.box.Replay(t.Context(), p.list(t, deadletter.Filter{})[0])
	if err == nil || !strings.Contains(err.Error(), "elsewhere/0/17") {
		t.Errorf("got %v", err)
	}
	if _, err := p.box.At(t.Context(), 0, 99); !errors.Is(err, deadletter.ErrNone) {
		t.Errorf("got %v", err)
	}
	if _, err := p.box.At(t.Context(), 99, 0); !errors.Is(err, deadletter.ErrNone) {
		t.Errorf("got %v", err)
	}
}

// TestHostileBytesAreShownInHex: nothing that came from outside reaches the terminal as it is, unless it is text.
func TestHostileBytesAreShownInHex(t *testing.T) {
	p := newPlace(t)
	hostile := usage("ac\x1b[2Jme", "1", 0)
	hostile.Value = []byte("\x1b]0;owned\x07\xff")
	hostile.Headers = append(hostile.Headers, kgo.RecordHeader{Key: "x\ny", Value: []byte("a\nreason forged")})
	p.refuse(t, hostile, "malformed_json", 1)
	letter := p.list(t, deadletter.Filter{})[0]
	var out strings.Builder
	if err := letter.Show(&out); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(letter)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"list": letter.Summary(), "show": out.String(), "json": string(encoded)} {
		if strings.ContainsAny(text, "\x1b\x07") || !utf8.ValidString(text) || strings.Contains(text, "\nreason forged") {
			t.Errorf("%s prints %q", name, text)
		}
	}
	if !strings.Contains(out.String(), fmt.Sprintf("%x", hostile.Key)) || !strings.Contains(out.String(), "1b 5d 30 3b") {
		t.Errorf("the bytes are not shown in hex:\n%s", out.String())
	}
}

func TestPositions(t *testing.T) {
	if p, o, err := deadletter.ParsePosition("3/41"); err != nil || p != 3 || o != 41 {
		t.Errorf("got %d, %d, %v", p, o, err)
	}
	for _, bad := range []string{"", "3", "3/", "/4", "-1/4", "3/-4", "a/b", "3/4/5"} {
		if _, _, err := deadletter.ParsePosition(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
