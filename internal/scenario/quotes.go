package scenario

import (
	"purser/processors/core"
	"purser/topics"
)

func readQuote(w *words, r *record) any {
	b := topics.SpendQuotedBody{User: w.take("a user")}
	options(w, r, func() bool {
		switch {
		case w.skip("rest"):
			b.OtherPayer = w.take("a wallet or a funding source")
		case w.skip("line"):
			b.Lines = append(b.Lines, readOrderLine(w))
		case w.skip("currency"):
			b.Currency = w.take("a currency")
		case w.skip("after"):
			b.After = w.take("a spending account")
		default:
			return false
		}
		return true
	})
	return b
}

func readOrderLine(w *words) topics.OrderLine {
	l := readSendLine(w)
	line := topics.OrderLine{Item: l.Item, Quantity: l.Quantity, UnitPrice: l.UnitPrice}
	if w.skip("of") {
		line.Catalogs = w.list("catalogs")
	}
	return line
}

// Quoted is what one spending account would pay of an order.
type Quoted struct {
	Spending string `json:"spending_account"`
	Amount   string `json:"amount"`
	In       string `json:"currency"`
	Has      string `json:"available"`
	Reason   string `json:"reason,omitempty"`
	About    string `json:"about"`
}

// describeQuote adds what a quote says.
func (a *Answer) describeQuote(q *core.Quote) {
	a.Quote, a.Of = q.User, amount(q.Cost)+" "+q.Currency.String()
	if q.More {
		a.Of += " and more"
	}
	for i := range q.Accounts {
		s := &q.Accounts[i]
		a.Quoted = append(a.Quoted, Quoted{
			Spending: s.Spent.Spending.ID, Amount: amount(s.Spent.Amount), In: s.Spent.Spending.Currency.String(), Has: amount(s.Available), Reason: string(s.Reason),
			About: labels(&s.Spent),
		})
	}
}

// quotedRows tell it, a line for each.
func (a *Answer) quotedRows() [][]string {
	rows := make([][]string, 0, len(a.Quoted))
	for i := range a.Quoted {
		q := &a.Quoted[i]
		rows = append(rows, []string{"quoted", q.Spending, q.Amount, "of", q.Has + " " + q.In, collapse(q.Reason + " (" + q.About + ")")})
	}
	return rows
}
