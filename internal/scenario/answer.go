package scenario

import (
	"fmt"
	"strconv"

	"purser/processors/core"
	"purser/processors/money"
)

// answer says what there is now.
func (w *world) answer(q question) Outcome {
	switch q.about {
	case "waiting":
		return w.waiting(q)
	case "recharges":
		return w.recharges(q)
	case "invoices":
		return w.invoices(q)
	case "team":
		return w.team(q)
	case "spells":
		return w.spells(q)
	case "customer":
		return w.customer(q)
	case "periods":
		return w.periods(q)
	case "send":
		return w.send(q)
	case "spending-account":
		return w.spending(q)
	case "order":
		return w.order(q)
	case "ledger":
		return w.journal(q)
	}
	a := w.find(q)
	if a == nil {
		return Outcome{Head: "none"}
	}
	if q.about == "history" {
		return w.history(a)
	}
	return w.account(a)
}

// find looks the account up; nil where there is none.
func (w *world) find(q question) *core.Account {
	key := core.AppendAccountKey(nil, q.org, q.account)
	if q.currency != "" {
		var c money.Currency
		copy(c[:], q.currency)
		key = core.AppendSystemKey(nil, q.org, q.account, c)
	}
	cell, _ := w.cells.Cell(string(key))
	a, _ := cell.(*core.Account)
	return a
}

func (w *world) account(a *core.Account) Outcome {
	o := Outcome{Head: "account " + a.ID}
	add := func(rows ...[]string) {
		for _, line := range table(rows) {
			o.Details = append(o.Details, Detail{Text: line})
		}
	}
	add([]string{"balance", a.ID, amount(a.Balance), a.Currency.String(), "seq " + strconv.FormatUint(a.Seq, 10)})
	if a.Kind == core.KindWallet {
		add(bucketRows(a)...)
	}
	if a.Held != 0 {
		add([]string{"held", amount(a.Held)})
	}
	var volumes [][]string
	for i := range a.Volumes {
		v := &a.Volumes[i]
		volumes = append(volumes, []string{"volume", v.Channel, fmt.Sprintf("in %04d-%02d", v.Month/12, v.Month%12+1), v.Units.String()})
	}
	add(volumes...)
	return o
}

func bucketRows(a *core.Account) [][]string {
	rows := [][]string{{"bucket", "purchased", amount(a.Purchased)}}
	for i := range a.Grants {
		g := &a.Grants[i]
		row := []string{"bucket", "grant " + g.ID, amount(g.Amount)}
		if g.ExpiresAt != 0 {
			row = append(row, "expires "+stamp(g.ExpiresAt))
		}
		rows = append(rows, row)
	}
	return rows
}

// history walks from the account's last entry back to its first, by the entry that each names as the one before it.
func (w *world) history(a *core.Account) Outcome {
	var rows [][]string
	for n := a.Last; n != 0; {
		d := &w.ledger[n-1]
		line := d.balanceOf(a)
		rows = append([][]string{{"entry", strconv.FormatUint(n, 10), "seq " + strconv.FormatUint(line.Seq, 10), d.Type + " " + d.ID, "balance", line.Balance, line.Currency}}, rows...)
		n = line.Previous
	}
	o := Outcome{Head: "history " + a.ID}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}

func (d *Decided) balanceOf(a *core.Account) *Balance {
	for i := range d.Balances {
		if b := &d.Balances[i]; b.Account == a.ID && b.Currency == a.Currency.String() && d.org == a.Org {
			return b
		}
	}
	panic(fmt.Sprintf("entry %d is named in the history of %s and did not post to it", d.Entry, a.ID))
}

// waiting lists what waits for an account, oldest first.
func (w *world) waiting(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendQueueKey(nil, q.org, q.account)))
	queue, _ := cell.(*core.Queue)
	if queue == nil || queue.First == queue.Next {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "waiting"}
	var rows [][]string
	for n := queue.First; n < queue.Next; n++ {
		cell, _ := w.cells.Cell(string(core.AppendParkedKey(nil, q.org, q.account, n)))
		p, ok := cell.(*core.Parked)
		if !ok {
			panic(fmt.Sprintf("event %d is missing from the queue of %s", n, q.account))
		}
		rows = append(rows, []string{"waits", p.Event.ID, "until", stamp(p.Deadline)})
	}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}

// journal lists the ledger.
func (w *world) journal(q question) Outcome {
	var rows [][]string
	for i := range w.ledger {
		d := &w.ledger[i]
		if d.org != q.org {
			continue
		}
		what := d.Result
		if d.Reason != "" {
			what += " " + d.Reason
		}
		rows = append(rows, []string{"entry", strconv.FormatUint(d.Entry, 10), d.Type + " " + d.ID, what, "postings", strconv.Itoa(len(d.Postings))})
	}
	o := Outcome{Head: "ledger"}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}

// recharges lists an account's recharges with their attempts, and what comes next.
func (w *world) recharges(q question) Outcome {
	a := w.find(q)
	if a == nil || a.Dunning.Recharges == 0 {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "recharges"}
	var rows [][]string
	for n := uint64(1); n <= a.Dunning.Recharges; n++ {
		cell, _ := w.cells.Cell(string(core.AppendRechargeKey(nil, q.org, q.account, n)))
		r, ok := cell.(*core.Recharge)
		if !ok {
			panic(fmt.Sprintf("recharge %d of %s is missing", n, q.account))
		}
		for i := range r.Attempts {
			at := &r.Attempts[i]
			rows = append(rows, []string{"attempt", r.AttemptID(i + 1), r.Purpose.String(), amount(at.Amount), "emitted " + stamp(at.EmittedAt), attemptStates[at.Result]})
		}
	}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	switch d := &a.Dunning; {
	case d.Exhausted:
		o.Details = append(o.Details, Detail{Text: "exhausted"})
	case d.Retry != 0:
		o.Details = append(o.Details, Detail{Text: "retry due " + stamp(d.Retry)})
	}
	return o
}

var attemptStates = [...]string{core.Unresolved: "open", core.Failed: "failed", core.Succeeded: "succeeded"}

// send shows where a send stands, and who has paid for it, each as often as he was asked.
func (w *world) send(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendSendKey(nil, q.org, q.send)))
	s, ok := cell.(*core.Send)
	if !ok {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "send " + s.ID + " " + s.State.String()}
	var rows [][]string
	for i := range s.Payers {
		p := &s.Payers[i]
		rows = append(rows, []string{"payer", p.Account, amount(p.Price), s.Currency.String()})
	}
	if n := s.Next - s.First; n > 0 {
		rows = append(rows, []string{"waits", strconv.FormatUint(n, 10)})
	}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}
