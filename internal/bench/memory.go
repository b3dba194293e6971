package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"purser/processors"
	"purser/processors/core"
	"purser/state"
)

type memorySettings struct {
	Wallets int
	Result  string // file for what was found
}

type memoryResult struct {
	Resident, Peak, Heap int64
	Encoded              int64   // bytes that encoded cells take
	Decoded              int     // cells
	Nanos                float64 // a decision, of evenly used wallets
}

// goals of many wallets.
const (
	goalResident = 2.0 // GiB, of ten million
	goalMany     = 0.8 // of the events a second with 10k

	evenDecisions = 400 * coreBatch
)

// memory fills the memories of tasks, as those of one process that holds every partition, and looks at the process. The
// definitions do not come over Kafka, which would take minutes and change nothing in what is resident.
func memory(ctx context.Context, o *options, r *report) error {
	dir, err := os.MkdirTemp("", "purser-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	few, err := inProcess(ctx, dir, 10_000)
	if err != nil {
		return err
	}
	many, err := inProcess(ctx, dir, o.resident)
	if err != nil {
		return err
	}
	const gib = 1 << 30
	goal := goalResident * float64(o.resident) / 10_000_000
	r.state("memory", thousands(o.resident)+" wallets in the tasks' memory, filled directly", "GiB resident", goal, float64(many.Resident)/gib)
	r.state("memory", "the same while it is filled", "GiB at the highest", 0, float64(many.Peak)/gib)
	r.state("memory", "of it encoded cells", "bytes a wallet", 0, float64(many.Encoded)/float64(o.resident))
	r.state("memory", "a decision at 10k wallets, evenly used, core alone, with housekeeping", "ns of CPU", 0, few.Nanos)
	r.state("memory", "the same there", "ns of CPU", 0, many.Nanos)
	// What the goal says of many wallets is of the whole application: part many.
	r.state("memory", "decisions a second there, as a part of those at 10k wallets, core alone", "", 0, few.Nanos/many.Nanos)
	return nil
}

func inProcess(ctx context.Context, dir string, wallets int) (m memoryResult, err error) {
	say("memory: %s wallets", thousands(wallets))
	result := filepath.Join(dir, fmt.Sprint(wallets))
	c, err := startChild("memory", result+".log", memorySettings{Wallets: wallets, Result: result})
	if err != nil {
		return m, err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.kill()
		return m, ctx.Err()
	}
	if c.how != nil {
		return m, fmt.Errorf("%w\n%s", c.how, logTail(c.log))
	}
	b, err := os.ReadFile(result)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(b, &m)
}

func runMemory(settings string) error {
	var s memorySettings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		return err
	}
	// One memory for each partition, as tasks have them; wallets are spread over them by number.
	var tasks [partitions]*state.Memory
	each := s.Wallets / partitions
	for i := range tasks {
		tasks[i] = newMemory()
		if err := populate(tasks[i], each); err != nil {
			return err
		}
	}
	events, err := usageEvents(each)
	if err != nil {
		return err
	}
	if _, err := evenly(tasks[:], events, each, evenDecisions/4); err != nil { // until memory is as it stays
		return err
	}
	var found memoryResult
	if found.Nanos, err = evenly(tasks[:], events, each, evenDecisions); err != nil {
		return err
	}
	if found.Resident, found.Peak, err = residentOf(os.Getpid()); err != nil {
		return err
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	found.Heap = int64(heap.HeapAlloc)
	for _, t := range tasks {
		found.Encoded += int64(t.Bytes())
		found.Decoded += t.Decoded()
	}
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return os.WriteFile(s.Result, text, 0o600)
}

// evenly decides usage of wallets that are all as likely, each batch on the next task, and returns the CPU time of a
// decision, with what a task does between batches and with garbage collection.
func evenly(tasks []*state.Memory, events []core.Event, wallets, n int) (nanos float64, err error) {
	var d core.Decision
	var name [len("w-00000000")]byte
	chance := rand.New(rand.NewPCG(3, 4))
	before := cpuOfSelf()
	for done := 0; done < n; done += coreBatch {
		m := tasks[done/coreBatch%len(tasks)]
		for i := range coreBatch {
			ev := &events[(done+i)%len(events)]
			w := chance.IntN(wallets)
			ev.Org, ev.Usage.Account = coreOrgs[w%len(coreOrgs)], nameOf(&name, w)
			if status := processors.Decide(m, ev, &d); status != core.Done || d.Result != core.Applied {
				return 0, fmt.Errorf("a plain usage event ended as %v, %v, %s", status, d.Result, d.Reason)
			}
		}
		housekeep(m)
	}
	return float64((cpuOfSelf() - before).Nanoseconds()) / float64(n), nil
}

// nameOf writes the name of a wallet, as coreWallet does, into memory that the next call uses again.
func nameOf(b *[len("w-00000000")]byte, w int) string {
	copy(b[:], "w-")
	for i := len(b) - 1; i >= len("w-"); i-- {
		b[i] = byte('0' + w%10)
		w /= 10
	}
	return unsafe.String(&b[0], len(b))
}
