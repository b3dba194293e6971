package model_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/internal/model"
)

// customerGenerators draw events about customer accounts, and of the others those that may be about one, too.
var customerGenerators = []struct {
	weight, everything int
	draw               func(*drawer) *model.Record
}{
	{4, 1, (*drawer).customerDefined},
	{40, 4, (*drawer).transactionRecorded},
	{10, 1, (*drawer).transactionNamed},
	{8, 0, (*drawer).paymentReceived},
	{12, 0, (*drawer).tick},
	{1, 0, (*drawer).orgDefined},
	{2, 0, (*drawer).accountRemoved},
	{1, 0, (*drawer).creditsRemoved},
	{1, 0, (*drawer).paymentRefunded},
	{1, 0, (*drawer).creditsGranted},
	{1, 0, (*drawer).rechargeRequested},
	{2, 0, (*drawer).again},
	{2, 0, (*drawer).malformed},
}

func (d *drawer) customer() string {
	return d.one("customer", "cu", "cu", "cu", "cu", "cv", "u", "nobody")
}

func (d *drawer) customerDefined() *model.Record {
	id := d.one("customer", "cu", "cu", "cv")
	b := fields{"account": id, "kind": "customer_account"}
	d.put(b, "currency", "", "", "", "USD", "EUR")
	if rapid.Bool().Draw(d.T, "terms") {
		b["customer"] = fields{}
		d.put(b["customer"].(fields), "credit_days", "", "1", "14", "30", "365")
	}
	if d.sometimes("misfit") {
		b[d.one("misfit", "low_balance", "plan")] = d.one("of it", "1", "p")
	}
	d.effective(b)
	return d.record("account", "account.defined", b)
}

func (d *drawer) transactionRecorded() *model.Record {
	id := d.customer()
	kind := d.one("kind", "invoice", "invoice", "invoice", "debit_note", "payment", "payment", "credit_note", "write_off", "opening_balance")
	b := fields{"account": id, "transaction": fmt.Sprintf("t%d", len(d.h.records)), "kind": kind, "currency": d.currencyOf(id)}
	if d.sometimes("name again") {
		b["transaction"] = fmt.Sprintf("t%d", rapid.IntRange(0, len(d.h.records)).Draw(d.T, "name"))
	}
	if kind != "write_off" || rapid.Bool().Draw(d.T, "amount of it") {
		b["amount"] = d.owed(id)
	}
	if (kind == "opening_balance") != d.sometimes("wrong side") {
		b["side"] = d.one("side", "debit", "credit")
	}
	if rapid.Bool().Draw(d.T, "dated") {
		b["date"] = d.now.AddDate(0, 0, -rapid.SampledFrom([]int{0, 1, 2, 13, 14, 15, 29, 30, 31, 45, -1, -20}).Draw(d.T, "days ago")).Format(time.DateOnly)
	}
	if debits := d.h.model.Debits(d.org, id); rapid.IntRange(0, 2).Draw(d.T, "against") == 0 {
		d.put(b, "against", append(debits, "t0", "")...)
	}
	if rapid.IntRange(0, 3).Draw(d.T, "draft") == 0 {
		b["draft"] = true
	}
	return d.record("account", "transaction.recorded", b)
}

// owed is an amount, perhaps exactly what a customer owes.
func (d *drawer) owed(account string) string {
	balance, _ := d.h.model.Balance(d.org, account)
	if b := decimal.RequireFromString(balance).Neg(); b.IsPositive() && b.LessThan(decimal.New(1, 12)) && d.sometimes("all") {
		return b.String()
	}
	return d.one("amount", "1", "20", "0.000001", "49.99", "100", "12.345678", "7.5", "33", "999999999999")
}

func (d *drawer) transactionNamed() *model.Record {
	id := d.customer()
	names := slices.Concat(d.h.model.Drafts(d.org, id), d.h.model.Drafts(d.org, id), d.h.model.Debits(d.org, id), []string{"t0"})
	return d.record("account", d.one("what", "transaction.posted", "transaction.posted", "transaction.discarded"), fields{"account": id, "transaction": d.one("name", names...)})
}
