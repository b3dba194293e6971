package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"purser/processors/core"
)

// outcome writes a decision the way that files show it.
func (d *Decided) outcome() Outcome {
	o := Outcome{Head: d.head()}
	add := func(text string) { o.Details = append(o.Details, Detail{Text: text}) }
	for _, line := range table(d.postingRows()) {
		add(line)
	}
	if d.Price != nil {
		add(d.Price.text())
	}
	for _, line := range table(d.balanceRows()) {
		add(line)
	}
	if d.Transaction != nil {
		add(d.Transaction.text())
		for _, line := range table(d.Transaction.lineRows()) {
			add(line)
		}
	}
	if d.Status != "" {
		add("status " + d.Status)
	}
	for _, line := range table(d.allocationRows()) {
		add(line)
	}
	for _, line := range d.Period.lines() {
		add(line)
	}
	for _, line := range table(d.attemptRows()) {
		add(line)
	}
	for i := range d.Invoices {
		add(d.Invoices[i].text())
	}
	if d.Outcome != nil {
		add(d.Outcome.text())
		for _, line := range table(d.Outcome.quotedRows()) {
			add(line)
		}
	}
	for i := range d.Alerts {
		add(d.Alerts[i].text())
	}
	return o
}

func (d *Decided) head() string {
	words := []string{d.Result, d.Reason, d.Detail}
	switch {
	case dueWords[d.Type] != [2]string{}:
		about := dueWords[d.Type]
		words = []string{"due:", about[0], d.ID, about[1]}
		if d.Result != core.Applied.String() {
			words = append(words[:3], d.Result, d.Reason)
		}
	case d.Due:
		words = append([]string{"due:", d.Type, d.ID}, words...)
	}
	needed, had := "needed", "had"
	if d.Reason == string(core.BalanceOutOfRange) {
		needed, had = "change", "at"
	}
	for _, figure := range [][2]string{{had, d.Had}, {needed, d.Needed}, {"until", d.Until}} {
		if figure[1] != "" {
			words = append(words, figure[0], figure[1])
		}
	}
	if d.Due {
		words = append(words, "as of", d.At)
	}
	return collapse(strings.Join(words, " "))
}

// dueWords are how a kind of due work is told: what it is about, and what has become of that.
var dueWords = map[string][2]string{
	core.GrantExpired.String():      {"grant", "expired"},
	core.CreditsGiven.String():      {"credits", "given"},
	core.RechargeRetried.String():   {"attempt", "retried"},
	core.RechargeDropped.String():   {"attempt", "not retried"},
	core.AttemptUnresolved.String(): {"attempt", "unresolved"},
	core.FundingScheduled.String():  {"funding", "scheduled"},
	core.BudgetRun.String():         {"budget of", "run"},
	core.DayEnded.String():          {"day", "ended"},
	core.FundsOverdue.String():      {"send", "given up"},
	core.BudgetReloaded.String():    {"rule", "run"},
	core.BudgetSet.String():         {"budget", "set"},
	core.CreditAllocated.String():   {"allocation", "made"},
	core.PeriodClosing.String():     {"close of", "run"},
	core.DraftPosted.String():       {"draft", "posted"},
	core.DraftsDone.String():        {"drafts of", "posted"},
}

func (d *Decided) attemptRows() [][]string {
	rows := make([][]string, 0, len(d.Attempts))
	for i := range d.Attempts {
		a := &d.Attempts[i]
		rows = append(rows, []string{"attempt", a.Attempt, a.Purpose, a.Amount, a.Currency, "by", a.Method})
	}
	return rows
}

func (i *Invoice) text() string {
	words := []string{"invoice", strconv.FormatUint(i.Invoice, 10), i.Kind, i.Account, i.Amount, i.Currency, "due", i.Due, "for", i.For}
	if i.PO != "" {
		words = append(words, "po", i.PO)
	}
	if len(i.Contacts) > 0 {
		words = append(words, "to", strings.Join(i.Contacts, ","))
	}
	return strings.Join(words, " ")
}

