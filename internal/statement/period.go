package statement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// Period is the accounting period that a statement is of (R8.7).
type Period struct {
	First string `json:"first"`
	Last  string `json:"last"`
	State string `json:"state"` // closed, open, or later than the open one
}

// Why there is no statement of an accounting period.
var (
	ErrNotACustomer = errors.New("only customer accounts have accounting periods")
	ErrNoPeriods    = errors.New("the org has no accounting periods")
	ErrNoPeriod     = errors.New("it is before the org's first accounting period")
)

// ParsePeriod reads which accounting period is asked for: a day in it, as 2026-03-01, or the month that it begins in, as 2026-03. Nothing is none.
func ParsePeriod(s string) (Day, error) {
	if month, err := time.Parse("2006-01", s); err == nil && month.Year() >= 1 {
		return DayOf(month.Year(), month.Month()+1, 0), nil
	}
	d, err := ParseDay(s)
	if err != nil {
		return d, fmt.Errorf("it is %q: it must be a day such as 2026-03-01, or a month such as 2026-03", s)
	}
	return d, nil
}

// accounting is the accounting period that a customer's statement is of: what belongs to it is told by the dates of transactions, not by when they were posted.
type accounting struct {
	first, last int32
	earliest    bool // the org's first one, which what is dated before it belongs to, too
}

// before says whether a date belongs to an earlier period, and after whether it belongs to a later one.
func (p *accounting) before(date int32) bool { return !p.earliest && date < p.first }
func (p *accounting) after(date int32) bool  { return date > p.last }

// accounts looks up the accounting period that is asked for.
func (m *maker) accounts(ctx context.Context) error {
	if m.debts == nil {
		return ErrNotACustomer
	}
	key := string(core.AppendPeriodsKey(nil, m.q.Org))
	values, err := m.ledger.Cells(ctx, []string{key})
	if err != nil {
		return err
	}
	x, err := cellOf[*core.Periods](key, values[0])
	if err != nil {
		return err
	}
	if x == nil || !x.Defined {
		return ErrNoPeriods
	}
	first, last := calendar.Accounting(x.Yearly, x.Begins, m.q.Period.Days)
	state := "open"
	switch {
	case first < x.First:
		return ErrNoPeriod
	case first < x.Start:
		state = "closed"
	case first > x.Start:
		state = "later"
	}
	m.period = &accounting{first, last, first == x.First}
	m.q.From, m.q.To = Day{first, true}, Day{last, true}
	m.out.From, m.out.To = m.q.From.String(), m.q.To.String()
	m.out.Period = &Period{m.out.From, m.out.To, state}
	return nil
}

// belonging makes of the statement of all that was posted that of the period: the opening balance is what belongs to earlier ones, and each line stands after
// those that were posted before it and belong to the period, too.
func (m *maker) belonging() error {
	all := m.out.Lines
	m.out.Lines, m.out.Totals, m.out.Now, m.totals = []Line{}, []Total{}, nil, nil
	var opening, moved money.Amount
	for i := range all {
		l := &all[i]
		day, err := ParseDay(l.Date)
		if err != nil || !day.Set {
			return contradicts("entry %d is of no transaction", l.Entry)
		}
		amount, err := money.ParseSigned(l.Amount)
		if err != nil {
			return err
		}
		switch {
		case m.period.before(day.Days):
			opening += amount
		case !m.period.after(day.Days):
			moved += amount
			m.totals.add(l.kind, amount)
			m.out.Lines = append(m.out.Lines, *l)
		}
	}
	balance := opening
	for i := range m.out.Lines {
		l := &m.out.Lines[i]
		amount, err := money.ParseSigned(l.Amount)
		if err != nil {
			return err
		}
		balance += amount
		l.Balance = balance.String()
	}
	m.at.balance = balance
	m.out.Opening, m.out.Closing = Balance{Balance: opening.String()}, Balance{Balance: balance.String()}
	return m.totals.write(&m.out, moved)
}
