package checkpoint

import (
	"errors"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/state"
	"purser/state/dedup"
	"purser/topics"
)

// Config is what a Checkpointer works with. Zero values of what has a default mean the default.
type Config struct {
	Client     []kgo.Opt // brokers, TLS, SASL
	Names      topics.Names
	Partitions int32 // of the ledger and of the changelog
	Store      state.Checkpoint
	Logger     *slog.Logger
	Metrics    *Metrics
	Window     time.Duration      // the duplicate window: sealed pieces that it has passed are dropped
	Failpoint  func(name string)  // "checkpoint-before-save", "checkpoint-after-save"; nil in production
	OnStop     func(int32, error) // hears of each partition that stops, and why; nil: nobody
	Tombstones time.Duration      // how long the changelog tells of a deletion: cells that are older are not gone on from; 0: any are

	RowsEvery  time.Duration // how long ledger rows gather; default 1 s
	CellsEvery time.Duration // how long cells gather; default 10 s, longer while the store is slow, no longer than rows while nothing changes
	StandBy    time.Duration // how long a position must rest before a partition that another had moved is taken up; default 10 s
	MaxRows    int           // rows in memory, of all partitions; default 100,000
	MaxCells   int           // cells in memory, of all partitions; default 400,000
	MaxBytes   int           // rows and cells in memory, of all partitions; default 256 MiB
	Savers     int           // steps under way at a time; default 2
	PieceSize  int           // identities a piece; default dedup.PieceSize, less only in tests
}

func (c *Config) check() error {
	if c.Partitions <= 0 || c.Store == nil || c.Logger == nil || c.Metrics == nil || c.Window <= 0 {
		return errors.New("a checkpointer needs a number of partitions, a store, a logger, metrics and a duplicate window")
	}
	orElse(&c.RowsEvery, time.Second)
	orElse(&c.CellsEvery, 10*time.Second)
	orElse(&c.StandBy, 10*time.Second)
	orElse(&c.MaxRows, 100_000)
	orElse(&c.MaxCells, 400_000)
	orElse(&c.MaxBytes, 256<<20)
	orElse(&c.Savers, 2)
	orElse(&c.PieceSize, dedup.PieceSize)
	if c.Failpoint == nil {
		c.Failpoint = func(string) {}
	}
	if c.OnStop == nil {
		c.OnStop = func(int32, error) {}
	}
	return nil
}

func orElse[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}
