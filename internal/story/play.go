package story

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/embedded"
	"purser/internal/ticker"
	"purser/topics"
)

// Config is what a story is played on: an embedded environment whose clock is Clock, processors without a ticker, and a gateway.
type Config struct {
	Client       []kgo.Opt // where the broker is
	Names        topics.Names
	Group        string // consumer group of the processors
	GatewayGroup string
	Clock        *embedded.Clock
	Progress     func(day time.Time, n, of int) // told at the beginning of each day
}

const (
	// tickEvery is how often the time is told: as often as the shortest usual wait, the retries of an agency wallet (R4.3).
	tickEvery = 6 * time.Hour
	// lookEvery is how often it is looked whether a moment is over. There are some hundreds of moments.
	lookEvery = 5 * time.Millisecond
	// patience is how long a moment may take in real time.
	patience = time.Minute
)

// Play plays a script to its end: at each moment everything is decided that the moment before has led to, the gateway's answers
// included. So a script tells the same story each time.
func Play(ctx context.Context, s *Script, c Config) error {
	client, err := kgo.NewClient(c.Client...)
	if err != nil {
		return fmt.Errorf("a client for the story: %w", err)
	}
	defer client.Close()
	tick, err := ticker.New(ctx, c.Client, c.Names, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer tick.Close()
	p := &player{Config: c, client: client, tick: tick, reader: committed.NewReader(client), cast: cast{}}
	for _, input := range topics.Inputs {
		p.watched = append(p.watched, c.Names.Of(input))
	}
	p.attempts = c.Names.Of(topics.RechargeAttempt)
	return p.play(ctx, s)
}

type player struct {
	Config
	client   *kgo.Client
	tick     *ticker.Ticker
	reader   *committed.Reader
	cast     cast
	watched  []string // the inputs
	attempts string   // the topic
}

func (p *player) play(ctx context.Context, s *Script) error {
	next, days := s.moments, int(s.Till.Sub(s.From)/(24*time.Hour))
	for at := s.From; !at.After(s.Till); at = at.Add(tickEvery) {
		if p.Progress != nil && at.Hour() == 0 && at.Before(s.Till) {
			p.Progress(at, int(at.Sub(s.From)/(24*time.Hour))+1, days)
		}
		p.Clock.Set(at)
		if err := p.tick.Tick(ctx, at); err != nil {
			return err
		}
		if err := p.settle(ctx); err != nil {
			return fmt.Errorf("the tick of %s: %w", at.Format(time.RFC3339), err)
		}
		for ; len(next) > 0 && next[0].at.Before(at.Add(tickEvery)); next = next[1:] {
			if err := p.moment(ctx, next[0]); err != nil {
				return fmt.Errorf("what happens at %s: %w", next[0].at.Format(time.RFC3339), err)
			}
		}
	}
	return nil
}

// moment sends what happens, line by line where the topic changes: what is on two topics may be read in any order.
func (p *player) moment(ctx context.Context, m moment) error {
	p.Clock.Set(m.at)
	var batch []*kgo.Record
	for _, l := range m.lines {
		records, err := p.cast.records(p.Names, l, m.at)
		if err != nil {
			return err
		}
		if len(batch) > 0 && batch[0].Topic != records[0].Topic {
			if err := p.send(ctx, batch); err != nil {
				return err
			}
			batch = nil
		}
		batch = append(batch, records...)
	}
	return p.send(ctx, batch)
}

func (p *player) send(ctx context.Context, batch []*kgo.Record) error {
	if err := p.client.ProduceSync(ctx, batch...).FirstErr(); err != nil {
		return fmt.Errorf("produce to %s: %w", batch[0].Topic, err)
	}
	return p.settle(ctx)
}

// settle returns when all is decided, every attempt is answered and the answers are decided, too.
func (p *player) settle(ctx context.Context) error {
	for before := int64(-1); ; {
		ends, err := p.ends(ctx)
		if err != nil {
			return err
		}
		now := total(ends)
		if now == before {
			return nil
		}
		before = now
		asked := map[string][]int64{p.attempts: ends[p.attempts]}
		delete(ends, p.attempts)
		if err := p.reader.Wait(ctx, committed.Quiet{
			Group: p.Group, Ends: ends, Timeout: patience, Every: lookEvery, PendingTopic: p.Names.Of(topics.RefillTick), Pending: func(r *kgo.Record) bool { return string(topics.Header(r, "ce_type")) == topics.TypeContinue },
		}); err != nil {
			return err
		}
		if err := p.reader.Wait(ctx, committed.Quiet{Group: p.GatewayGroup, Ends: asked, Timeout: patience, Every: lookEvery}); err != nil {
			return err
		}
	}
}

func (p *player) ends(ctx context.Context) (map[string][]int64, error) {
	spans, err := p.reader.Spans(ctx, append(p.watched[:len(p.watched):len(p.watched)], p.attempts)...)
	if err != nil {
		return nil, err
	}
	ends := map[string][]int64{}
	for topic, partitions := range spans {
		for _, span := range partitions {
			ends[topic] = append(ends[topic], span.End)
		}
	}
	return ends, nil
}

func total(ends map[string][]int64) (sum int64) {
	for _, partitions := range ends {
		for _, end := range partitions {
			sum += end
		}
	}
	return sum
}
