package send

import (
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/spending"
)

// A send may name a spending account, which then pays first what it may of the lines, and the campaign's payer the rest (R6.10). Without one
// the zero Use stands for it, and nothing here does anything.

// judgePart says what the spending account pays of a send that is asked for, or why it is of no use.
func (q *asking) judgePart(r *core.SendRequest) core.Reason {
	if r.Spending == "" {
		return core.ReasonNone
	}
	return q.use.JudgeSend(&core.OrderRequest{User: r.Sender, Spending: r.Spending, Lines: r.Lines, Currency: r.Currency}, r.Cost)
}

// draftPart drafts what it pays; where the send is to wait for a card, only what opens the balance on which that is held.
func draftPart(u *spending.Use, b core.Book, d *core.Decision, waits bool) core.Status {
	if u.Spending == nil {
		return core.Done
	}
	if waits {
		return charging.Drafted(d, u.DraftOpening(b, d))
	}
	return charging.Drafted(d, u.Draft(b, d, core.RevenueSales))
}

// holdPart posts what opens the balance, and holds what is to be paid.
func holdPart(u *spending.Use, b core.Book, d *core.Decision, s *core.Send) {
	if u.Spending != nil {
		d.Post(b, s.Org)
		u.CommitHold(b, d, s)
	}
}

// notePart notes in the send that the spending account pays, before anyone else.
func notePart(u *spending.Use, s *core.Send) {
	if u.Spending != nil {
		noteSpent(s, core.BalanceOf(u.Spending.ID, u.Terms().Shared, u.User), u.Amount)
	}
}

func noteSpent(s *core.Send, account string, amount money.Amount) {
	pay(s, core.Payer{
		Account: account, Rate: money.One, Price: amount, Revenue: amount, Buckets: []core.Part{{Amount: amount}},
	})
}

// commitPart notes it in the limits, after it was posted.
func commitPart(u *spending.Use, b core.Book, d *core.Decision, s *core.Send) *core.Spent {
	if u.Spending == nil {
		return nil
	}
	return u.CommitSend(b, d, s)
}

// parted makes an answer one about a send that a spending account pays: of its balance, with the rest beside it, as that about an order.
func parted(o *core.Outcome, spent *core.Spent) {
	if spent == nil {
		return
	}
	if o.Amount > 0 {
		o.To, o.Gets = o.Account, o.Amount
	}
	o.Account, o.Amount, o.Spent = spent.Account, spent.Amount, spent
}
