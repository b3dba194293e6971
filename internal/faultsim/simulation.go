package faultsim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/committed"
	"purser/internal/provision"
	"purser/topics"
)

// simulation is one seed under way.
type simulation struct {
	plan    *Plan
	log     *slog.Logger
	began   time.Time
	ctx     context.Context // ends with the simulation
	wire    *wire
	cluster *kfake.Cluster
	brokers []string
	names   topics.Names
	joins   gate
	keeper  *keeper
	cache   *cache
	places  []*place
	lives   sync.WaitGroup

	operator *kgo.Client // of someone whom no fault strikes
	reader   *committed.Reader

	mu       sync.Mutex
	counts   map[moment]int
	armed    []*kfake.FaultHandle
	healed   bool
	struck   []Struck
	findings []string
	seen     map[string]float64 // counters of the engine's metrics, summed over all lives
}

// moment is a step of a place.
type moment struct{ place, step string }

const group = "purser"

func newSimulation(ctx context.Context, plan *Plan, log *slog.Logger) (*simulation, error) {
	s := &simulation{
		plan: plan, log: log, began: time.Now(), ctx: ctx, wire: newWire(), keeper: newKeeper(plan.setsBack()), cache: newCache(),
		counts: map[moment]int{}, seen: map[string]float64{},
	}
	ports := make([]int, plan.Brokers)
	for i := range ports {
		ports[i] = 9092 + i
	}
	var err error
	if s.cluster, err = kfake.NewCluster(kfake.Ports(ports...), kfake.ListenFn(s.wire.listen)); err != nil {
		return nil, err
	}
	s.brokers = s.cluster.ListenAddrs()
	if s.operator, err = kgo.NewClient(append(s.client(s.bystander("operator")), kgo.RecordPartitioner(kgo.ManualPartitioner()))...); err == nil {
		s.reader = committed.NewReader(s.operator)
		err = s.prepare()
	}
	if err != nil {
		s.cluster.Close()
		return nil, err
	}
	return s, nil
}

func (s *simulation) prepare() error {
	admin := kadm.NewClient(s.operator)
	if _, err := provision.CreateTopics(s.ctx, admin, s.names, s.plan.Partitions, 1); err != nil {
		return err
	}
	_, err := provision.CommitStartOffsets(s.ctx, admin, s.names, group)
	return err
}

// bystander is the host of someone whom no fault strikes.
func (s *simulation) bystander(name string) *host { return s.newHost("", name, func() {}) }

// client is what every client on a host has in common.
func (s *simulation) client(h *host) []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(s.brokers...), kgo.Dialer(h.dial), kgo.DisableClientMetrics(),
		kgo.ProducerBatchCompression(kgo.NoCompression()), // costs time and changes nothing here
	}
}

// due counts a step and returns the faults that strike at it.
func (s *simulation) due(place, step string) (faults []*Fault, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := moment{place, step}
	s.counts[at]++
	n = s.counts[at]
	if place == "" || s.healed {
		return nil, n
	}
	for i := range s.plan.Faults {
		if f := &s.plan.Faults[i]; f.Who == place && f.Step == step && f.Nth == n {
			faults = append(faults, f)
			s.note(f)
		}
	}
	return faults, n
}

// note writes down that a fault struck. The lock is held.
func (s *simulation) note(f *Fault) {
	what := f.Do.String()
	if f.Step != "" {
		what = f.Step + ": " + what
	}
	s.struck = append(s.struck, Struck{time.Since(s.began), f.String(), what})
	s.log.Warn("FAULT", "what", f.String())
}

// latency follows from the seed and the step, so that it is the same whatever else goes on.
func (s *simulation) latency(place, step string, n int) time.Duration {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	hash := uint64(offset)
	for _, word := range [...]string{place, step} {
		for i := range len(word) {
			hash = (hash ^ uint64(word[i])) * prime
		}
		hash *= prime // a word ends
	}
	drawn := rand.NewPCG(s.plan.Seed, hash+uint64(n)).Uint64()
	return 50*time.Microsecond + time.Duration(drawn%uint64(s.plan.Latency))
}

