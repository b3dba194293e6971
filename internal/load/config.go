// Package load is the seeded producer: it defines orgs, plans and wallets, produces usage that is good, late, repeated,
// contradictory, malformed and misdirected, with sends, payments and others where the mix asks for them, and writes down every event
// that it produced and what has to become of it.
//
// What event number n is follows from the seed and n alone, so that a repetition of event m is made by making m again and
// nothing has to be kept. What the orgs are follows from their numbers alone, so that runs with different seeds can follow
// each other on the same topics.
package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"purser/internal/record"
)

// Config is one run. Shares are parts of Count; together they leave room for good events.
type Config struct {
	Client []kgo.Opt // brokers, TLS, SASL and the like
	Prefix string    // of the topics
	Seed   uint64
	Start  time.Time // the run's own time: nothing that is produced depends on another clock

	Count    int64 // events of the mix
	Mix      Mix   // what they are; default: usage alone
	Rate     int   // events a second; 0: as fast as the broker takes them
	Orgs     int
	Accounts int // wallets, over all orgs
	Skew     Skew

	Late       float64 // happened up to 30 hours ago
	Duplicates float64 // an earlier event again
	Conflicts  float64 // an earlier identity with another body
	Malformed  float64 // cannot be decoded
	Misplaced  float64 // on a partition that is not the org's
	Unknown    float64 // usage of a wallet that is defined later, or never
	Refused    float64 // of a channel that nobody priced
	Oversized  int64   // records of more than 1 MiB: a number, because a few are enough

	// Only narrows the parts of the mix beside usage down to one type of event, which must be one that follows no other.
	Only string

	// SkipDefinitions produces usage only: the orgs and wallets are there from an earlier run.
	SkipDefinitions bool
	// Group is the consumer group of the engine. Where it is given, payments follow only when the group has read the
	// definitions, because what a payment names must be known; otherwise a payment may be refused.
	Group         string
	SettleTimeout time.Duration // for that wait; default 2 minutes

	// AtOnce is a transactional id: the usage is produced in one transaction, so that readers of committed records see none
	// of it before the end and then all of it. BeforeRelease is called when everything is on the broker and nothing is
	// visible yet. Definitions have to be there already.
	AtOnce        string
	BeforeRelease func(context.Context) error

	RecordFile string // must not exist; "": nothing is written down
	Progress   func(Progress)
}

// Skew says which wallets the usage is of.
type Skew struct {
	Kind SkewKind
	S    float64 // Zipf's exponent, greater than 1
	Hot  float64 // share of the one hot wallet
}

// SkewKind is a distribution over wallets.
type SkewKind string

// The distributions.
const (
	Uniform SkewKind = "uniform"
	Zipf    SkewKind = "zipf"
	Hot     SkewKind = "hot"
)

// Progress is told about ten times a second, and at the end of each phase.
type Progress struct {
	Phase    string // definitions, settling, payments, usage, late definitions
	Produced int64  // in this phase
	Total    int64
}

// Summary is what a run did.
type Summary struct {
	Kinds        [record.Kinds]int64 // acknowledged events by kind
	Produced     int64               // all of them
	Usage        int64               // those of the usage phase
	UsageBegan   time.Time           // event n of a rate was due n/rate seconds later
	UsageElapsed time.Duration
	Elapsed      time.Duration
	Partitions   int32
}

// PerSecond is the rate of the usage phase.
func (s Summary) PerSecond() int64 {
	if s.UsageElapsed <= 0 {
		return 0
	}
	return s.Usage * int64(time.Second) / int64(s.UsageElapsed)
}

func (c *Config) setDefaults() {
	if c.Orgs == 0 {
		c.Orgs = 20
	}
	if c.Accounts == 0 {
		c.Accounts = 10_000
	}
	if c.Skew.Kind == "" {
		c.Skew.Kind = Uniform
	}
	if c.Skew.Kind == Zipf && c.Skew.S == 0 {
		c.Skew.S = 1.1
	}
	if c.Skew.Kind == Hot && c.Skew.Hot == 0 {
		c.Skew.Hot = 0.5
	}
	if c.SettleTimeout == 0 {
		c.SettleTimeout = 2 * time.Minute
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
}

func (c *Config) validate() error {
	sum := 0.0
	for _, share := range []float64{c.Late, c.Duplicates, c.Conflicts, c.Malformed, c.Misplaced, c.Unknown, c.Refused} {
		if share < 0 || share > 1 {
			return errors.New("a share of the load is not between 0 and 1")
		}
		sum += share
	}
	switch {
	case sum > 0.9:
		return errors.New("the shares leave less than a tenth of the load for good events")
	case c.Count < 0 || c.Rate < 0 || c.Oversized < 0 || c.Orgs < 0 || c.Accounts < 0:
		return errors.New("a number of the load is negative")
	case c.Accounts < c.Orgs:
		return fmt.Errorf("%d wallets are too few for %d orgs", c.Accounts, c.Orgs)
	case c.Orgs > 100_000:
		return errors.New("more than 100,000 orgs")
	case c.AtOnce != "" && !c.SkipDefinitions:
		return errors.New("usage that becomes visible at once needs definitions that are there already")
	case c.Start.IsZero():
		return errors.New("the run's start time is not set")
	}
	return errors.Join(c.Mix.validate(), c.only(), c.Skew.validate())
}

func (s Skew) validate() error {
	switch {
	case s.Kind != Uniform && s.Kind != Zipf && s.Kind != Hot:
		return fmt.Errorf("skew %q is not uniform, zipf or hot", s.Kind)
	case s.Kind == Zipf && s.S <= 1:
		return errors.New("the exponent of a Zipf skew is not greater than 1")
	case s.Kind == Hot && (s.Hot <= 0 || s.Hot > 1):
		return errors.New("the share of the hot wallet is not in (0, 1]")
	}
	return nil
}

// Run produces everything and returns when all of it is acknowledged. Where the context ends early, what was acknowledged
// until then is in the record file and in the summary.
func Run(ctx context.Context, c Config) (Summary, error) {
	c.setDefaults()
	if err := c.validate(); err != nil {
		return Summary{}, err
	}
	r, err := newRun(ctx, c)
	if err != nil {
		return Summary{}, err
	}
	err = r.phases(ctx)
	if closed := r.close(); err == nil {
		err = closed
	}
	return r.summary(), err
}
