package load

import (
	"fmt"
	"strconv"
	"strings"

	"purser/internal/record"
)

// Mix says what the events are, in percent. The zero value is usage alone.
type Mix struct {
	Usage    int
	Sends    int // with their approvals, adjustments and cancellations
	Payments int // results of recharge attempts, payments, refunds, invoices that are paid
	Others   int // credits, definitions, teams and their members, reversals, and what is asked for
}

// Full is what a busy installation sees.
var Full = Mix{Usage: 90, Sends: 6, Payments: 2, Others: 2}

// ParseMix reads usage, full, or four shares such as 90/6/2/2.
func ParseMix(text string) (Mix, error) {
	switch text {
	case "usage":
		return Mix{Usage: 100}, nil
	case "full":
		return Full, nil
	}
	words := strings.Split(text, "/")
	var shares [4]int
	if len(words) != len(shares) {
		return Mix{}, fmt.Errorf("the mix %q is not usage, full, or four shares such as 90/6/2/2", text)
	}
	for i, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil {
			return Mix{}, fmt.Errorf("%q in the mix %q is not a share in percent", word, text)
		}
		shares[i] = n
	}
	m := Mix{shares[0], shares[1], shares[2], shares[3]}
	return m, m.validate()
}

func (m Mix) validate() error {
	for _, share := range []int{m.Usage, m.Sends, m.Payments, m.Others} {
		if share < 0 {
			return fmt.Errorf("a share of the mix is negative: %d", share)
		}
	}
	if sum := m.Usage + m.Sends + m.Payments + m.Others; sum != 100 && m != (Mix{}) {
		return fmt.Errorf("the shares of the mix add up to %d, not to 100", sum)
	}
	return nil
}

// usageAlone says whether there is nothing but usage: then nothing else is drawn or defined, and a seed produces what it always did.
func (m Mix) usageAlone() bool { return m.Sends+m.Payments+m.Others == 0 }

// roll is 64 bits of event number n, independent of all that is drawn for usage.
func (d *dice) roll(n int64) uint64 {
	z := d.c.Seed*0x9e3779b97f4a7c15 + uint64(n)*0xbf58476d1ce4e5b9 + 0x94d049bb133111eb
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// part is to which part of the mix an event belongs, by what was rolled.
func (d *dice) part(roll uint64) part {
	m, percent := &d.c.Mix, int(roll%100)
	switch {
	case m.usageAlone() || percent < m.Usage:
		return usagePart
	case percent < m.Usage+m.Sends:
		return sendPart
	case percent < m.Usage+m.Sends+m.Payments:
		return paymentPart
	}
	return otherPart
}

// mixed turns what was drawn for usage into another event, where the mix has it so. The wallet stays.
func (d *dice) mixed(e *draw) {
	e.roll = d.roll(e.n)
	part := d.part(e.roll)
	if part == usagePart || e.kind == record.Oversized {
		return
	}
	e.bits = e.roll >> 32
	switch e.kind {
	case record.UnknownLater, record.UnknownNever:
		d.nowhere(e, part)
		return
	case record.Refused:
		d.refused(e, part)
		return
	}
	if e.role = d.only; e.role == usageRecorded {
		e.role = choose(part, e.roll)
	}
	d.follow(e)
	if shape := &d.roles[e.role]; shape.kind != record.Good && (e.kind == record.Good || e.kind == record.Late) {
		e.kind = shape.kind
	}
}

// choose draws a role by its share in a part of the mix.
func choose(of part, roll uint64) role {
	percent := int(roll / 100 % 100)
	for _, o := range options[of] {
		if percent -= o.share; percent < 0 {
			return o.role
		}
	}
	return options[of][0].role
}

// follow finds the earlier event that one is about, and takes its org from there. Where there is none, the event is the first of its kind.
func (d *dice) follow(e *draw) {
	role := &d.roles[e.role]
	if role.follows == nil {
		return
	}
	first, found := d.before(e.n, e.bits, role.follows)
	if !found {
		e.role = role.instead
		return
	}
	e.account, e.first = first.account, first.n
	if e.role == followUp {
		e.role = followUpOf(&first, e.bits>>8)
	}
}

// before is a sound event that comes before number n, one of the last thousand or so. Only such are found that matches says may be it, by
// what was rolled.
func (d *dice) before(n int64, bits uint64, matches func(*dice, uint64) bool) (first draw, found bool) {
	m := n - 1 - int64(bits%1000)
	if m < 0 {
		m = n - 1
	}
	for walk := 0; m >= 0 && walk < maxWalk; walk++ {
		if matches(d, d.roll(m)) {
			if k := d.kind(m); k == record.Good || k == record.Late {
				return d.rest(m, k), true
			}
		}
		m--
	}
	return draw{}, false
}

// nowhere makes an event that waits for what comes later, or never: something about an unknown send, or a reversal of unknown usage.
func (d *dice) nowhere(e *draw, of part) {
	switch of {
	case sendPart:
		e.role = followUpOf(&draw{bits: e.bits}, e.bits>>8)
		if e.kind == record.UnknownLater {
			e.kind = record.Judged // what it becomes in the end is up to the send
		}
		e.unknown = true
	case otherPart:
		e.role, e.kind, e.unknown = usageVoided, record.UnknownNever, true
	default:
		d.refused(e, of)
	}
}

// refused makes an event that a rule refuses: of payments, the result of an attempt that was never made; of others, the removal of more
// than anyone has. Sends are questions: who is refused has his answer.
func (d *dice) refused(e *draw, of part) {
	e.kind = record.Refused
	if e.account >= int64(d.c.Accounts) {
		e.account %= int64(d.c.Orgs) // it was drawn for an unknown wallet
	}
	switch of {
	case sendPart:
		e.role, e.kind = sendRequested, record.Good
	case paymentPart:
		e.role, e.unknown = attemptResolved, true
	default:
		e.role, e.unknown = creditsRemoved, true
	}
}
