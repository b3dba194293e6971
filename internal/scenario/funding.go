package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/topics"
)

// The events about funding sources, teams and invoices (R5).

func readFundingSource(w *words, r *record) any {
	b := topics.AccountDefinedBody{Account: w.take("the account's id"), Kind: "funding_source", Funding: &topics.FundingTerms{Name: w.take("its name")}}
	options(w, r, func() bool { return termsOption(w, b.Funding) || accountOption(w, &b) })
	return b
}

func termsOption(w *words, t *topics.FundingTerms) bool {
	switch {
	case w.skip("by"):
		kind := w.take("card or invoice")
		t.PaymentType = "invoice"
		if kind == "card" {
			t.PaymentType, t.PaymentMethod = "credit_card", w.take("the payment method's token")
		} else if kind != "invoice" {
			w.failf("expected card or invoice, found %q", kind)
		}
	case w.skip("po"):
		t.PONumber = w.take("a purchase order")
	case w.skip("payable"):
		t.AccountsPayable = w.list("accounts-payable contacts")
	case w.skip("days"):
		t.PaymentDays = topics.Number(w.take("a number of days"))
	case w.skip("default"):
		t.Default = true
	case w.skip("monthly"):
		t.Schedule = &topics.FundingSchedule{Every: "month", Amount: topics.Number(w.take("an amount"))}
	case w.skip("quarterly"):
		t.Schedule = &topics.FundingSchedule{Every: "quarter", Amount: topics.Number(w.take("an amount"))}
	case w.skip("each"):
		t.CardCharges = "each"
	default:
		return false
	}
	return true
}

func readFunding(w *words, r *record) any {
	b := topics.FundingRequestedBody{Account: w.take("a funding source"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, nil)
	return b
}

func readTransfer(w *words, r *record) any {
	b := topics.TransferRequestedBody{
		From: w.take("an account"), To: w.take("an account"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency"),
	}
	options(w, r, nil)
	return b
}

func readLicence(w *words, r *record) any {
	b := topics.LicencePurchasedBody{Team: w.take("a team"), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, nil)
	return b
}

func readTeam(w *words, r *record) any {
	b := topics.TeamDefinedBody{Team: w.take("the team's id")}
	options(w, r, func() bool {
		switch {
		case w.skip("by"):
			b.FundingSource = w.take("a funding source, or none")
		case w.skip("licences"):
			b.LicenceSource = w.take("a funding source, or none")
		case w.skip("budget"):
			b.Budget = &topics.TeamBudget{Amount: topics.Number(w.take("an amount")), Every: w.take("week, month, quarter or year"), Mode: w.take("refresh or rollover")}
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return false
		}
		return true
	})
	return b
}

func readRemoveTeam(w *words, r *record) any {
	b := topics.TeamRemovedBody{Team: w.take("the team's id")}
	options(w, r, nil)
	return b
}

func readMember(w *words, r *record) any {
	b := topics.MemberBody{Team: w.take("a team"), Account: w.take("the user's wallet")}
	options(w, r, nil)
	return b
}

// readInvoicePaid leaves the reference empty where the line gives none: scribe.event then takes the event's id.
func readInvoicePaid(w *words, r *record) any {
	b := topics.InvoicePaidBody{Invoice: topics.Number(w.take("an invoice's number")), Amount: topics.Number(w.take("an amount")), Currency: w.take("a currency")}
	options(w, r, func() bool {
		if !w.skip("ref") {
			return false
		}
		b.Payment = w.take("the payment's reference")
		return true
	})
	return b
}

func readInvoiceVoided(w *words, r *record) any {
	b := topics.InvoiceVoidedBody{Invoice: topics.Number(w.take("an invoice's number"))}
	options(w, r, nil)
	return b
}

// team tells who pays for a team, and who is in it.
func (w *world) team(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendTeamKey(nil, q.org, q.account)))
	t, _ := cell.(*core.Team)
	if t == nil {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "team " + t.ID}
	var rows [][]string
	for i := range t.Versions {
		v := &t.Versions[i]
		rows = append(rows, []string{"version", "from", stamp(v.EffectiveFrom), "by " + orNone(v.Balances), "licences " + orNone(v.Licences)})
	}
	rows = append(rows, []string{"members", orNone(strings.Join(t.Members, ","))})
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}

func orNone(s string) string {
	if s == "" {
		return core.NoSource
	}
	return s
}

// spells tells in which team a user was when.
func (w *world) spells(q question) Outcome {
	a := w.find(q)
	if a == nil || len(a.Spells) == 0 {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "spells"}
	for i := range a.Spells {
		o.Details = append(o.Details, Detail{Text: "spell from " + stamp(a.Spells[i].From) + " " + orNone(a.Spells[i].Team)})
	}
	return o
}

// invoices tells how the invoices of a funding source stand.
func (w *world) invoices(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendOrgKey(nil, q.org)))
	org, _ := cell.(*core.Org)
	o := Outcome{Head: "invoices"}
	var rows [][]string
	for n := uint64(1); org != nil && n <= org.Invoices; n++ {
		cell, _ := w.cells.Cell(string(core.AppendInvoiceKey(nil, q.org, n)))
		i, ok := cell.(*core.Invoice)
		if !ok {
			panic(fmt.Sprintf("invoice %d of %s is missing", n, q.org))
		}
		if i.Account != q.account {
			continue
		}
		row := []string{"invoice", strconv.FormatUint(n, 10), i.Kind.String(), amount(i.Amount), "paid " + amount(i.Paid), "open " + amount(i.Open())}
		if i.Voided {
			row = append(row, "voided")
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return Outcome{Head: "none"}
	}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}
