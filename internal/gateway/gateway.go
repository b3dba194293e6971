// Package gateway is a payment gateway for development: it answers recharge attempts by nothing but the token of their payment
// method, and no money moves. What a real gateway's connector has to do is what it does between the two topics; its side of the
// contract is docs/connect-a-gateway.md.
//
// It holds no state. What it answers, and under which identity, follows from the attempt alone; when it answers late follows from the
// attempt's time on the topic; and the consumer group's offsets never pass an attempt that is not answered. So a restart answers what
// was open, perhaps some of it once more, and always the same.
package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/topics"
)

// Config is what it works with.
type Config struct {
	Client  []kgo.Opt // where the brokers are
	Names   topics.Names
	Group   string        // consumer group
	Late    time.Duration // how long after its attempt a late answer comes
	Rate    int           // attempts that are answered in a second at most; 0: as they come
	Commit  time.Duration // how often the offsets of what is answered are committed, 100 ms at least; 0: each second
	Log     *slog.Logger
	Metrics *Metrics
}

const (
	// maxWaiting bounds what is held; past it nothing is taken from the topic until something is answered.
	maxWaiting = 10_000
	// maxPolled bounds what is taken, and answered, at once.
	maxPolled = 1_000
	// A gateway that was killed has its partitions for so long; then the next one gets them.
	sessionTimeout = 6 * time.Second
	heartbeat      = time.Second
	defaultCommit  = time.Second
	// commitWithin bounds a commit where partitions are given up: it waits for the group, and would hold it up.
	commitWithin = 5 * time.Second
	// fetchWait is how long a fetch may find nothing. The embedded broker also lets one wait so long that begins at a marker.
	fetchWait = 250 * time.Millisecond
)

type gateway struct {
	Config
	client  *kgo.Client
	waiting waiting
	free    time.Time // when the rate allows the next answer
}

// Run answers until ctx ends, or brokers refuse it.
func Run(ctx context.Context, c Config) error {
	g := &gateway{Config: c}
	client, err := kgo.NewClient(append(c.Client[:len(c.Client):len(c.Client)],
		kgo.ClientID("purser-gateway"),
		kgo.ConsumerGroup(c.Group),
		kgo.SessionTimeout(sessionTimeout),
		kgo.HeartbeatInterval(heartbeat),
		kgo.ConsumeTopics(c.Names.Of(topics.RechargeAttempt)),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(fetchWait),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), // an attempt from before the first run waits for an answer, too
		kgo.AutoCommitMarks(),
		kgo.AutoCommitInterval(cmp.Or(c.Commit, defaultCommit)),
		kgo.OnPartitionsRevoked(g.revoked),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { g.forget(lost) }),
	)...)
	if err != nil {
		return fmt.Errorf("a client for the gateway: %w", err)
	}
	g.client = client
	defer client.Close() // which gives the partitions up
	if err := g.topicsAreThere(ctx); err != nil {
		return err
	}
	c.Log.Info("the gateway for development answers", "group", c.Group, "late", c.Late, "rate", c.Rate)
	if err := g.work(ctx); err != nil {
		return err
	}
	c.Log.Info("the gateway for development stopped", "unanswered", g.waiting.len())
	return nil
}

func (g *gateway) topicsAreThere(ctx context.Context) error {
	details, err := kadm.NewClient(g.client).ListTopics(ctx, g.Names.Of(topics.RechargeAttempt), g.Names.Of(topics.PaymentResult))
	if err == nil {
		err = details.Error()
	}
	if err != nil {
		return fmt.Errorf("look at the topics of attempts and results: %w", err)
	}
	return nil
}

func (g *gateway) work(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := g.receive(ctx); err != nil {
			return err
		}
		if err := g.respond(ctx); err != nil {
			return err
		}
		g.Metrics.waiting.Set(float64(g.waiting.len()))
	}
	return nil
}

