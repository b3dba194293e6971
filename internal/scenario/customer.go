package scenario

import (
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/topics"
)

// The events about customer accounts (R8).

func readCustomer(w *words, r *record) any {
	b := topics.AccountDefinedBody{Account: w.take("the account's id"), Kind: "customer_account"}
	options(w, r, func() bool { return customerOption(w, &b) || accountOption(w, &b) })
	return b
}

func customerOption(w *words, b *topics.AccountDefinedBody) bool {
	if b.Customer == nil {
		b.Customer = &topics.CustomerTerms{}
	}
	switch {
	case w.skip("rating"):
		b.Customer.CreditRating = w.take("a credit rating")
	case w.skip("kyc"):
		b.Customer.KYCProfile = w.take("a KYC profile")
	case w.skip("limit"):
		b.Customer.CreditLimit = topics.Number(w.take("an amount"))
	case w.skip("class"):
		b.Customer.Classifications = append(b.Customer.Classifications, w.take("a classification"))
	case w.skip("price"):
		b.Customer.Prices = append(b.Customer.Prices, topics.AgreedPrice{Product: w.take("a product"), UnitPrice: topics.Number(w.take("what one of it costs"))})
	case w.skip("credit-days"):
		b.Customer.CreditDays = topics.Number(w.take("a number of days"))
	case w.skip("plan"):
		b.Customer.SubscriptionPlan = w.take("a subscription plan")
	case w.skip("term"):
		b.Customer.BillingTerm = w.take("a billing term")
	case w.skip("prefers"):
		b.Customer.Preferences = append(b.Customer.Preferences, readPreference(w))
	default:
		return profileOption(w, b.Customer)
	}
	return true
}

// readTransaction reads a transaction of a kind: ACCOUNT REFERENCE, what is particular to the kind, AMOUNT CUR.
func readTransaction(kind string) func(*words, *record) any {
	return func(w *words, r *record) any {
		b := topics.TransactionRecordedBody{Account: w.take("a customer account"), Transaction: w.take("its reference"), Kind: kind}
		if kind == "opening_balance" {
			b.Side = w.take("debit or credit")
		}
		if kind == "write_off" && w.skip("all") || w.skip("lines") {
			b.Currency = w.take("a currency")
		} else {
			b.Amount, b.Currency = topics.Number(w.take("an amount")), w.take("a currency")
		}
		options(w, r, func() bool {
			switch {
			case w.skip("dated"):
				b.Date = w.take("a day")
			case w.skip("against"):
				b.Against = w.take("the reference of a debit")
			case w.skip("line"):
				b.Lines = append(b.Lines, readSaleLine(w))
			case w.skip("draft"):
				b.Draft = true
			case w.skip("for"):
				b.For = w.take("what it is for")
			default:
				return false
			}
			return true
		})
		return b
	}
}

func readNamedTransaction(w *words, r *record) any {
	b := topics.TransactionNamedBody{Account: w.take("a customer account"), Transaction: w.take("a draft's reference")}
	options(w, r, nil)
	return b
}

func readCustomerSettings(w *words, r *record) any {
	var b topics.CustomerSettingsBody
	options(w, r, func() bool {
		switch {
		case w.skip("rating"):
			b.CreditRatings = append(b.CreditRatings, readRating(w))
		case w.skip("kyc"):
			b.KYCProfiles = append(b.KYCProfiles, topics.KYCProfile{Profile: w.take("a profile's name"), MaximumLimit: topics.Number(w.take("the highest limit"))})
		case w.skip("override"):
			b.Overrides = append(b.Overrides, readOverride(w))
		case w.skip("payments"):
			b.Payments = readPaymentSettings(w)
		case w.skip("accounts"):
			b.Accounts = readAccountSettings(w)
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return false
		}
		return true
	})
	return b
}

func readRating(w *words) topics.CreditRating {
	r := topics.CreditRating{Rating: w.take("a rating's name")}
	for w.more() {
		switch {
		case w.skip("limit"):
			r.CreditLimit = topics.Number(w.take("an amount"))
		case w.skip("days"):
			r.CreditDays = topics.Number(w.take("a number of days"))
		case w.skip("from"):
			r.ShortestDays = topics.Number(w.take("a number of days"))
		case w.skip("to"):
			r.LongestDays = topics.Number(w.take("a number of days"))
		default:
			return r
		}
	}
	return r
}

func readOverride(w *words) (o topics.CreditOverride) {
	for w.more() {
		switch {
		case w.skip("event"):
			o.Events = append(o.Events, w.take("what for"))
		case w.skip("of-class"):
			o.Classifications = append(o.Classifications, w.take("a classification"))
		case w.skip("of-rating"):
			o.CreditRatings = append(o.CreditRatings, w.take("a rating"))
		case w.skip("of-kyc"):
			o.KYCProfiles = append(o.KYCProfiles, w.take("a profile"))
		default:
			return o
		}
	}
	return o
}

func readCustomerStatus(w *words, r *record) any {
	b := topics.CustomerStatusBody{Account: w.take("a customer account"), Status: w.take("active, suspended, terminated or written_off")}
	options(w, r, func() bool {
		if !w.skip("by") {
			return false
		}
		b.Transaction = w.take("the reference of the write-off")
		return true
	})
	return b
}

