package statement

import (
	"strings"

	"purser/processors"
	"purser/processors/money"
	"purser/topics"
)

// totals adds up the lines by what they are, in the order in which each kind came first.
type totals []total

type total struct {
	what   string
	lines  int
	amount money.Amount
}

func (t *totals) add(what string, amount money.Amount) {
	for i := range *t {
		if (*t)[i].what == what {
			(*t)[i].lines++
			(*t)[i].amount += amount
			return
		}
	}
	*t = append(*t, total{what, 1, amount})
}

func (t totals) write(s *Statement, difference money.Amount) error {
	var sum money.Amount
	for _, k := range t {
		sum += k.amount
		s.Totals = append(s.Totals, Total{k.what, k.lines, k.amount.String()})
	}
	if sum != difference {
		return contradicts("the lines come to %s, and the balance changed by %s", sum, difference)
	}
	return nil
}

// credited is what became of complimentary credits.
type credited struct{ granted, burned, expired, removed money.Amount }

func (c *credited) add(kind string, amount money.Amount) {
	switch {
	case kind == topics.TypeCreditsGranted || kind == due(processors.CreditsGiven):
		c.granted += amount
	case kind == due(processors.GrantExpired):
		c.expired -= amount
	case kind == topics.TypeCreditsRemoved:
		c.removed -= amount
	default:
		c.burned -= amount
	}
}

func (c *credited) write(s *Statement, difference money.Amount) error {
	if sum := c.granted - c.burned - c.expired - c.removed; sum != difference {
		return contradicts("complimentary credits changed by %s, and by %s of what became of them", difference, sum)
	}
	s.Credits = &Credits{Granted: c.granted.String(), Burned: c.burned.String(), Expired: c.expired.String(), Removed: c.removed.String()}
	return nil
}

// due is the type of an entry of due work.
func due(w processors.Work) string { return duePrefix + w.String() }

const duePrefix = "due."

func isSystem(account string) bool {
	return account == processors.Suspense || strings.Contains(account, ":")
}
