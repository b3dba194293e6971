package load

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/record"
	"purser/topics"
)

func broker(tb testing.TB) []string {
	tb.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(cluster.Close)
	return cluster.ListenAddrs()
}

func makeTopics(tb testing.TB, seeds []string, prefix string) {
	tb.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(seeds...))
	if err != nil {
		tb.Fatal(err)
	}
	defer client.Close()
	size := "4194304"
	for _, input := range topics.Inputs {
		created, err := kadm.NewClient(client).CreateTopic(tb.Context(), 4, 1, map[string]*string{"max.message.bytes": &size}, prefix+input)
		if err != nil || created.Err != nil {
			tb.Fatal(err, created.Err)
		}
	}
}

func mixed(seeds []string, prefix, file string) Config {
	return Config{
		Client: []kgo.Opt{kgo.SeedBrokers(seeds...)}, Prefix: prefix, Seed: 7,
		Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Count: 20_000, Orgs: 11, Accounts: 300, Skew: Skew{Kind: Zipf},
		Late: 0.02, Duplicates: 0.03, Conflicts: 0.01, Malformed: 0.01, Misplaced: 0.005, Unknown: 0.02, Refused: 0.005, Oversized: 3,
		RecordFile: file,
	}
}

type place struct {
	topic     uint8
	partition int32
	offset    int64
}

func readRecord(t *testing.T, file string) map[place]record.Entry {
	t.Helper()
	entries := map[place]record.Entry{}
	torn, err := record.Read(file, func(e *record.Entry) error {
		at := place{e.Topic, e.Partition, e.Offset}
		if _, twice := entries[at]; twice {
			t.Errorf("two entries for %+v", at)
		}
		entries[at] = *e
		return nil
	})
	if err != nil || torn {
		t.Fatalf("torn %v, error %v", torn, err)
	}
	return entries
}

