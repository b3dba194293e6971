package order

import (
	"slices"

	"purser/processors/core"
	"purser/processors/spending"
)

// maxQuoted is how many spending accounts one answer speaks of, so that it stays small (R10.3). Who has more asks for those after them.
const maxQuoted = 64

// quoting is a question for all spending accounts of a user, with all that they are judged by.
type quoting struct {
	org   *core.Org
	payer *core.Account
	uses  []spending.Use
	more  bool
}

// Quote answers for every spending account that a user has what it would pay of an order, and where it does not apply, why (R7.8). Each is
// decided as the order itself would be, and what was drafted is forgotten.
func Quote(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var q quoting
	switch known := q.load(b, ev); {
	case !known:
		return core.Miss
	case q.org == nil:
		return d.Refuse(core.UnknownOrg)
	}
	o := ev.Quote.Order
	quote := &core.Quote{User: o.User, Currency: o.Currency, More: q.more}
	for i := range q.uses {
		p := placing{org: q.org, payer: q.payer, use: q.uses[i]}
		o.Spending = p.use.Spending.ID
		if status := p.decide(b, &o, ev.OccurredAt, d); status != core.Done {
			return status
		}
		quote.Accounts = append(quote.Accounts, core.Quoted{Spent: *p.use.Spent(), Available: p.use.Available(), Reason: d.Reason})
		d.Discard()
	}
	var err error
	if quote.Cost, err = spending.Cost(&o); err != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	d.Outcome = core.Outcome{Status: core.Accepted, Quote: quote}
	return d.Apply()
}

// PrefetchQuote asks for what a quote will need.
func PrefetchQuote(b core.Book, ev *core.Event) { new(quoting).load(b, ev) }

// load looks up the accounts that the user has, and what else an order on them would name. It asks for all that it can before it gives up.
func (q *quoting) load(b core.Book, ev *core.Event) (known bool) {
	o := &ev.Quote.Order
	if q.org, known = b.Org(ev.Org); !known || q.org == nil {
		return known
	}
	if _, known = b.Shopper(ev.Org, o.User); !known {
		return false
	}
	first, found := slices.BinarySearch(q.org.Spending, ev.Quote.After)
	if found {
		first++
	}
	if q.payer, known = nil, true; o.Payer != "" {
		q.payer, known = b.Account(ev.Org, o.Payer)
	}
	for _, id := range q.org.Spending[first:] {
		var u spending.Use
		switch ok, mine := u.LoadMine(b, q.org, id, o.User, ev.OccurredAt); {
		case !ok:
			known = false
		case !mine:
		case len(q.uses) == maxQuoted:
			q.more = true
			return known
		default:
			q.uses = append(q.uses, u)
		}
	}
	return known
}
