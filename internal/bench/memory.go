package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"purser/processors"
	"purser/state"
	"purser/topics"
)

type memorySettings struct {
	Wallets int
	Result  string // file for what was found
}

type memoryResult struct {
	Resident, Peak, Heap int64
	Nanos                float64 // a decision
}

// goals of many wallets.
const (
	goalResident = 2.0 // GiB, of ten million
	goalMany     = 0.8 // of the decisions a second at 10k
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
	r.state("memory", "decisions a second there, as a part of those at 10k wallets, core alone", "", -goalMany, few.Nanos/many.Nanos)
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
	for i := range tasks {
		tasks[i] = state.NewMemory(&processors.Progress{Offsets: make([]int64, len(topics.Inputs))})
		if err := populate(tasks[i], s.Wallets/partitions); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	var found memoryResult
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	found.Heap = int64(heap.HeapAlloc)
	var err error
	if found.Resident, found.Peak, err = residentOf(os.Getpid()); err != nil {
		return err
	}
	events, err := usageEvents(s.Wallets / partitions)
	if err != nil {
		return err
	}
	b, err := benchmark(tasks[0], events)
	if err != nil {
		return err
	}
	found.Nanos = b.Extra[cpuMetric]
	runtime.KeepAlive(tasks)
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return os.WriteFile(s.Result, text, 0o600)
}