func readTopics(t *testing.T, seeds []string, prefix string) map[place]*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(seeds...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	reader := committed.NewReader(client)
	records := map[place]*kgo.Record{}
	for i, input := range topics.Inputs {
		spans, err := reader.Spans(t.Context(), prefix+input)
		if err != nil {
			t.Fatal(err)
		}
		for p, span := range spans[prefix+input] {
			err := reader.Read(t.Context(), prefix+input, int32(p), span, func(r *kgo.Record) error {
				records[place{uint8(i), int32(p), r.Offset}] = r
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return records
}

func headerOf(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

func TestTheRecordFileSaysWhatIsInTheTopics(t *testing.T) {
	for name, mix := range map[string]Mix{"usage": {Usage: 100}, "full": Full} {
		t.Run(name, func(t *testing.T) { recordFileAndTopics(t, mix) })
	}
}

func recordFileAndTopics(t *testing.T, mix Mix) {
	seeds := broker(t)
	makeTopics(t, seeds, "one.")
	file := filepath.Join(t.TempDir(), "record")
	c := mixed(seeds, "one.", file)
	c.Mix = mix
	summary, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	entries, records := readRecord(t, file), readTopics(t, seeds, "one.")
	if len(entries) != len(records) || int64(len(entries)) != summary.Produced {
		t.Fatalf("%d entries, %d records, %d in the summary", len(entries), len(records), summary.Produced)
	}
	var counted [record.Kinds]int64
	firsts := map[string]*kgo.Record{}
	for at, e := range entries {
		counted[e.Kind]++
		r := records[at]
		if r == nil || string(r.Key) != e.Org || headerOf(r, "ce_id") != e.ID {
			t.Fatalf("entry %+v does not match its record", e)
		}
		if sound(e.Kind) {
			firsts[e.Org+" "+e.ID] = r
		}
	}
	if counted != summary.Kinds {
		t.Errorf("the file counts %v, the summary %v", counted, summary.Kinds)
	}
	for kind := record.Good; int(kind) < record.Kinds; kind++ {
		if (counted[kind] == 0) != (kind == record.Judged && mix.usageAlone()) {
			t.Errorf("%d %s events were produced", counted[kind], kind)
		}
	}
	for at, e := range entries {
		checkEntry(t, &e, records[at], firsts)
	}
}

// sound says whether an event of a kind may be repeated.
func sound(kind record.Kind) bool {
	return kind == record.Good || kind == record.Late || kind == record.Judged || kind == record.Definition || kind == record.Racing
}

func checkEntry(t *testing.T, e *record.Entry, r *kgo.Record, firsts map[string]*kgo.Record) {
	t.Helper()
	switch e.Kind {
	case record.Duplicate, record.Conflict:
		first := firsts[e.Org+" "+e.ID]
		if first == nil || first.Partition != r.Partition || first.Offset > r.Offset {
			t.Fatalf("%s of %s has no earlier event on its partition", e.Kind, e.ID)
		}
		if same := bytes.Equal(first.Value, r.Value); same != (e.Kind == record.Duplicate) {
			t.Errorf("%s of %s: same body %v", e.Kind, e.ID, same)
		}
	case record.Oversized:
		if len(r.Value) <= topics.MaxRecordBytes {
			t.Errorf("an oversized record has %d bytes", len(r.Value))
		}
	case record.Refused:
		if !strings.Contains(string(r.Value), `"fax"`) && e.ID[0] == 'u' {
			t.Errorf("a refused event is %s", r.Value)
		}
	}
}

func TestTheSameSeedProducesTheSame(t *testing.T) {
	seeds := broker(t)
	var runs [2]string
	for i := range runs {
		prefix := fmt.Sprintf("same%d.", i)
		makeTopics(t, seeds, prefix)
		c := mixed(seeds, prefix, "")
		c.Mix = Full
		if _, err := Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		runs[i] = digest(t, seeds, prefix)
	}
	if runs[0] != runs[1] {
		t.Error("two runs with one seed differ")
	}
}

func TestAHotWalletGetsItsShare(t *testing.T) {
	c := Config{Count: 1000, Accounts: 1000, Orgs: 10, Skew: Skew{Kind: Hot, Hot: 0.5}}
	d, hot := newDice(&c), 0
	for n := range int64(10_000) {
		if d.event(n).account == 0 {
			hot++
		}
	}
	if hot < 4700 || hot > 5300 {
		t.Errorf("%d of 10000 events are of the hot wallet", hot)
	}
}

// TestWalletsRepeat holds what is produced for a wallet against what is produced for the one that Alike says is like it.
func TestWalletsRepeat(t *testing.T) {
	seeds := broker(t)
	makeTopics(t, seeds, "")
	const orgs = 11
	repeat := int(Alike(orgs))
	if repeat%orgs != 0 || repeat > 420*orgs {
		t.Fatalf("%d wallets for %d orgs", repeat, orgs)
	}
	_, err := Run(t.Context(), Config{Client: []kgo.Opt{kgo.SeedBrokers(seeds...)}, Start: time.Unix(1e9, 0), Orgs: orgs, Accounts: 2 * repeat})
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]string{}
	for at, r := range readTopics(t, seeds, "") {
		if kind, number, ok := strings.Cut(headerOf(r, "ce_id"), "-"); ok {
			bodies[kind+number] = append(bodies[kind+number], fmt.Sprint(at.topic, at.partition, string(r.Key), string(r.Value)))
		}
	}
	for i := range int64(repeat) {
		org, wallet := Wallet(i, orgs)
		sameOrg, like := Wallet(i+int64(repeat), orgs)
		if org != sameOrg || wallet == like {
			t.Fatalf("%s of %s, and %s of %s", wallet, org, like, sameOrg)
		}
		for _, kind := range []string{"w", "g", "p"} {
			a, b := bodies[kind+strconv.FormatInt(i, 10)], bodies[kind+strconv.FormatInt(i+int64(repeat), 10)]
			want := strings.NewReplacer(wallet, like, "p-"+strconv.FormatInt(i, 10)+`"`, "p-"+strconv.FormatInt(i+int64(repeat), 10)+`"`)
			if len(a) != len(b) || len(a) == 1 && want.Replace(a[0]) != b[0] || len(a) > 1 || kind == "w" && len(a) == 0 {
				t.Fatalf("wallet %d has %q, wallet %d has %q", i, a, i+int64(repeat), b)
			}
		}
	}
}

func TestARateIsHeld(t *testing.T) {
	seeds := broker(t)
	makeTopics(t, seeds, "")
	c := Config{
		Client: []kgo.Opt{kgo.SeedBrokers(seeds...)}, Start: time.Unix(1e9, 0), Count: 1000, Rate: 2000, SkipDefinitions: true,
	}
	summary, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if summary.UsageElapsed < 490*time.Millisecond {
		t.Errorf("1000 events at 2000 a second took %s", summary.UsageElapsed)
	}
}

func TestConfigurationIsRefused(t *testing.T) {
	good := Config{Start: time.Unix(1e9, 0)}
	for name, spoil := range map[string]func(*Config){
		"a share above one":  func(c *Config) { c.Late = 1.5 },
		"shares without end": func(c *Config) { c.Late, c.Unknown = 0.5, 0.5 },
		"no start":           func(c *Config) { c.Start = time.Time{} },
		"an odd skew":        func(c *Config) { c.Skew.Kind = "steep" },
		"a flat zipf":        func(c *Config) { c.Skew = Skew{Kind: Zipf, S: 0.5} },
		"a mix of less":      func(c *Config) { c.Mix = Mix{Usage: 90} },
		"a mix below zero":   func(c *Config) { c.Mix = Mix{Usage: 110, Sends: -10} },
		"a follow-up alone":  func(c *Config) { c.Only = "send.approved" },
		"more orgs":          func(c *Config) { c.Orgs, c.Accounts = 10, 5 },
	} {
		c := good
		spoil(&c)
		if _, err := Run(context.Background(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkEvents(b *testing.B) {
	seeds := broker(b)
	makeTopics(b, seeds, "")
	c := Config{
		Client: []kgo.Opt{kgo.SeedBrokers(seeds...)}, Start: time.Unix(1e9, 0), Count: int64(b.N),
		Accounts: 10_000, Duplicates: 0.01, SkipDefinitions: true, RecordFile: filepath.Join(b.TempDir(), "record"),
	}
	b.ReportAllocs()
	summary, err := Run(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(summary.PerSecond()), "events/s")
}

func BenchmarkDrawAndEncode(b *testing.B) {
	r := &run{c: Config{Accounts: 10_000, Orgs: 20, Duplicates: 0.01, Skew: Skew{Kind: Uniform}}}
	d := newDice(&r.c)
	var buffer []byte
	b.ReportAllocs()
	for n := range int64(b.N) {
		e := d.event(n)
		buffer = r.appendUsage(r.appendInstant(buffer[:0], 1e15+n), &e)
	}
}
