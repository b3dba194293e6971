package statement

import (
	"fmt"
	"io"
	"strings"
)

// Write prints the statement for people.
func (s *Statement) Write(w io.Writer) error {
	p := &page{}
	p.head(s)
	p.line("%-24s %s", "Opening balance", s.Opening.text(s))
	p.lines(s)
	p.line("%-24s %s", "Closing balance", s.Closing.text(s))
	p.now(s)
	p.customer(s)
	p.totals(s)
	p.recharges(s)
	p.invoices(s)
	_, err := io.WriteString(w, p.text.String())
	return err
}

type page struct{ text strings.Builder }

func (p *page) line(format string, args ...any) {
	p.text.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

func (p *page) head(s *Statement) {
	name := s.Account
	if s.Name != "" {
		name += " (" + s.Name + ")"
	}
	kind := strings.ReplaceAll(s.Kind, "_", " ")
	if s.Kind == "system" {
		kind = "system account"
	}
	p.line("Statement of %s, %s of org %s, in %s", name, kind, s.Org, s.Currency)
	from, to := "the beginning", "the last entry"
	if s.From != "" {
		from = s.From
	}
	if s.To != "" {
		to = s.To
	}
	if s.Period != nil {
		p.line("Accounting period from %s to %s, %s; what belongs to it by its date, as of offset %d of ledger %d, from %s", from, to, s.Period.State, s.AsOf.Offset, s.AsOf.Partition, s.AsOf.Ledger)
		p.line("")
		return
	}
	p.line("From %s to %s, days of %s, as of offset %d of ledger %d, from %s", from, to, s.Zone, s.AsOf.Offset, s.AsOf.Partition, s.AsOf.Ledger)
	p.line("")
}

func (b *Balance) text(s *Statement) string {
	if b.Purchased == "" {
		return fmt.Sprintf("%s %s", b.Balance, s.Currency)
	}
	return fmt.Sprintf("%s %s (purchased %s, complimentary %s)", b.Balance, s.Currency, b.Purchased, b.Complimentary)
}

// The columns of a table: those of figures are written to the right.
func (p *page) table(right string, rows [][]string) {
	widths := make([]int, len(right))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if right[i] == '>' {
				b.WriteString("  " + gap + cell)
			} else {
				b.WriteString("  " + cell + gap)
			}
		}
		p.line("%s", b.String())
	}
}

func (p *page) lines(s *Statement) {
	p.line("")
	if len(s.Lines) == 0 {
		p.line("  nothing was posted")
		p.line("")
		return
	}
	rows := [][]string{{"Day", "What", "Reference", "Amount", "Balance", ""}}
	for i := range s.Lines {
		l := &s.Lines[i]
		var notes []string
		if l.Complimentary != "" {
			notes = append(notes, "complimentary "+l.Complimentary)
		}
		if l.Date != "" {
			notes = append(notes, "dated "+l.Date)
		}
		if l.Due != "" {
			notes = append(notes, "due "+l.Due)
		}
		if l.Happened != "" {
			notes = append(notes, "of "+l.Happened)
		}
		rows = append(rows, []string{l.Day, l.What, l.Reference, l.Amount, l.Balance, strings.Join(notes, ", ")})
	}
	p.table("<<<>><", rows)
	p.line("")
}

func (p *page) now(s *Statement) {
	if s.Now == nil {
		return
	}
	if s.Now.Held != "" {
		p.line("%-24s %s, so that %s is available", "  held", s.Now.Held, s.Now.Available)
	}
	for _, g := range s.Now.Grants {
		until := "never expires"
		if g.Expires != "" {
			until = "expires " + g.Expires
		}
		p.line("%-24s %s, grant %s, %s", "  complimentary", g.Amount, g.Grant, until)
	}
}

func (p *page) totals(s *Statement) {
	if len(s.Totals) > 0 {
		p.line("")
		p.line("Totals")
		var rows [][]string
		for _, t := range s.Totals {
			rows = append(rows, []string{t.What, fmt.Sprint(t.Lines), t.Amount})
		}
		p.table("<>>", rows)
	}
	if c := s.Credits; c != nil && !none(s.Opening.Complimentary+c.Granted+c.Burned+c.Expired+c.Removed) {
		p.line("")
		p.line("Complimentary credits")
		p.table("<>", [][]string{
			{"at the beginning", s.Opening.Complimentary}, {"granted", c.Granted}, {"burned", less(c.Burned)}, {"expired", less(c.Expired)}, {"removed", less(c.Removed)},
			{"at the end", s.Closing.Complimentary},
		})
	}
}

func (p *page) recharges(s *Statement) {
	if len(s.Recharges) == 0 {
		return
	}
	p.line("")
	p.line("Recharges")
	rows := [][]string{{"Day", "Attempt", "For", "Amount", "Result"}}
	for i := range s.Recharges {
		r := &s.Recharges[i]
		result := r.Result
		if r.Told != "" {
			result += " on " + r.Told
		}
		if r.Reason != "" {
			result += ": " + r.Reason
		}
		if r.Recharge != "" && r.Recharge != r.Result {
			result += " (" + r.Recharge + ")"
		}
		rows = append(rows, []string{earlier(r.Day), r.Attempt, strings.ReplaceAll(r.Purpose, "_", " "), r.Amount, result})
	}
	p.table("<<<><", rows)
}

func (p *page) invoices(s *Statement) {
	if len(s.Invoices) == 0 {
		return
	}
	p.line("")
	p.line("Invoices")
	rows := [][]string{{"Issued", "Invoice", "For", "Due", "Amount", "Paid", "Open now", ""}}
	for i := range s.Invoices {
		v := &s.Invoices[i]
		note := ""
		if v.Voided != "" {
			note = "voided on " + v.Voided
		}
		rows = append(rows, []string{earlier(v.Issued), fmt.Sprint(v.Invoice), strings.ReplaceAll(v.Kind, "_", " "), v.Due, v.Amount, v.Paid, v.Open, note})
	}
	p.table("<><<>>><", rows)
}

// none says that figures are all zero.
func none(figures string) bool { return strings.Trim(figures, "0.") == "" }

// less writes a figure that is taken away.
func less(figure string) string {
	if none(figure) {
		return figure
	}
	if positive, ok := strings.CutPrefix(figure, "-"); ok {
		return positive
	}
	return "-" + figure
}

func earlier(day string) string {
	if day == "" {
		return "earlier"
	}
	return day
}
