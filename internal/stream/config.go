// Package stream is the shell around the core: it polls, decides, and commits, exactly once, whatever crashes.
//
// A process runs workers; a worker is one member of the consumer group with one transactional session and serves the
// tasks of the partitions it holds. A task is one partition of every input: its cells, its duplicates, its due work.
//
// The protocol, in the order in which it must hold:
//
//  1. A task starts by restoring itself from what Kafka committed, its inputs paused (restore.go).
//  2. A batch is polled, decided in memory (batch.go), and only then is a transaction begun: everything that the batch
//     produced, the after-image of every cell it changed, and the offsets of every input it read (commit.go).
//  3. A transaction that is not known to have committed is not guessed about: the worker drops its client and every task,
//     joins again under a new name and restores. There is no undo log; Kafka is the undo log.
package stream

import (
	"context"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/state"
	"purser/topics"
)

// Config is what a Process needs. Durations and bounds have no defaults here: cmd sets them.
type Config struct {
	Names      topics.Names
	Group      string
	Partitions int32
	ClientID   string    // unique per boot; the transactional ids begin with it
	Client     []kgo.Opt // brokers, TLS, SASL, compression: what every client of this process shares
	Store      state.Checkpoint
	Cache      state.Cache // nil: none
	Logger     *slog.Logger
	Metrics    *Metrics
	Failpoint  func(name string) // called at each named step of the loop; nil in production
	BrokerTime bool              // the broker dates its records: one that its producer dated becomes a dead letter
	// Explain names the right behind a broker's refusal; nil where nobody refuses anything.
	Explain func(context.Context, error) error

	Workers            int
	BatchMax           int           // events a transaction
	BatchInterval      time.Duration // how long a batch gathers
	SessionTimeout     time.Duration
	RebalanceTimeout   time.Duration
	TransactionTimeout time.Duration
	DuplicateWindow    time.Duration
	MaxTickAhead       time.Duration // a tick further ahead of its append time is refused; 0: any
	SliceMax           int           // pieces of due work a transaction; an eighth of it where events wait for it
	PinnedMax          int           // cells a task may hold that the checkpoint lacks; past it its inputs pause
	HeldMax            uint64        // events a partition may hold while the store is away; past it its inputs pause
	CellsMax           int           // cells a task keeps decoded
	CacheBytes         int           // memory of the cells that it keeps encoded; pinned ones may take more
	ChangelogVersion   int           // of the binary form in which changed cells are written; 0: the first
	PositionInterval   time.Duration // how often the checkpoint's position is read
}

func (c *Config) fail(name string) {
	if c.Failpoint != nil {
		c.Failpoint(name)
	}
}
