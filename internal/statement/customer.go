package statement

import (
	"encoding/csv"
	"io"
	"strconv"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// Customer is what the statement of a customer account has beside its lines (R8.11): what of which credit went to which debit in the period, and what
// is open at its end, by age.
type Customer struct {
	Day         string       `json:"day"` // the last of the period, by which ages are counted
	Allocations []Allocation `json:"allocations,omitempty"`
	Owed        string       `json:"owed"`
	Unallocated string       `json:"unallocated"` // of credits
	Outstanding string       `json:"outstanding"` // past the due date
	Ages        []Age        `json:"ages"`
}

// Allocation is what of a credit went to a debit.
type Allocation struct {
	Day    string `json:"day"`
	Credit string `json:"credit"`
	Debit  string `json:"debit"`
	Amount string `json:"amount"`
}

// Age is what is open of debits that are past their due date for so many days.
type Age struct {
	Days   string `json:"days"` // current, 1-30, 31-60, 61-90, over 90
	Open   string `json:"open"`
	Debits int    `json:"debits"`
}

// ages are the classes, each up to so many days past the due date.
var ages = [...]struct {
	name string
	days int32
}{{"current", 0}, {"1-30", 30}, {"31-60", 60}, {"61-90", 90}, {"over 90", 1 << 30}}

// debts are a customer account's transactions as the ledger tells of them, from its beginning.
type debts struct {
	posted      map[string]*open
	debits      []*open // in the order in which they were posted
	allocations []Allocation
	before      *point // where the account stood before the period; nil: nothing was posted then
}

type open struct {
	debit bool
	date  int32
	due   int32
	left  money.Amount
	after bool // it belongs to a later accounting period than the statement's
}

// debt takes an entry in. day is "" before the period.
func (m *maker) debt(day string, b *topics.LedgerEntryBody) error {
	t, d := b.Transaction, m.debts
	if t == nil || t.Account != m.q.Account || b.Result != core.Applied.String() {
		return nil
	}
	if t.State == core.TransactionIsPosted.String() && b.Type != due(core.CreditAllocated) {
		amount, err := money.ParseAmount(t.Amount)
		if err != nil {
			return err
		}
		date, err := ParseDay(t.Date)
		if err != nil {
			return err
		}
		o := &open{debit: t.Side == "debit", date: date.Days, left: amount}
		o.after = m.period != nil && m.period.after(o.date)
		if o.debit {
			day, err := ParseDay(t.Due)
			if err != nil {
				return err
			}
			o.due = day.Days
			d.debits = append(d.debits, o)
		}
		d.posted[t.Transaction] = o
	}
	for _, a := range b.Allocations {
		amount, err := money.ParseAmount(a.Amount)
		if err != nil {
			return err
		}
		credit, debit := d.posted[a.Credit], d.posted[a.Debit]
		if credit == nil || debit == nil || credit.left < amount || debit.left < amount {
			return contradicts("%s of %s is allocated to %s, which there is not", a.Amount, a.Credit, a.Debit)
		}
		if credit.after || debit.after { // so does the allocation
			continue
		}
		credit.left -= amount
		debit.left -= amount
		if day != "" && (m.period == nil || !m.period.before(max(credit.date, debit.date))) {
			d.allocations = append(d.allocations, Allocation{day, a.Credit, a.Debit, amount.String()})
		}
	}
	return nil
}

// earlier takes an entry of before the period in.
func (m *maker) earlier(b *topics.LedgerEntryBody) error {
	if after := m.subject.line(b); after != nil {
		p, err := m.point(b.Entry, after)
		if err != nil {
			return err
		}
		m.debts.before = &p
	}
	return m.debt("", b)
}

// ageing writes what is open at the end of the period, which has to be what the closing balance says.
func (m *maker) ageing() error {
	d, last := m.debts, m.q.To
	if !last.Set {
		last = Day{calendar.Day(int64(m.q.Now), m.zone), true}
	}
	var sums [len(ages)]money.Amount
	var counts [len(ages)]int
	var owing, left, outstanding money.Amount
	for _, o := range d.debits {
		if o.left == 0 || o.after {
			continue
		}
		class := 0
		for last.Days-o.due > ages[class].days {
			class++
		}
		sums[class] += o.left
		counts[class]++
		owing += o.left
		if class > 0 {
			outstanding += o.left
		}
	}
	for _, o := range d.posted {
		if !o.debit && !o.after {
			left += o.left
		}
	}
	if left-owing != m.at.balance {
		return contradicts("%s is open and %s is not allocated, and the account has %s", owing, left, m.at.balance)
	}
	c := &Customer{
		Day: last.String(), Allocations: d.allocations, Owed: max(-m.at.balance, 0).String(), Unallocated: left.String(), Outstanding: outstanding.String(),
	}
	for i := range ages {
		c.Ages = append(c.Ages, Age{ages[i].name, sums[i].String(), counts[i]})
	}
	m.out.Customer = c
	return nil
}

func (p *page) customer(s *Statement) {
	c := s.Customer
	if c == nil {
		return
	}
	p.line("%-24s %s, of which %s is outstanding on %s", "  owed", c.Owed, c.Outstanding, c.Day)
	if !none(c.Unallocated) {
		p.line("%-24s %s", "  not allocated", c.Unallocated)
	}
	if len(c.Allocations) > 0 {
		p.line("")
		p.line("Allocations")
		rows := [][]string{{"Day", "Credit", "Debit", "Amount"}}
		for _, a := range c.Allocations {
			rows = append(rows, []string{a.Day, a.Credit, a.Debit, a.Amount})
		}
		p.table("<<<>", rows)
	}
	p.line("")
	p.line("Open by days past the due date")
	var rows [][]string
	for _, a := range c.Ages {
		rows = append(rows, []string{a.Days, strconv.Itoa(a.Debits), a.Open})
	}
	p.table("<>>", rows)
}

// WriteCSV writes the statement as a table: a row for each balance, line, allocation and age, told apart by the first column.
func (s *Statement) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	write := func(row ...string) { _ = out.Write(row) } // Error tells at the end
	write("row", "day", "what", "reference", "date", "due", "amount", "balance", "currency", "entry", "happened", "complimentary")
	write("opening", s.From, "", "", "", "", "", s.Opening.Balance, s.Currency, "", "", s.Opening.Complimentary)
	for i := range s.Lines {
		l := &s.Lines[i]
		write("line", l.Day, l.What, l.Reference, l.Date, l.Due, l.Amount, l.Balance, s.Currency, strconv.FormatUint(l.Entry, 10), l.Happened, l.Complimentary)
	}
	if c := s.Customer; c != nil {
		for _, a := range c.Allocations {
			write("allocation", a.Day, a.Credit, a.Debit, "", "", a.Amount, "", s.Currency, "", "", "")
		}
		for _, a := range c.Ages {
			write("age", c.Day, a.Days, "", "", "", a.Open, "", s.Currency, "", "", "")
		}
	}
	write("closing", s.To, "", "", "", "", "", s.Closing.Balance, s.Currency, "", "", s.Closing.Complimentary)
	out.Flush()
	return out.Error()
}