// receive takes attempts from the topic, until there are some or an answer is due.
func (g *gateway) receive(ctx context.Context) error {
	if at, something := g.next(); something {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, at)
		defer cancel()
	}
	room := maxWaiting - g.waiting.len()
	if room <= 0 {
		select {
		case <-ctx.Done():
		case <-time.After(fetchWait): // a partition may have been given up meanwhile
		}
		return nil
	}
	fetches := g.client.PollRecords(ctx, min(room, maxPolled))
	for _, e := range fetches.Errors() {
		switch {
		case ctx.Err() != nil && errors.Is(e.Err, ctx.Err()):
		case access.Refused(e.Err):
			return fmt.Errorf("read %s: %w", g.Names.Of(topics.RechargeAttempt), e.Err)
		default:
			g.Log.Warn("attempts cannot be read just now; it is tried again", "error", e.Err)
		}
	}
	fetches.EachRecord(g.accept)
	return nil
}

// next is when something has to be done that no record asks for.
func (g *gateway) next() (time.Time, bool) {
	at, something := g.waiting.next()
	if g.free.After(at) {
		at = g.free
	}
	return at, something
}

// accept lets a record wait for its answer. What is no attempt has none, and stands in the way of nothing.
func (g *gateway) accept(record *kgo.Record) {
	a, err := readAttempt(record, g.Names, g.Late)
	if err != nil {
		g.Metrics.unreadable.Inc()
		g.Log.Warn("a record is passed over", "topic", record.Topic, "partition", record.Partition, "offset", record.Offset, "error", err)
		a = &attempt{record: record, due: record.Timestamp}
	} else if a.id != "" {
		g.Metrics.attempts.WithLabelValues(a.token).Inc()
	}
	g.waiting.add(a)
}

// respond writes what is due, and as much of it as the rate allows, and notes it when the broker has it.
func (g *gateway) respond(ctx context.Context) error {
	var due []*attempt
	for len(due) < maxPolled {
		now := time.Now()
		if g.free.After(now) {
			break
		}
		a := g.waiting.take(now)
		if a == nil {
			break
		}
		if g.Rate > 0 {
			g.free = now.Add(time.Second / time.Duration(g.Rate))
		}
		due = append(due, a)
	}
	if len(due) == 0 {
		return nil
	}
	switch err := g.write(ctx, due); {
	case err == nil:
		for _, a := range due {
			g.tell(a)
		}
		g.client.MarkCommitRecords(g.waiting.answer(due)...)
	case ctx.Err() == nil:
		return fmt.Errorf("write results to %s: %w", g.Names.Of(topics.PaymentResult), err)
	}
	return nil // what the broker may not have when this is stopped, the next start answers again
}

// write returns when the broker has all results of some attempts, in their order, or will not take them. Contradictions are told apart
// by their order, so those of one attempt go one after the other on the one partition of their org.
func (g *gateway) write(ctx context.Context, some []*attempt) error {
	var first kgo.FirstErrPromise
	for _, a := range some {
		for _, r := range a.results {
			g.client.Produce(ctx, r, first.Promise())
		}
	}
	if err := g.client.Flush(ctx); err != nil {
		return err
	}
	return first.Err()
}

func (g *gateway) tell(a *attempt) {
	for _, word := range a.words {
		g.Metrics.results.WithLabelValues(word).Inc()
	}
	switch {
	case a.id == "":
	case len(a.words) == 0:
		g.Log.Info("an attempt stays unanswered", "org", string(a.record.Key), "attempt", a.id, "token", a.token)
	default:
		g.Log.Info("an attempt is answered", "org", string(a.record.Key), "attempt", a.id, "token", a.token, "results", a.words)
	}
}

// revoked gives partitions up: what is answered is committed first.
func (g *gateway) revoked(ctx context.Context, client *kgo.Client, gone map[string][]int32) {
	defer g.forget(gone)
	if len(client.MarkedOffsets()) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commitWithin)
	defer cancel()
	if err := client.CommitMarkedOffsets(ctx); err != nil {
		g.Log.Warn("offsets are not committed: some attempts will be answered again, with the same results", "error", err)
	}
}

func (g *gateway) forget(gone map[string][]int32) {
	g.waiting.forget(gone[g.Names.Of(topics.RechargeAttempt)])
}
