package load

import (
	"context"
	"strconv"
	"time"

	"purser/internal/record"
	"purser/topics"
)

var (
	usageType   = []byte(topics.TypeUsageRecorded)
	unknownType = []byte("usage.guessed")
)

// redefinitions is how many wallets change while they are used.
const redefinitions = 20

// consume produces the usage. Halfway some of the unknown wallets are defined, and now and then a wallet is defined anew.
func (r *run) consume(ctx context.Context) error {
	pace := pace{rate: int64(r.c.Rate), began: r.usageBegan}
	step := max(1, r.c.Count/redefinitions)
	for n := range r.c.Count {
		if n&0xff == 0 {
			r.progress("usage", n, r.c.Count)
			if err := r.stopped(ctx); err != nil {
				return err
			}
		}
		if err := pace.wait(ctx, n); err != nil {
			return r.stopped(ctx)
		}
		e := r.dice.event(n)
		if e.role == usageRecorded {
			r.produceUsage(ctx, &e, r.now(n))
		} else {
			r.produceMixed(ctx, &e, r.now(n))
		}
		if n == r.c.Count/2 {
			if err := r.defineLate(ctx, "usage", 0); err != nil {
				return err
			}
		}
		if n%step == step-1 && !r.c.SkipDefinitions {
			r.redefine(ctx, n, n/step)
		}
	}
	r.usage = r.c.Count
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.progress("usage", r.c.Count, r.c.Count)
	return nil
}

// now is the run's time at event n, in microseconds: as the rate has it, else a microsecond an event.
func (r *run) now(n int64) int64 {
	if r.c.Rate > 0 {
		n = n/int64(r.c.Rate)*1_000_000 + n%int64(r.c.Rate)*1_000_000/int64(r.c.Rate)
	}
	return r.c.Start.UnixMicro() + n
}

// produceUsage sends a usage event. What repeats another event has its time too.
func (r *run) produceUsage(ctx context.Context, e *draw, now int64) {
	s, _ := r.slots.Get().(*slot)
	out := event{topic: usageTopic, org: int(e.account % int64(r.c.Orgs)), typ: usageType, kind: e.kind}
	b := s.buffer[:0]
	malformed := e.kind == record.Malformed
	if !malformed || e.flaw != flawNoID {
		b = strconv.AppendInt(append(b, "u-"...), e.n, 10)
	}
	idEnd := len(b)
	b = r.appendInstant(b, r.happened(e, now))
	timeEnd := len(b)
	s.buffer = r.appendUsage(b, e)
	if malformed {
		out.noKey = e.flaw == flawNoKey
		if e.flaw == flawType {
			out.typ = unknownType
		}
	}
	out.misplaced = e.kind == record.Misplaced
	r.produce(ctx, s, out, idEnd, timeEnd)
}

func (r *run) happened(e *draw, now int64) int64 {
	if e.kind == record.Duplicate || e.kind == record.Conflict {
		now = r.now(e.n)
	}
	return now - e.age.Microseconds() - e.fraction
}

// pace holds a rate: event n is due n/rate seconds after the first.
type pace struct {
	rate  int64
	began time.Time
}

func (p *pace) wait(ctx context.Context, n int64) error {
	if p.rate <= 0 || n&7 != 0 && p.rate > 1000 {
		return nil
	}
	due := p.began.Add(time.Duration(n/p.rate)*time.Second + time.Duration(n%p.rate)*time.Second/time.Duration(p.rate))
	left := time.Until(due)
	if left < time.Millisecond {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
