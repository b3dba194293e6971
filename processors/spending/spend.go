package spending

import (
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// Use is a spending account as a user may use it for an order: whether, and for how much (R7.7).
type Use struct {
	Spending *core.Spending
	User     string
	Amount   money.Amount // what it may pay
	Cost     money.Amount // of the whole order
	May      money.Amount // what the lines leave it, before order limits, timeframes and the balance

	org       *core.Org
	shopper   *core.Shopper
	version   *core.SpendingVersion
	key       string          // the user, or "" of a shared one
	allowance *core.Allowance // nil: the balance is not opened yet
	account   *core.Account   // likewise
	start     money.Amount    // what it starts with then, its reloads included
	ran       int32           // the last day whose reloads are in that
	at        core.Time
	today     int32 // civil day of at in the org's zone
	side      int   // of the account, in the draft
}

// Load looks up all that decides whether a user may use an account for what happened at a time.
func (u *Use) Load(b core.Book, org *core.Org, id, user string, at core.Time) (known bool) {
	if known = u.find(b, org, id, user, at); u.Spending == nil {
		return known
	}
	return u.balance(b, org) && known
}

// LoadMine is Load where the account is one of the user's: he may use it, whenever it may be used (R7.2). Of others it loads no balance.
func (u *Use) LoadMine(b core.Book, org *core.Org, id, user string, at core.Time) (known, mine bool) {
	if known = u.find(b, org, id, user, at); !known || u.Spending == nil || !u.eligible() {
		return known, false
	}
	return u.balance(b, org), true
}

// find looks up the account and the user.
func (u *Use) find(b core.Book, org *core.Org, id, user string, at core.Time) (known bool) {
	*u = Use{User: user, org: org, at: at}
	var userKnown bool
	u.Spending, known = b.Spending(org.ID, id)
	u.shopper, userKnown = b.Shopper(org.ID, user)
	if known && u.Spending != nil {
		u.version = core.InForce(u.Spending.Versions, at)
	}
	return known && userKnown
}

// balance looks up the balance, and what its limits know.
func (u *Use) balance(b core.Book, org *core.Org) (known bool) {
	u.today = calendar.Day(int64(u.at), core.InForce(org.Versions, u.at).Zone)
	if u.key = u.User; u.version.Terms.Shared {
		u.key = ""
	}
	allowance, known1 := b.Allowance(org.ID, u.Spending.ID, u.key)
	account, known2 := b.Account(org.ID, core.BalanceID(u.Spending.ID, u.key))
	u.allowance, u.account = allowance, account
	if allowance != nil || !known1 {
		return known1 && known2
	}
	var custom *core.CustomBudget
	known3 := true
	if !u.version.Terms.Shared {
		custom, known3 = b.CustomBudget(org.ID, u.Spending.ID, u.key)
	}
	if known3 {
		u.start = u.starting(b, custom)
	}
	return known2 && known3
}

// DueFirst says whether something comes first on the balance: a reload, or what its budget was set to.
func (u *Use) DueFirst(b core.Book, d *core.Decision) bool {
	return u.Spending != nil && waits(b, u.Spending, u.allowance, d)
}

// Terms are those of the account that were in force.
func (u *Use) Terms() *core.SpendingTerms { return u.version.Terms }

// Judge says how much of an order the account may pay, or why nothing (R7.7).
func (u *Use) Judge(q *core.OrderRequest) core.Reason {
	if why := u.usable(q.Currency); why != core.ReasonNone {
		return why
	}
	var err error
	if u.Cost, u.May, err = sum(u.version.Terms, q, u.budget()); err != nil {
		return core.BalanceOutOfRange
	}
	return u.settle()
}

// JudgeSend is Judge for the lines of a send (R6.10), which may be estimated to cost more than they do, or less.
func (u *Use) JudgeSend(q *core.OrderRequest, cost money.Amount) core.Reason {
	if why := u.usable(q.Currency); why != core.ReasonNone {
		return why
	}
	_, may, err := sum(u.version.Terms, q, u.budget())
	if err != nil {
		return core.BalanceOutOfRange
	}
	u.Cost, u.May = cost, min(may, cost)
	return u.settle()
}

// JudgeAgain is JudgeSend for one whose lines were judged when it was asked for, and which is charged now.
func (u *Use) JudgeAgain(cost, may money.Amount, c money.Currency) core.Reason {
	if why := u.usable(c); why != core.ReasonNone {
		return why
	}
	u.Cost, u.May = cost, may
	return u.settle()
}

// usable says whether the user may use the account then, for what is priced in a currency.
func (u *Use) usable(c money.Currency) core.Reason {
	switch {
	case u.Spending == nil:
		return core.UnknownSpending
	case !u.Active():
		return core.SpendingOff
	case !u.eligible():
		return core.NotEligible
	case c != u.Spending.Currency:
		return core.CurrencyMismatch
	case u.account != nil && u.account.Kind != core.KindSpending:
		return core.KindFixed // somebody has defined an account of that name
	}
	return core.ReasonNone
}

// settle says whether the account is of use, and for how much: where bills are split, for more than nothing, else for the whole (R7.7).
func (u *Use) settle() core.Reason {
	why := u.bound()
	switch {
	case !core.InForce(u.org.Versions, u.at).SplitBilling:
		if u.Amount < u.Cost {
			return core.OrderNotCovered
		}
		return core.ReasonNone
	case u.Amount > 0:
		return core.ReasonNone
	}
	return why
}

// Active says whether the account could be used then (R7.1): switched on, on a day from its first to its last.
func (u *Use) Active() bool {
	t := u.version.Terms
	return u.version.On && u.today >= t.Start && (t.End == 0 || u.today <= t.End)
}

func (u *Use) eligible() bool {
	var user *core.ShopperVersion
	if u.shopper != nil {
		user = core.InForce(u.shopper.Versions, u.at)
	}
	return eligible(u.version.Terms, u.User, user)
}

// Available is what the user has on it: what is left on the balance, or, where that is not opened yet, what it will start with (R7.11).
func (u *Use) Available() money.Amount {
	switch {
	case u.account != nil && u.account.Kind == core.KindSpending:
		return u.account.Available()
	case u.account != nil || u.allowance != nil:
		return 0
	}
	return u.start
}

// budget is what percentages are of (R7.6).
func (u *Use) budget() money.Amount {
	if u.allowance != nil {
		return u.allowance.Budget
	}
	return u.start
}

// bound finds what the account may pay, and what bounds it: the smallest of what is valid, the limits and the balance (R7.7).
func (u *Use) bound() (why core.Reason) {
	t := u.version.Terms
	u.Amount, why = u.May, core.NothingApplies
	bound := func(by money.Amount, found bool, reason core.Reason) {
		if found && by < u.Amount {
			u.Amount, why = by, reason
		}
	}
	perOrder, found := smallest(t, core.PerOrder, u.budget())
	bound(perOrder, found, core.LimitReached)
	rest, found := left(t, u.allowance, u.at, u.today)
	bound(rest, found, core.LimitReached)
	bound(max(0, u.Available()), true, core.InsufficientFunds)
	return why
}

// sum adds up what all lines cost, and of the valid ones what the item limit lets through. Each line is rounded once (R1.2).
func sum(t *core.SpendingTerms, q *core.OrderRequest, budget money.Amount) (cost, may money.Amount, err error) {
	perItem, limited := smallest(t, core.PerItem, budget)
	most, err := perItem.Factor()
	if err != nil {
		return 0, 0, err
	}
	for i := range q.Lines {
		l := &q.Lines[i]
		full, err := money.Product(l.Price, l.Quantity)
		if err != nil {
			return 0, 0, err
		}
		if cost, err = cost.Add(full); err != nil {
			return 0, 0, err
		}
		if !valid(t, l) {
			continue
		}
		if limited && most.Cmp(l.Price) < 0 {
			if full, err = money.Product(most, l.Quantity); err != nil {
				return 0, 0, err
			}
		}
		may += full // no more than the cost
	}
	return cost, may, nil
}

// Cost is what all lines of an order cost, each rounded once (R1.2).
func Cost(q *core.OrderRequest) (cost money.Amount, err error) {
	for i := range q.Lines {
		full, err := money.Product(q.Lines[i].Price, q.Lines[i].Quantity)
		if err != nil {
			return 0, err
		}
		if cost, err = cost.Add(full); err != nil {
			return 0, err
		}
	}
	return cost, nil
}

// Draft drafts what the account pays: its starting amount first, where the balance is opened by it (R7.3). It changes nothing.
func (u *Use) Draft(b core.Book, d *core.Decision, to string) error {
	if err := u.DraftOpening(b, d); err != nil {
		return err
	}
	return d.Draft.Move(u.side, d.Draft.System(b, u.org.ID, to, u.Spending.Currency), u.Amount, core.Purchased, "")
}

// DraftOpening drafts the starting amount alone, where the balance is yet to be opened.
func (u *Use) DraftOpening(b core.Book, d *core.Decision) error {
	t, c := &d.Draft, u.Spending.Currency
	if u.account == nil {
		id := core.BalanceID(u.Spending.ID, u.key)
		u.side = t.Fresh(&core.Account{Org: u.org.ID, ID: id, Kind: core.KindSpending, Currency: c})
	} else {
		u.side = t.Account(b, u.account)
	}
	if u.allowance != nil {
		return nil
	}
	return t.Move(t.System(b, u.org.ID, core.WorldBudget, c), u.side, u.start, core.Purchased, "")
}

// Commit notes what was drafted, and posted, in the allowance. It answers what a cancellation needs to know.
func (u *Use) Commit(b core.Book, d *core.Decision) (spent *core.Spent, noted uint8, sets uint64) {
	a := u.allowance
	if a == nil {
		a = b.NewAllowance(u.org.ID, u.Spending.ID, strings.Clone(u.key))
		a.Budget, a.Ran, a.Next, a.Seen = u.start, u.ran, u.Spending.First, u.Spending.Changes
		b.Touch(u.Spending)
		u.Spending.Opened++
		u.Spending.First = core.BalanceLink(a.User)
		w := settling{spending: u.Spending, allowance: a, org: u.org}
		w.schedule()
	} else {
		b.Touch(a)
	}
	noted = use(u.version.Terms, a, u.Amount, u.at, u.today)
	spent = u.Spent()
	spent.Account = d.Draft.Sides[u.side].Account
	return spent, noted, a.Sets
}

// Spent is what the account pays, or would.
func (u *Use) Spent() *core.Spent {
	return &core.Spent{Spending: u.Spending, Terms: u.version.Terms, User: u.User, Account: u.account, Amount: u.Amount, Cost: u.Cost}
}
