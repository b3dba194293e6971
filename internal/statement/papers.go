package statement

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// papers are the attempts and invoices that entries of the period name. What an entry of the period does not say of them,
// such as the amount of an attempt that went out before it, is asked of their cells: it never changes.
type papers struct {
	attempts map[string]*Recharge
	invoices map[uint64]*invoiced
}

type invoiced struct {
	Invoice
	paid money.Amount
}

func newPapers() papers { return papers{map[string]*Recharge{}, map[uint64]*invoiced{}} }

func (p *papers) entry(m *maker, day string, b *topics.LedgerEntryBody) error {
	if b.Attempt != "" && ofAccount(b.Attempt, m.q.Account) {
		p.told(day, b)
	}
	for _, a := range b.Attempts {
		if ofAccount(a.Attempt, m.q.Account) {
			r := p.attempt(a.Attempt)
			r.Day, r.Purpose, r.Amount = day, a.Purpose, a.Amount
		}
	}
	if b.Invoice != 0 {
		if err := p.settled(day, b); err != nil {
			return err
		}
	}
	for _, i := range b.Invoices {
		if i.Account == m.q.Account {
			p.invoice(i.Invoice).Issued = cmp.Or(i.Issued, day)
		}
	}
	return nil
}

// ofAccount says whether an attempt is one of an account's: account/recharge/attempt.
func ofAccount(attempt, account string) bool {
	numbers, ok := strings.CutPrefix(attempt, account+"/")
	return ok && strings.Count(numbers, "/") == 1
}

func (p *papers) attempt(id string) *Recharge {
	if p.attempts[id] == nil {
		p.attempts[id] = &Recharge{Attempt: id, Result: "open"}
	}
	return p.attempts[id]
}

func (p *papers) invoice(n uint64) *invoiced {
	if p.invoices[n] == nil {
		p.invoices[n] = &invoiced{Invoice: Invoice{Invoice: n}}
	}
	return p.invoices[n]
}

// told takes in what an entry says of an attempt. A second result changes nothing, but for a success (R4.7).
func (p *papers) told(day string, b *topics.LedgerEntryBody) {
	r := p.attempt(b.Attempt)
	if b.Told != "" && (r.Told == "" || b.Told == core.Succeeded.String()) {
		r.Result, r.Told, r.Reason = b.Told, day, b.Why
	}
	if b.Told != "" || b.Type == due(core.RechargeDropped) {
		r.Recharge = b.Recharge
	}
}

func (p *papers) settled(day string, b *topics.LedgerEntryBody) error {
	i := p.invoice(b.Invoice)
	if b.Type == topics.TypeInvoiceVoided {
		i.Voided = day
		return nil
	}
	for _, posting := range b.Postings {
		if posting.From != core.WorldPayments {
			continue
		}
		amount, err := money.ParseAmount(posting.Amount)
		if err != nil {
			return err
		}
		if i.paid, err = i.paid.Add(amount); err != nil {
			return err
		}
	}
	return nil
}

// write completes them from their cells, and puts those that are the account's into the statement.
func (p *papers) write(ctx context.Context, m *maker) error {
	var keys []string
	numbers, recharges := slices.Sorted(maps.Keys(p.invoices)), p.byRecharge()
	for _, n := range numbers {
		keys = append(keys, string(core.AppendInvoiceKey(nil, m.q.Org, n)))
	}
	for _, r := range recharges {
		keys = append(keys, string(core.AppendRechargeKey(nil, m.q.Org, m.q.Account, r.number)))
	}
	values, err := m.ledger.Cells(ctx, keys)
	if err != nil {
		return err
	}
	for i, n := range numbers {
		cell, err := cellOf[*core.Invoice](keys[i], values[i])
		if err != nil {
			return err
		}
		if cell != nil && cell.Account == m.q.Account {
			m.out.Invoices = append(m.out.Invoices, p.invoices[n].complete(cell))
		}
	}
	for i := range recharges {
		cell, err := cellOf[*core.Recharge](keys[len(numbers)+i], values[len(numbers)+i])
		if err != nil {
			return err
		}
		m.out.Recharges = append(m.out.Recharges, recharges[i].complete(cell)...)
	}
	return nil
}

func (i *invoiced) complete(c *core.Invoice) Invoice {
	out := i.Invoice
	out.Kind, out.Due, out.Amount = c.Kind.String(), string(topics.AppendDay(nil, c.Due)), c.Amount.String()
	out.Paid, out.Open = i.paid.String(), c.Open().String()
	return out
}

// tried is the attempts of one recharge, in order.
type tried struct {
	number   uint64
	attempts []*Recharge
}

func (p *papers) byRecharge() (all []tried) {
	ids := slices.SortedFunc(maps.Keys(p.attempts), func(a, b string) int {
		n, k := numbersOf(a)
		m, l := numbersOf(b)
		return cmp.Or(cmp.Compare(n, m), cmp.Compare(k, l))
	})
	for _, id := range ids {
		n, _ := numbersOf(id)
		if len(all) == 0 || all[len(all)-1].number != n {
			all = append(all, tried{number: n})
		}
		last := &all[len(all)-1]
		last.attempts = append(last.attempts, p.attempts[id])
	}
	return all
}

func (t *tried) complete(c *core.Recharge) (all []Recharge) {
	for _, r := range t.attempts {
		if _, k := numbersOf(r.Attempt); c != nil && k >= 1 && k <= uint64(len(c.Attempts)) {
			r.Purpose, r.Amount = c.Purpose.String(), c.Attempts[k-1].Amount.String()
		}
		all = append(all, *r)
	}
	return all
}

// numbersOf takes the end of account/recharge/attempt apart.
func numbersOf(id string) (recharge, attempt uint64) {
	rest, last := cutLast(id)
	_, middle := cutLast(rest)
	recharge, _ = strconv.ParseUint(middle, 10, 64)
	attempt, _ = strconv.ParseUint(last, 10, 64)
	return recharge, attempt
}

func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}
