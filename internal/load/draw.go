package load

import (
	"math"
	"math/rand/v2"
	"time"

	"purser/internal/record"
)

// draw is what event n of the usage phase is. It is a pure function of the configuration and n.
type draw struct {
	n        int64 // whose identity and body it has: its own number, or that of the event it repeats
	kind     record.Kind
	account  int64 // a wallet's number; for unknown wallets, theirs
	channel  int
	quantity uint64
	price    int // index of the unit cost, or of the whole cost
	whole    bool
	flaw     int           // of a malformed event
	age      time.Duration // how long ago it happened when it was produced
	fraction int64         // microseconds

	role    role   // where the mix has it be something else than usage
	roll    uint64 // that says so
	bits    uint64 // from which the rest of it is drawn
	first   int64  // number of the earlier event that it is about
	unknown bool   // it is about something that there is not, or not yet: an unknown wallet's number is that of a send
}

// dice draws. Each event's numbers come from a generator that is seeded with the run's seed and the event's number.
type dice struct {
	c      *Config
	pcg    *rand.PCG
	rnd    *rand.Rand
	zipf   *rand.Zipf
	limits [7]uint64 // cumulative shares as thresholds on 64 random bits
	every  int64     // one event in so many is oversized
	nobody int64     // number of unknown wallets
	roles  *[roleCount]shape
	only   role // what every event beside usage is; usage: whatever its part has
}

var shareKinds = [7]record.Kind{
	record.Late, record.Duplicate, record.Conflict, record.Malformed, record.Misplaced, record.UnknownLater, record.Refused,
}

// eventsPerUnknown is how many events of the usage name the same unknown wallet, on average.
const eventsPerUnknown = 20

func newDice(c *Config) *dice {
	d := &dice{c: c, pcg: rand.NewPCG(c.Seed, 0), roles: shapes()}
	d.rnd = rand.New(d.pcg)
	d.only, _ = alone(c.Only)
	if c.Skew.Kind == Zipf {
		d.zipf = rand.NewZipf(d.rnd, c.Skew.S, 1, uint64(c.Accounts-1))
	}
	sum := 0.0
	for i, share := range [7]float64{c.Late, c.Duplicates, c.Conflicts, c.Malformed, c.Misplaced, c.Unknown, c.Refused} {
		sum += share
		d.limits[i] = threshold(sum)
	}
	if c.Oversized > 0 {
		d.every = max(1, c.Count/c.Oversized)
	}
	d.nobody = max(2, int64(math.Ceil(float64(c.Count)*c.Unknown/eventsPerUnknown)))
	return d
}

func threshold(share float64) uint64 {
	const bits53 = 1 << 53
	return uint64(share*bits53) << 11
}

// kind draws the kind of event n and leaves the generator where the rest of the event begins.
func (d *dice) kind(n int64) record.Kind {
	d.pcg.Seed(d.c.Seed, uint64(n)*0x9e3779b97f4a7c15+1)
	bits := d.pcg.Uint64()
	if d.every > 0 && n%d.every == d.every/2 && n/d.every < d.c.Oversized {
		return record.Oversized
	}
	for i, limit := range d.limits {
		if bits < limit {
			return shareKinds[i]
		}
	}
	return record.Good
}

// maxWalk bounds the search for an event that can be repeated.
const maxWalk = 1000

// event draws event n. Repetitions take the identity of an earlier good event, near or far.
func (d *dice) event(n int64) draw {
	kind := d.kind(n)
	if kind != record.Duplicate && kind != record.Conflict {
		return d.rest(n, kind)
	}
	m := d.earlier(n)
	for walk := 0; m >= 0 && walk < maxWalk; walk++ {
		if k := d.kind(m); k == record.Good || k == record.Late {
			e := d.rest(m, k)
			e.kind = kind
			if kind == record.Conflict {
				e.quantity++
			}
			return e
		}
		m--
	}
	d.kind(n)
	return d.rest(n, record.Good)
}

// earlier picks what event n repeats: half of the time one of the last thousand, otherwise any.
func (d *dice) earlier(n int64) int64 {
	if n == 0 {
		return -1
	}
	reach := n
	if d.pcg.Uint64()&1 == 0 {
		reach = min(n, 1000)
	}
	return n - 1 - d.rnd.Int64N(reach)
}

func (d *dice) rest(n int64, kind record.Kind) draw {
	bits := d.pcg.Uint64()
	e := draw{
		n: n, kind: kind,
		channel:  channelOf(bits & 0xff),
		quantity: bits>>8&0xff%20 + 1,
		price:    int(bits >> 16 & 0xff % prices),
		whole:    bits>>24&7 == 0,
		flaw:     int(bits >> 32 & 0xffff % uint64(flaws)),
		fraction: int64(bits >> 48 % 1000),
	}
	switch kind {
	case record.Late:
		e.age = time.Duration(d.rnd.Int64N(int64(29*time.Hour))) + time.Hour
		e.account = d.account()
	case record.UnknownLater:
		e.account = d.rnd.Int64N(d.nobody)
		if neverDefined(e.account) {
			e.kind = record.UnknownNever
		}
	default:
		e.account = d.account()
	}
	d.mixed(&e)
	return e
}

func (d *dice) account() int64 {
	accounts := int64(d.c.Accounts)
	switch d.c.Skew.Kind {
	case Zipf:
		return int64(d.zipf.Uint64())
	case Hot:
		if d.rnd.Float64() < d.c.Skew.Hot {
			return 0
		}
	}
	return d.rnd.Int64N(accounts)
}

// neverDefined holds for every second unknown wallet.
func neverDefined(account int64) bool { return account&1 == 1 }
