package spending

import "purser/processors/core"

// While a send waits for a card, what its spending account is to pay of it is held on the balance, and counts in the limits (R6.3, R6.10). The
// balance is opened by it, where it was not.

// CommitHold holds what the account is to pay, after what opens the balance was posted.
func (u *Use) CommitHold(b core.Book, d *core.Decision, s *core.Send) {
	u.CommitSend(b, d, s)
	a := d.Draft.Sides[u.side].Account
	if !d.Draft.Posted(a) {
		b.Touch(a)
	}
	a.Hold(u.Amount)
}

// CommitSend notes in the limits, and in the send, what was posted.
func (u *Use) CommitSend(b core.Book, d *core.Decision, s *core.Send) *core.Spent {
	spent, noted, sets := u.Commit(b, d)
	s.Part.Account, s.Part.Amount, s.Part.Noted, s.Part.Sets = core.BalanceID(u.Spending.ID, u.key), u.Amount, noted, sets
	s.Part.CostCentre = u.version.Terms.Labels.CostCentre
	return spent
}

// Held is what is held on a spending account for a send that waits for a card. The zero value: nothing.
type Held struct {
	back     Return
	spending *core.Spending
	send     *core.Send
}

// Load looks it up.
func (h *Held) Load(b core.Book, s *core.Send) (known bool) {
	if *h = (Held{}); s.Part.Account == "" {
		return true
	}
	org, known := b.Org(s.Org)
	if !known {
		return false
	}
	spending, known := b.Spending(s.Org, s.Part.Spending)
	h.spending, h.send = spending, s
	_, budgetKnown := b.System(s.Org, core.WorldBudget, s.Currency)
	return h.back.LoadSend(b, s, org, s.Part.Amount) && known && budgetKnown
}

// DueFirst says whether something comes first on the balance.
func (h *Held) DueFirst(b core.Book, d *core.Decision) bool {
	return h.send != nil && h.back.DueFirst(b, d)
}

// DraftPay drafts that it is paid.
func (h *Held) DraftPay(b core.Book, d *core.Decision, to string) error {
	if h.send == nil {
		return nil
	}
	t := &d.Draft
	return t.Move(t.Account(b, h.back.account), t.System(b, h.send.Org, to, h.send.Currency), h.send.Part.Amount, core.Purchased, "")
}

// Pay releases what was held: it is paid.
func (h *Held) Pay() *core.Spent {
	if h.send == nil {
		return nil
	}
	h.back.account.Release(h.send.Part.Amount)
	terms := core.InForce(h.spending.Versions, h.send.OccurredAt).Terms
	return &core.Spent{
		Spending: h.spending, Terms: terms, User: h.send.Sender, Account: h.back.account, Amount: h.send.Part.Amount, Cost: h.send.Cost,
	}
}

// GiveUp releases what was held, and what it used of limits: it is not paid. Where the balance was made an amount since, it was as if this had been
// paid, and so it goes back to the world's budget (R7.9), unless that has no room for it.
func (h *Held) GiveUp(b core.Book, d *core.Decision) {
	if h.send == nil {
		return
	}
	a, s := h.back.account, h.send
	if h.back.allowance.Sets != s.Part.Sets {
		t := &d.Draft
		err := t.Move(t.Account(b, a), t.System(b, s.Org, core.WorldBudget, s.Currency), s.Part.Amount, core.Purchased, "")
		if err == nil && d.Fits() {
			d.Post(b, s.Org)
		}
		d.Needed, d.Had = 0, 0
	}
	if len(d.Postings) == 0 {
		b.Touch(a)
	}
	a.Release(s.Part.Amount)
	h.back.Commit(b)
	s.Part.Account, s.Part.Amount = "", 0
}