func readCredit(w *words, r *record) any {
	b := topics.CreditRequestedBody{Account: w.take("a customer account"), For: w.take("what for"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, nil)
	return b
}

// Transaction is a financial transaction in the entry that is about it.
type Transaction struct {
	Transaction string       `json:"transaction"`
	Kind        string       `json:"kind"`
	Side        string       `json:"side"`
	State       string       `json:"state"`
	Amount      string       `json:"amount"`
	Currency    string       `json:"currency"`
	Date        string       `json:"date"`
	Due         string       `json:"due,omitempty"`
	Number      uint64       `json:"number,omitempty"`
	Lines       []BilledLine `json:"lines,omitempty"`

	Name       string   `json:"name,omitempty"`       // of an invoice: that of its account
	Recipients []string `json:"recipients,omitempty"` // likewise: by which medium who gets it
}

// Allocation is what of a credit went to a debit.
type Allocation struct {
	Credit string `json:"credit"`
	Debit  string `json:"debit"`
	Amount string `json:"amount"`
}

// describeTransaction copies what a decision says of a transaction and of what it has allocated.
func (d *Decided) describeTransaction(c *core.Decision) {
	if t := c.Told.Transaction; t != nil {
		d.Transaction = &Transaction{
			Transaction: t.Reference, Kind: t.Kind.String(), Side: side(t), State: c.Told.State.String(), Amount: amount(t.Amount),
			Currency: c.Told.Currency.String(), Date: string(topics.AppendDay(nil, t.Date)), Number: t.Number,
		}
		d.Transaction.Name, d.Transaction.Recipients = c.Told.Customer.Called(), sentTo(c.Told.Customer)
		if t.Debit && t.Number != 0 {
			d.Transaction.Due = string(topics.AppendDay(nil, t.Due))
		}
		d.Transaction.describeLines(c.Told.Lines)
	}
	if c.Customer != nil {
		d.Status = c.Customer.Account + " " + c.Customer.Status.String()
	}
	for i := range c.Allocations {
		a := &c.Allocations[i]
		d.Allocations = append(d.Allocations, Allocation{a.Credit, a.Debit, amount(a.Amount)})
	}
}

func side(t *core.Transaction) string {
	if t.Debit {
		return "debit"
	}
	return "credit"
}

func (t *Transaction) text() string {
	text := "transaction " + t.Transaction + " " + t.Kind + " " + t.State + " " + t.Amount + " " + t.Currency + " dated " + t.Date
	if t.Kind == core.OpeningBalance.String() {
		text += " " + t.Side
	}
	if t.Due != "" {
		text += " due " + t.Due
	}
	if t.Name != "" {
		text += " of " + t.Name
	}
	if len(t.Recipients) > 0 {
		text += " " + strings.Join(t.Recipients, " ")
	}
	return text
}

func (d *Decided) allocationRows() [][]string {
	rows := make([][]string, 0, len(d.Allocations))
	for i := range d.Allocations {
		a := &d.Allocations[i]
		rows = append(rows, []string{"allocated", a.Amount, "of " + a.Credit, "to " + a.Debit})
	}
	return rows
}

// customer tells what a customer owes, what of it is outstanding, and which debits are open and which credits are not allocated.
func (w *world) customer(q question) Outcome {
	a := w.find(q)
	cell, _ := w.cells.Cell(string(core.AppendCustomerKey(nil, q.org, q.account)))
	c, _ := cell.(*core.Customer)
	if a == nil || c == nil {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "customer " + a.ID}
	add := func(rows ...[]string) {
		for _, line := range table(rows) {
			o.Details = append(o.Details, Detail{Text: line})
		}
	}
	add([]string{"balance", a.ID, amount(a.Balance), a.Currency.String(), "seq " + strconv.FormatUint(a.Seq, 10)})
	add([]string{"owed", amount(max(-a.Balance, 0)), "outstanding " + amount(c.Outstanding), "unallocated " + amount(c.Unallocated)})
	if c.Status != core.CustomerActive || c.OverLimit {
		word := c.Status.String()
		if c.OverLimit {
			word += " over-limit"
		}
		add([]string{"status", a.ID, word})
	}
	if c.Drafts > 0 {
		add([]string{"drafts", strconv.FormatInt(c.Drafts, 10)})
	}
	for _, chain := range [...]struct{ word, first string }{{"debit", c.Debits.First}, {"credit", c.Credits.First}} {
		var rows [][]string
		for reference := chain.first; reference != ""; {
			cell, _ := w.cells.Cell(string(core.AppendTransactionKey(nil, q.org, q.account, reference)))
			t, ok := cell.(*core.Transaction)
			if !ok {
				panic("transaction " + reference + " of " + q.account + " is missing")
			}
			row := []string{chain.word, t.Reference, t.Kind.String(), amount(t.Amount), "open " + amount(t.Open)}
			if t.Debit {
				row = append(row, "due "+string(topics.AppendDay(nil, t.Due)))
			}
			if t.Overdue {
				row = append(row, "outstanding")
			}
			rows = append(rows, row)
			reference = t.Next
		}
		add(rows...)
	}
	return o
}
