package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

const (
	cpuMetric  = "cpu-ns/op"
	coreBatch  = 10_000 // decisions between two commits of the memory
	coreEvents = 1 << 16
)

// theCore measures the decisions alone: no Kafka, no decoding, no encoding; the cells are in memory.
func theCore(_ context.Context, o *options, r *report) error {
	wallets := min(o.wallets, 10_000)
	var nanos, cpu, allocs []float64
	for range max(o.repeat, 1) {
		b, err := decisions(wallets)
		if err != nil {
			return err
		}
		nanos = append(nanos, float64(b.NsPerOp()))
		cpu = append(cpu, b.Extra[cpuMetric])
		allocs = append(allocs, float64(b.AllocsPerOp()))
	}
	say("core: %s ns a decision", spread(nanos))
	r.state("core", "a plain usage event, "+thousands(wallets)+" wallets", "ns a decision", 0, nanos...)
	r.state("core", "the same, CPU time: what a busy machine does to a clock is not in it", "ns a decision", 0, cpu...)
	r.state("core", "the same", "allocations a decision", 0.5, allocs...)
	r.Facts[len(r.Facts)-1].Goal = "0"
	return nil
}

// decisions benchmarks usage events of evenly spread wallets.
func decisions(wallets int) (testing.BenchmarkResult, error) {
	m := newMemory()
	if err := populate(m, wallets); err != nil {
		return testing.BenchmarkResult{}, err
	}
	events, err := usageEvents(wallets)
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	return benchmark(m, events)
}

// newMemory makes the memory of a task.
func newMemory() *state.Memory {
	return state.NewMemory(&core.Progress{Offsets: make([]int64, len(topics.Inputs))}, new(state.Codec), nil)
}

// The default bounds of a task's memory.
const (
	decodedCells = 20_000
	encodedBytes = 256 << 20
)

// housekeep is what a task does between two batches. The checkpoint keeps up.
func housekeep(m *state.Memory) {
	m.Committed()
	m.Unpin(m.Txn() - 1)
	m.Forget(decodedCells, encodedBytes)
}

func benchmark(m *state.Memory, events []core.Event) (testing.BenchmarkResult, error) {
	var failed error
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		var d core.Decision
		before := cpuOfSelf()
		for n := range b.N {
			if status := processors.Decide(m, &events[n%len(events)], &d); status != core.Done || d.Result != core.Applied {
				failed = fmt.Errorf("a plain usage event ended as %v, %v, %s", status, d.Result, d.Reason)
				b.FailNow()
			}
			if n%coreBatch == coreBatch-1 {
				housekeep(m)
			}
		}
		b.ReportMetric(float64((cpuOfSelf()-before).Nanoseconds())/float64(b.N), cpuMetric)
	})
	return result, failed
}

var coreOrgs = func() (orgs [16]string) {
	for i := range orgs {
		orgs[i] = "org-" + strconv.Itoa(i)
	}
	return orgs
}()

func coreOrg(i int) string    { return coreOrgs[i%len(coreOrgs)] }
func coreWallet(i int) string { return fmt.Sprintf("w-%08d", i) }

// populate defines orgs with an agency wallet, a plan, and wallets of that plan, by events that go through the core.
func populate(m *state.Memory, wallets int) error {
	decoder := topics.NewDecoder()
	for i := range min(len(coreOrgs), wallets) {
		org := coreOrg(i)
		for _, def := range [][2]string{
			{topics.TypeOrgDefined, `{"currency":"USD","multipliers":{"message":"1.25"}}`},
			{topics.TypePlanDefined, `{"plan":"basic","multipliers":{"message":"2","email":"1.5","call":"3"}}`},
			{topics.TypeAccountDefined, `{"account":"agency","kind":"agency_wallet","currency":"USD"}`},
		} {
			if err := apply(m, decoder, org, def[0], def[0], def[1]); err != nil {
				return err
			}
		}
	}
	for i := range wallets {
		body := `{"account":"` + coreWallet(i) + `","kind":"wallet","currency":"USD","plan":"basic","low_balance":"5.00"}`
		if err := apply(m, decoder, coreOrg(i), topics.TypeAccountDefined, coreWallet(i), body); err != nil {
			return err
		}
		if i%coreBatch == coreBatch-1 {
			housekeep(m)
		}
	}
	events, err := usageEvents(wallets)
	if err != nil {
		return err
	}
	var d core.Decision
	for i := range events { // makes the system's accounts and the month's volumes
		decideAll(m, &events[i], &d)
	}
	housekeep(m)
	return nil
}

// apply decides one definition.
func apply(m *state.Memory, decoder *topics.Decoder, org, typ, id, body string) error {
	var ev core.Event
	if rejected := decoder.Decode(topics.InputIndex(topics.Account), recordOf(org, typ, id, body), &ev); rejected != nil {
		return fmt.Errorf("a definition of the benchmark cannot be decoded: %s", rejected.Text())
	}
	var d core.Decision
	if status := decideAll(m, &ev, &d); status != core.Done {
		return fmt.Errorf("definition %s is not done", id)
	}
	if d.Result == core.Refused {
		return fmt.Errorf("definition %s was refused: %s", id, d.Reason)
	}
	return nil
}

// decideAll decides where there is nothing to load from: what is not in memory does not exist.
func decideAll(m *state.Memory, ev *core.Event, d *core.Decision) core.Status {
	for {
		if status := processors.Decide(m, ev, d); status != core.Miss {
			return status
		}
		for _, key := range m.Missing() {
			m.Loaded(key, nil)
		}
	}
}

// usageEvents draws messages of wallets that are evenly spread, the same ones every time.
func usageEvents(wallets int) ([]core.Event, error) {
	decoder := topics.NewDecoder()
	chance := rand.New(rand.NewPCG(1, 2))
	events := make([]core.Event, coreEvents)
	for i := range events {
		w := chance.IntN(wallets)
		body := `{"account":"` + coreWallet(w) + `","channel":"message","quantity":"3","unit_cost":"0.0079","currency":"USD"}`
		rec := recordOf(coreOrg(w), topics.TypeUsageRecorded, "u-"+strconv.Itoa(i), body)
		if rejected := decoder.Decode(topics.InputIndex(topics.Usage), rec, &events[i]); rejected != nil {
			return nil, fmt.Errorf("a usage event of the benchmark cannot be decoded: %s", rejected.Text())
		}
	}
	return events, nil
}

func recordOf(org, typ, id, body string) *kgo.Record {
	return &kgo.Record{
		Key: []byte(org), Value: []byte(body), Timestamp: time.Unix(1_790_000_000, 0),
		Headers: []kgo.RecordHeader{
			{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte(typ)}, {Key: "ce_source", Value: []byte("/bench")},
			{Key: "ce_id", Value: []byte(id)}, {Key: "content-type", Value: []byte("application/json")},
		},
	}
}
