package statement

import (
	"context"
	"fmt"
	"time"

	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/topics"
)

// maker makes one statement, entry by entry.
type maker struct {
	q       *Query
	ledger  Ledger
	subject Subject
	zone    *time.Location
	account *core.Account
	wallet  bool

	out     Statement
	at      point // after the last line
	opening point
	credits credited
	totals  totals
	papers  papers
	debts   *debts      // of a customer account; nil of others
	period  *accounting // nil: it is not of an accounting period
}

// point is where the account stands after an entry.
type point struct {
	entry, seq         uint64
	balance, purchased money.Amount
}

func (p point) complimentary() money.Amount { return p.balance - p.purchased }

// Make makes the statement.
func Make(ctx context.Context, l Ledger, q *Query) (*Statement, error) {
	own := *q
	q = &own
	m := &maker{q: q, ledger: l, papers: newPapers()}
	if err := m.look(ctx); err != nil {
		return nil, err
	}
	from, to := q.period(m.zone)
	if q.Period.Set {
		if err := m.accounts(ctx); err != nil {
			return nil, err
		}
		from, to = 0, 0
	}
	since := from
	if m.debts != nil {
		since = 0 // what is open has been for longer
	}
	err := l.Entries(ctx, since, to, m.subject, func(at core.Time, body []byte) error {
		b, err := parse(body)
		switch {
		case err != nil:
		case at < from && m.debts != nil:
			err = m.earlier(b)
		default:
			err = m.entry(at, b)
		}
		if err != nil && b != nil {
			return fmt.Errorf("ledger entry %d: %w", b.Entry, err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := m.open(ctx, from); err != nil {
		return nil, err
	}
	if err := m.close(); err != nil {
		return nil, err
	}
	if m.period != nil {
		if err := m.belonging(); err != nil {
			return nil, err
		}
		return &m.out, m.ageing()
	}
	if m.debts != nil {
		if err := m.ageing(); err != nil {
			return nil, err
		}
	}
	return &m.out, m.papers.write(ctx, m)
}

// look finds the account and the org's zone.
func (m *maker) look(ctx context.Context) error {
	key := core.AppendAccountKey(nil, m.q.Org, m.q.Account)
	if m.q.Currency != (money.Currency{}) {
		key = core.AppendSystemKey(nil, m.q.Org, m.q.Account, m.q.Currency)
	}
	var org *core.Org
	keys := []string{string(key), string(core.AppendOrgKey(nil, m.q.Org))}
	values, err := m.ledger.Cells(ctx, keys)
	if err != nil {
		return err
	}
	if m.account, err = cellOf[*core.Account](keys[0], values[0]); err != nil {
		return err
	}
	if m.account == nil {
		return ErrNoAccount
	}
	if org, err = cellOf[*core.Org](keys[1], values[1]); err != nil {
		return err
	}
	m.zone, m.wallet = zoneOf(org, m.q.Now), m.account.Kind == core.KindWallet
	if m.account.Kind == core.KindCustomerAccount {
		m.debts = &debts{posted: map[string]*open{}}
	}
	m.subject = Subject{m.q.Account, m.account.Currency.String()}
	m.out = Statement{
		Org: m.q.Org, Account: m.q.Account, Kind: m.account.Kind.String(), Currency: m.subject.Currency, Zone: m.zone.String(), From: m.q.From.String(), To: m.q.To.String(),
		Lines: []Line{}, Totals: []Total{},
	}
	if n := len(m.account.Versions); n > 0 && m.account.Versions[n-1].Terms != nil {
		m.out.Name = m.account.Versions[n-1].Terms.Name
	}
	return nil
}

// cellOf decodes a cell; nil where there is none.
func cellOf[C core.Cell](key string, value []byte) (none C, err error) {
	if value == nil {
		return none, nil
	}
	cell, err := state.DecodeCell(key, value, nil)
	if err != nil {
		return none, err
	}
	c, _ := cell.(C)
	return c, nil
}

// zoneOf is the org's zone at a moment (R1.6).
func zoneOf(org *core.Org, at core.Time) *time.Location {
	if org == nil || len(org.Versions) == 0 {
		return time.UTC
	}
	zone := org.Versions[0].Zone
	for _, v := range org.Versions {
		if v.EffectiveFrom <= at {
			zone = v.Zone
		}
	}
	return zone
}

func (m *maker) entry(at core.Time, b *topics.LedgerEntryBody) error {
	day := dayOf(at, m.zone)
	if err := m.papers.entry(m, day, b); err != nil {
		return err
	}
	if m.debts != nil {
		if err := m.debt(day, b); err != nil {
			return err
		}
	}
	after := m.subject.line(b)
	if after == nil {
		return nil
	}
	moved, err := m.moves(b)
	if err != nil {
		return err
	}
	next, err := m.point(b.Entry, after)
	if err != nil {
		return err
	}
	if len(m.out.Lines) == 0 {
		m.opening = point{entry: after.Previous, seq: next.seq - 1, balance: next.balance - moved.all, purchased: next.purchased - moved.purchased()}
		m.at = m.opening
	}
	if err := m.follows(next, after.Previous, moved); err != nil {
		return err
	}
	before := m.at.balance
	m.at = next
	return m.lines(day, b, next, before)
}

// lines writes a line for each part of an entry: one, but where a recharge pays for something at once.
func (m *maker) lines(day string, b *topics.LedgerEntryBody, next point, balance money.Amount) error {
	parts, err := m.parts(b)
	if err != nil {
		return err
	}
	happened := ""
	if at, err := time.Parse(time.RFC3339Nano, b.OccurredAt); err == nil {
		if on := dayOf(topics.TimeOf(at), m.zone); on != day {
			happened = on
		}
	}
	for _, p := range parts {
		balance += p.all
		m.totals.add(p.kind, p.all)
		m.credits.add(b.Type, p.complimentary)
		line := Line{
			Day: day, Happened: happened, Entry: b.Entry, Seq: next.seq, Type: b.Type, What: p.what, Source: b.Source, Reference: b.ID, Amount: p.all.String(), Balance: balance.String(), kind: p.kind,
		}
		if t := b.Transaction; t != nil {
			line.Date, line.Due = t.Date, t.Due
		}
		if p.complimentary != 0 {
			line.Complimentary = p.complimentary.String()
		}
		m.out.Lines = append(m.out.Lines, line)
	}
	return nil
}

// moved is what an entry did to the account.
type moved struct{ all, complimentary money.Amount }

func (d moved) purchased() money.Amount { return d.all - d.complimentary }

// moves is all that an entry did to the account.
func (m *maker) moves(b *topics.LedgerEntryBody) (d moved, err error) {
	for i := range b.Postings {
		if d, err = m.move(d, b, i); err != nil {
			return d, err
		}
	}
	return d, nil
}

// move adds what a posting did to the account.
func (m *maker) move(d moved, b *topics.LedgerEntryBody, posting int) (moved, error) {
	p := &b.Postings[posting]
	if !m.touches(p) {
		return d, nil
	}
	amount, err := money.ParseAmount(p.Amount)
	if err != nil {
		return d, err
	}
	if p.From == m.q.Account {
		amount = -amount
	}
	if d.all, err = d.all.Add(amount); err != nil {
		return d, err
	}
	if m.wallet && p.Bucket == core.Complimentary.String() {
		d.complimentary += amount
	}
	return d, nil
}

func (m *maker) touches(p *topics.PostingBody) bool {
	return p.Currency == m.subject.Currency && p.From != p.To && (p.From == m.q.Account || p.To == m.q.Account)
}

// part is what an entry did to the account for one reason.
type part struct {
	kind, what string
	moved
}

// parts takes an entry apart, in the order of its postings.
func (m *maker) parts(b *topics.LedgerEntryBody) (parts []part, err error) {
	for i := range b.Postings {
		if !m.touches(&b.Postings[i]) {
			continue
		}
		kind, what := words(b, &b.Postings[i], m.q.Account)
		if n := len(parts); n == 0 || parts[n-1].what != what {
			parts = append(parts, part{kind: kind, what: what})
		}
		last := &parts[len(parts)-1]
		if last.moved, err = m.move(last.moved, b, i); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// point is what an entry says of the account. Without complimentary credits all of the balance is purchased.
func (m *maker) point(entry uint64, after *topics.BalanceBody) (p point, err error) {
	p = point{entry: entry, seq: after.Seq}
	if p.balance, err = money.ParseSigned(after.Balance); err != nil {
		return p, err
	}
	p.purchased = p.balance
	if after.Purchased != "" {
		p.purchased, err = money.ParseSigned(after.Purchased)
	}
	return p, err
}

// follows holds a line against the one before.
func (m *maker) follows(next point, previous uint64, d moved) error {
	switch {
	case next.seq != m.at.seq+1 || previous != m.at.entry:
		return contradicts("it is number %d of the account, after entry %d; the one before is number %d, entry %d", next.seq, previous, m.at.seq, m.at.entry)
	case next.balance != m.at.balance+d.all:
		return contradicts("%s and %s are not %s", m.at.balance, d.all, next.balance)
	case m.wallet && next.purchased != m.at.purchased+d.purchased():
		return contradicts("of the purchased %s %s moved, and %s is left", m.at.purchased, d.purchased(), next.purchased)
	}
	return nil
}

// open finds what was on an account on which nothing was posted in the period.
func (m *maker) open(ctx context.Context, from core.Time) error {
	if len(m.out.Lines) > 0 {
		if m.opening.seq == 0 && (m.opening.balance != 0 || m.opening.purchased != 0) {
			return contradicts("before its first entry the account had %s", m.opening.balance)
		}
		return nil
	}
	if m.debts != nil {
		if p := m.debts.before; p != nil {
			m.opening, m.at = *p, *p
		}
		return nil
	}
	body, err := m.ledger.Before(ctx, from, m.account.Last, m.subject)
	if err != nil || body == nil {
		return err
	}
	b, err := parse(body)
	if err != nil {
		return err
	}
	m.opening, err = m.point(b.Entry, m.subject.line(b))
	m.at = m.opening
	return err
}

func (m *maker) close() error {
	m.out.AsOf = m.ledger.AsOf()
	m.out.Opening, m.out.Closing = m.balance(m.opening), m.balance(m.at)
	if err := m.totals.write(&m.out, m.at.balance-m.opening.balance); err != nil {
		return err
	}
	if m.wallet {
		if err := m.credits.write(&m.out, m.at.complimentary()-m.opening.complimentary()); err != nil {
			return err
		}
	}
	a := m.account
	if m.at.entry != a.Last {
		return nil
	}
	if m.at.balance != a.Balance || m.wallet && m.at.purchased != a.Purchased {
		return contradicts("it leaves the account with %s, and the account's cell says %s", m.at.balance, a.Balance)
	}
	m.out.Now = &Now{Available: (a.Balance - a.Held).String()}
	if a.Held != 0 {
		m.out.Now.Held = a.Held.String()
	}
	for _, g := range a.Grants {
		grant := Grant{Grant: g.ID, Amount: g.Amount.String()}
		if g.ExpiresAt != 0 {
			grant.Expires = topics.FormatTime(g.ExpiresAt)
		}
		m.out.Now.Grants = append(m.out.Now.Grants, grant)
	}
	return nil
}

func (m *maker) balance(p point) Balance {
	b := Balance{Balance: p.balance.String()}
	if m.wallet {
		b.Purchased, b.Complimentary = p.purchased.String(), p.complimentary().String()
	}
	return b
}
