package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
	"purser/internal/embedded"
	"purser/internal/gateway"
	"purser/internal/node"
	"purser/internal/telemetry"
	"purser/internal/ticker"
	"purser/topics"
)

var names = topics.Names{Prefix: "t."}

// rig is purser on the embedded broker, without a ticker: time passes when a test says so.
type rig struct {
	t      *testing.T
	client *kgo.Client
	opts   []kgo.Opt
	ticker *ticker.Ticker
	now    time.Time
	events int

	mu   sync.Mutex
	seen []*kgo.Record // of all outputs that a test looks at, and of the results
	log  buffer        // of every gateway
}

// buffer is written to by several.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	env, err := embedded.Start(t.Context(), embedded.Config{Partitions: 2, Names: names, Group: "g"})
	if err != nil {
		t.Fatal(err)
	}
	s := config.New()
	s.Engine.Roles, s.Engine.MaxTickAhead = []string{config.RoleProcess, config.RoleCheckpoint}, 0
	r := &rig{t: t, opts: []kgo.Opt{kgo.SeedBrokers(env.Brokers...)}, now: time.Now()}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() {
		ran <- node.Run(ctx, node.Parts{
			Engine: s.Engine, Names: names, Group: "g", Client: r.opts, Store: env.Checkpoint, Log: slog.New(slog.DiscardHandler),
			Registry: prometheus.NewRegistry(), Health: telemetry.NewHealth(), AnyTime: true,
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("purser ended: %v", err)
		}
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	if r.client, err = kgo.NewClient(append(r.opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeTopics(
		names.Of(topics.RechargeAttempt), names.Of(topics.PaymentResult), names.Of(topics.Alert), names.Of(topics.Ledger), names.Of(topics.DeadLetter),
	))...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.client.Close)
	go r.watch(ctx)
	if r.ticker, err = ticker.New(ctx, r.opts, names, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.ticker.Close)
	r.tick(0)
	r.produce(topics.Account, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD"})
	r.decided(r.produce(topics.Account, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "mark", Kind: "wallet"}))
	return r
}

func (r *rig) watch(ctx context.Context) {
	for ctx.Err() == nil {
		fetches := r.client.PollFetches(ctx)
		r.mu.Lock()
		fetches.EachRecord(func(record *kgo.Record) { r.seen = append(r.seen, record) })
		r.mu.Unlock()
	}
}

// gateway runs one; stop ends it, and demands that it ends well and soon.
func (r *rig) gateway(group string, late time.Duration, rate ...int) (stop func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() {
		ran <- gateway.Run(ctx, gateway.Config{
			Client: r.opts, Names: names, Group: group, Late: late, Rate: append(rate, 0)[0],
			Log: slog.New(slog.NewTextHandler(&r.log, nil)), Metrics: gateway.NewMetrics(prometheus.NewRegistry()),
		})
	}()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			began := time.Now()
			cancel()
			if err := <-ran; err != nil {
				r.t.Errorf("the gateway ended: %v", err)
			}
			if took := time.Since(began); took > 10*time.Second {
				r.t.Errorf("it took %v to stop", took)
			}
		})
	}
	r.t.Cleanup(stop)
	return stop
}

// tick tells every partition that some time has passed.
func (r *rig) tick(passed time.Duration) {
	r.t.Helper()
	r.now = r.now.Add(passed)
	if err := r.ticker.Tick(r.t.Context(), r.now); err != nil {
		r.t.Fatal(err)
	}
}

// produce produces an event, and returns its id.
func (r *rig) produce(topic, kind string, body any) (id string) {
	r.t.Helper()
	r.events++
	id = strconv.Itoa(r.events)
	if err := r.client.ProduceSync(r.t.Context(), topics.NewEvent(names.Of(topic), "acme", "test", id, kind, 0, body)).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
	return id
}

// wallet defines one that asks its card for 50 dollars below 20: at once.
func (r *rig) wallet(account, token string, attempts int) {
	r.t.Helper()
	r.decided(r.produce(topics.Account, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: account, Kind: "wallet", Recharge: &topics.RechargePolicy{
		WhenBalanceLowerThan: "20", Amount: "50", PaymentMethod: token, Attempts: topics.Number(strconv.Itoa(attempts)), RetrySeconds: "86400",
	}}))
}

// await waits until a condition holds; the limit is only there so that a failure ends.
func (r *rig) await(what string, holds func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("gave up waiting until %s\n%s", what, r.log.String())
		}
	}
}

// of returns all records of a topic in which an account, or an attempt of it, is named, as short lines of some of their fields.
func (r *rig) of(topic, account string, line func(*kgo.Record, map[string]any) string) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, record := range r.seen {
		if record.Topic != names.Of(topic) || !strings.Contains(string(record.Value), `"`+account+`"`) && !strings.Contains(string(record.Value), `"`+account+`/`) {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal(record.Value, &body); err != nil {
			r.t.Error(err)
		}
		if s := line(record, body); s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

func (r *rig) attempts(account string) []string {
	return r.of(topics.RechargeAttempt, account, func(_ *kgo.Record, body map[string]any) string { return fmt.Sprint(body["attempt"]) })
}

func (r *rig) results(account string) []string {
	return r.of(topics.PaymentResult, account, func(_ *kgo.Record, body map[string]any) string {
		if body["reason"] != nil {
			return fmt.Sprint(body["attempt"], " ", body["result"], " ", body["reason"])
		}
		return fmt.Sprint(body["attempt"], " ", body["result"])
	})
}

func (r *rig) alerts(account string) []string {
	return r.of(topics.Alert, account, func(_ *kgo.Record, body map[string]any) string {
		if kind := fmt.Sprint(body["kind"]); strings.HasPrefix(kind, "recharge_") {
			return fmt.Sprint(kind, " ", body["attempt"])
		}
		return ""
	})
}

// balances are those of an account after each entry that posted to it.
func (r *rig) balances(account string) []string {
	return r.of(topics.Ledger, account, func(_ *kgo.Record, body map[string]any) string {
		balances, _ := body["balances"].([]any)
		for _, b := range balances {
			if b, _ := b.(map[string]any); b["account"] == account {
				return fmt.Sprint(b["balance"])
			}
		}
		return ""
	})
}

// decided waits until an event of this test is in the ledger.
func (r *rig) decided(id string) {
	r.t.Helper()
	r.await("event "+id+" is decided", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, record := range r.seen {
			if record.Topic == names.Of(topics.Ledger) && strings.Contains(string(record.Value), `"source":"test","id":"`+id+`"`) {
				return true
			}
		}
		return false
	})
}

// settled waits until all results that are on their topic have been decided: an event that comes after them there has been. All
// events here are of one org, and so on one partition.
func (r *rig) settled() {
	r.t.Helper()
	r.decided(r.produce(topics.PaymentResult, topics.TypePaymentReceived,
		topics.PaymentReceivedBody{Account: "mark", Payment: strconv.Itoa(r.events), Amount: "1", Currency: "USD"}))
}

// is compares what came with what was expected.
func (r *rig) is(what string, got []string, want ...string) {
	r.t.Helper()
	if !slices.Equal(got, want) {
		r.t.Errorf("%s: %q, want %q", what, got, want)
	}
}