// arm makes the broker answer the next requests of a kind with an error. Only the engine sends requests of these kinds while
// faults strike, but for Produce, where its are in transactions.
func (s *simulation) arm(f *Fault) {
	fault := kfake.Fault{Err: f.Err, Count: f.Times}
	for key := int16(0); key <= kmsg.MaxKey; key++ {
		if kmsg.NameForKey(key) == f.Step {
			fault.Keys = []kmsg.Key{kmsg.Key(key)}
		}
	}
	fault.When = func(r kmsg.Request) bool {
		p, produces := r.(*kmsg.ProduceRequest)
		return !produces || p.TransactionID != nil
	}
	handle := s.cluster.Fault(fault)
	s.mu.Lock()
	s.armed = append(s.armed, handle)
	s.mu.Unlock()
}

// strikeTimed lets a fault strike that is bound to a time.
func (s *simulation) strikeTimed(f *Fault) {
	if rest(s.ctx, f.At-time.Since(s.began)) != nil {
		return
	}
	s.mu.Lock()
	if s.healed {
		s.mu.Unlock()
		return
	}
	s.note(f)
	s.mu.Unlock()
	switch f.Do {
	case BrokerAway:
		for _, p := range s.places {
			if l := p.current(); l != nil {
				l.host.unplug(f.For)
			}
		}
	case Freeze, KillBefore, Leave:
		for _, p := range s.places {
			if l := p.current(); l != nil && p.name == f.Who {
				l.host.apply(f, &verdict{})
			}
		}
	case StoreAway, StoreHangs:
		s.keeper.begin(f.For, f.Do == StoreHangs)
	case StoreBack:
		if err := s.keeper.back(time.Now().Add(-f.For)); err != nil {
			s.find("setting the checkpoint back: %v", err)
		}
	case CacheAway, CacheHangs:
		s.cache.begin(f.For, f.Do == CacheHangs)
	case CacheFull:
		s.cache.fill(f.For)
	case CacheFlush:
		s.cache.flush()
	case CacheBack:
		s.cache.back(time.Now().Add(-f.For))
	case Coordinators:
		s.cluster.RehashCoordinators()
	case SecondSaver:
		second := s.newPlace("checkpoint2", s.save)
		go second.serveOnce(f.For)
	}
}

// heal ends all faults.
func (s *simulation) heal() {
	s.mu.Lock()
	s.healed = true
	armed := s.armed
	s.mu.Unlock()
	for _, a := range armed {
		a.Remove()
	}
	s.keeper.end()
	s.cache.end()
	s.cache.fill(0)
	for _, p := range s.places {
		if l := p.current(); l != nil {
			l.host.heal()
		}
	}
}

// find writes down what is wrong.
func (s *simulation) find(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findings = append(s.findings, fmt.Sprintf(format, args...))
}

// Struck is a fault that struck.
type Struck struct {
	At    time.Duration // virtual time
	Fault string
	What  string // kind of step, and what happened at it
}

// Outcome is what became of a seed.
type Outcome struct {
	Seed     uint64
	Struck   []Struck
	Findings []string // what is wrong; none: all is well
	Errors   []string `json:",omitempty"` // what the engine logged as errors, where something is wrong
	LastLine string   // of the audit
	Virtual  time.Duration
	Seen     map[string]float64 // counters of the engine's metrics, summed over all lives
}

// Write prints what a person needs.
func (o *Outcome) Write(w io.Writer, plan *Plan) {
	plan.Write(w)
	fmt.Fprintln(w, "struck:")
	for _, f := range o.Struck {
		fmt.Fprintf(w, "  %9.3fs  %s\n", f.At.Seconds(), f.Fault)
	}
	fmt.Fprintf(w, "after %v of virtual time: %s\n", o.Virtual.Round(time.Millisecond), o.LastLine)
	for _, e := range o.Errors {
		fmt.Fprintf(w, "LOGGED %s\n", e)
	}
	for _, f := range o.Findings {
		fmt.Fprintf(w, "FOUND %s\n", f)
	}
}