func (a *Answer) text() string {
	words := []string{"outcome", a.Status, a.To, a.Reason}
	if a.Send != "" {
		words = append(words, "send", a.Send)
	}
	if a.Order != "" {
		words = append(words, "order", a.Order)
	}
	if a.Quote != "" {
		words = append(words, "quote", a.Quote, "of", a.Of)
	}
	if a.Transaction != "" {
		words = append(words, "transaction", a.Transaction)
	}
	if a.Attempt != "" {
		words = append(words, "attempt", a.Attempt)
	}
	if a.Invoice != 0 {
		words = append(words, "invoice", strconv.FormatUint(a.Invoice, 10))
	}
	if a.Amount != "" {
		words = append(words, a.Amount, a.In)
		if a.Of != "" {
			words = append(words, "of", a.Of)
		}
		words = append(words, "balance", a.Balance)
	}
	if a.Rate != "" {
		words = append(words, "rate", a.Rate)
	}
	if a.Gets != "" {
		word := "to"
		if a.Of != "" {
			word = "rest"
		}
		words = append(words, word, a.Gets)
	}
	if a.About != "" {
		words = append(words, "("+a.About+")")
	}
	return collapse(strings.Join(words, " "))
}

func (d *Decided) postingRows() [][]string {
	rows := make([][]string, 0, len(d.Postings))
	for i := range d.Postings {
		p := &d.Postings[i]
		rows = append(rows, []string{p.side(p.From), "->", p.side(p.To), p.Amount, p.Currency})
	}
	return rows
}

// side names an account, and the bucket where it is the wallet that the bucket is of.
func (p *Posting) side(account string) string {
	if p.Bucket == "" || account != p.wallet {
		return account
	}
	if p.Grant != "" {
		return account + " grant " + p.Grant
	}
	return account + " " + p.Bucket
}

func (d *Decided) balanceRows() [][]string {
	var rows [][]string
	for i := range d.Balances {
		b := &d.Balances[i]
		if b.system {
			continue
		}
		row := []string{"balance", b.Account, b.Balance, b.Currency, "seq " + strconv.FormatUint(b.Seq, 10)}
		if b.Purchased != "" && b.Purchased != b.Balance {
			row = append(row, "purchased "+b.Purchased)
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *Price) text() string {
	var b strings.Builder
	b.WriteString("price ")
	switch p.Basis {
	case "rate_card":
		fmt.Fprintf(&b, "by the rate card of %s at volume %s", p.Plan, p.Volume)
	case "default":
		fmt.Fprintf(&b, "cost %s %s x %s (no multiplier)", p.Cost, p.CostIn, p.Multiplier)
	case "plan":
		fmt.Fprintf(&b, "cost %s %s x %s (plan %s)", p.Cost, p.CostIn, p.Multiplier, p.Plan)
	default:
		fmt.Fprintf(&b, "cost %s %s x %s (%s)", p.Cost, p.CostIn, p.Multiplier, p.Basis)
	}
	if p.Rate != "" {
		fmt.Fprintf(&b, " x rate %s", p.Rate)
	}
	fmt.Fprintf(&b, " = %s %s", p.Charge, p.ChargeIn)
	if p.AgencyRate != "" {
		fmt.Fprintf(&b, ", the agency's cost %s %s x rate %s", p.Cost, p.CostIn, p.AgencyRate)
	}
	return b.String()
}

func (a *Alert) text() string {
	var b strings.Builder
	b.WriteString("alert " + a.Kind)
	if a.Account != "" {
		fmt.Fprintf(&b, " %s at %s %s", a.Account, a.Balance, a.Currency)
	}
	if a.Threshold != "" {
		line := " below "
		if strings.HasPrefix(a.Kind, "credit_limit") {
			line = " limit "
		}
		b.WriteString(line + a.Threshold)
	}
	if a.ToCollect != "" {
		b.WriteString(" to collect " + a.ToCollect)
	}
	if a.Attempt != "" {
		b.WriteString(" attempt " + a.Attempt)
	}
	if a.Invoice != 0 {
		fmt.Fprintf(&b, " invoice %d", a.Invoice)
	}
	if a.Send != "" {
		b.WriteString(" send " + a.Send)
	}
	if a.Amount != "" {
		b.WriteString(" of " + a.Amount)
	}
	if a.Reason != "" {
		b.WriteString(" because " + a.Reason)
	}
	if a.RetryAt != "" {
		b.WriteString(" again at " + a.RetryAt)
	}
	if len(a.Contacts) > 0 {
		b.WriteString(" to " + strings.Join(a.Contacts, ","))
	}
	for _, by := range a.Recipients {
		b.WriteString(" " + by)
	}
	return b.String()
}
