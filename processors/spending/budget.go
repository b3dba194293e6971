package spending

import (
	"strconv"
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// What balances start with and are set to (R7.3). An event notes it in the account, or in a cell of the user; each balance that is open is told
// of it, and posts it, by a walk from one to the next. What touches a balance before the walk has come there lets it look first, so that the
// walk's order decides nothing.

// SetBudgets sets what every balance has, and starts with. Custom budgets of before are gone.
func SetBudgets(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def definition
	if status := def.budgets(b, ev, d); status != core.Done || d.Result == core.Refused {
		return status
	}
	a := def.account
	b.Touch(a)
	change(b, a)
	a.All = core.BudgetLine{Seq: a.Changes, At: core.TickTime(b.Progress(), ev.RecordedAt), Amount: ev.Budgets.Amount}
	return d.Apply()
}

// ImportBudgets sets what the balances of some users have, and start with: of all of them, or, where it is refused, of none.
func ImportBudgets(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def definition
	if status := def.budgets(b, ev, d); status != core.Done || d.Result == core.Refused {
		return status
	}
	a := def.account
	if core.InForce(a.Versions, core.Latest(b.Progress(), ev.RecordedAt)).Terms.Shared {
		return d.Refuse(core.SharedBudget)
	}
	customs, known := make([]*core.CustomBudget, len(ev.Budgets.Users)), true
	for i := range ev.Budgets.Users {
		c, ok := b.CustomBudget(ev.Org, a.ID, ev.Budgets.Users[i].User)
		customs[i], known = c, known && ok
	}
	if !known {
		return core.Miss
	}
	b.Touch(a)
	change(b, a)
	for i, c := range customs {
		to := &ev.Budgets.Users[i]
		if c == nil {
			c = b.NewCustomBudget(a.Org, a.ID, strings.Clone(to.User))
		} else {
			b.Touch(c)
		}
		c.BudgetLine = core.BudgetLine{Seq: a.Changes, At: core.TickTime(b.Progress(), ev.RecordedAt), Amount: to.Amount}
	}
	return d.Apply()
}

// PrefetchBudgets asks for what an import will need.
func PrefetchBudgets(b core.Book, ev *core.Event) {
	b.Org(ev.Org)
	b.Spending(ev.Org, ev.Budgets.Spending)
	for i := range ev.Budgets.Users {
		b.CustomBudget(ev.Org, ev.Budgets.Spending, ev.Budgets.Users[i].User)
	}
}

// budgets looks the account up whose budgets are set. What was changed before has been seen by all its balances.
func (def *definition) budgets(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch known := def.load(b, ev.Org, ev.Budgets.Spending); {
	case !known:
		return core.Miss
	case def.org == nil:
		return d.Refuse(core.UnknownOrg)
	case def.account == nil:
		return d.Refuse(core.UnknownSpending)
	case def.walks(d):
		return core.DueFirst
	}
	return core.Done
}

// walks says whether the account's balances are still being told of another change, which comes first.
func (def *definition) walks(d *core.Decision) bool {
	if def.account == nil || def.account.NextDue == 0 {
		return false
	}
	d.DueCell = def.account
	return true
}

// change gives the account's next change its number, and lets its balances be told of it.
func change(b core.Book, a *core.Spending) {
	a.Changes = max(a.Changes, b.Progress().Entry) + 1
	if a.Walk = a.First; a.Walk != "" {
		a.NextDue = core.DueNow
	}
}

// Tell lets the next balance look at what has changed, and goes on to the one after it.
func Tell(b core.Book, s *core.Spending, d *core.Decision) core.Status {
	if s.Walk == "" {
		b.Touch(s)
		s.NextDue = 0
		return d.Silent()
	}
	a, known := b.Allowance(s.Org, s.ID, core.LinkedBalance(s.Walk))
	if !known {
		return core.Miss
	}
	if a.Seen != s.Changes {
		b.Touch(a)
		a.NextDue = core.DueNow
	}
	b.Touch(s)
	if s.Walk = a.Next; s.Walk == "" {
		s.NextDue = 0
	}
	return d.Silent()
}

// waits says whether something comes first on a balance: what was changed and it has not looked at yet, or what fell due.
func waits(b core.Book, s *core.Spending, a *core.Allowance, d *core.Decision) bool {
	if a == nil {
		return false
	}
	if a.Seen != s.Changes {
		if a.NextDue != core.DueNow {
			b.Touch(a)
			a.NextDue = core.DueNow // it is brought forward, and changes nothing else
		}
		d.DueCell = a
		return true
	}
	return d.DueFirst(b.Progress(), a)
}

// starting is what a balance starts with that nothing has opened yet, and from when on reloads are added to it.
func (u *Use) starting(b core.Book, custom *core.CustomBudget) money.Amount {
	s := u.Spending
	amount, from := budget(s, u.version, custom)
	if !reloads(s.Versions) {
		return amount
	}
	until := b.Progress().Target
	from = max(from, u.since())
	u.ran = calendar.DayBegun(int64(max(from, until)), u.zone(max(from, until)))
	if from >= until {
		return amount
	}
	return u.reloaded(amount, from, until)
}

// budget is what a balance starts with, or was set to last, and since when, where it was set.
func budget(s *core.Spending, v *core.SpendingVersion, custom *core.CustomBudget) (amount money.Amount, since core.Time) {
	if line := latest(s, custom); line.Seq > v.Seq || custom != nil && line == custom.BudgetLine {
		return line.Amount, line.At
	}
	return v.Terms.Budget, 0
}

// BudgetOf is what a user's balance starts with, or was set to last (R7.3).
func BudgetOf(s *core.Spending, custom *core.CustomBudget, at core.Time) money.Amount {
	amount, _ := budget(s, core.InForce(s.Versions, at), custom)
	return amount
}

// latest is what a balance was set to last; Seq 0: it never was.
func latest(s *core.Spending, custom *core.CustomBudget) core.BudgetLine {
	if custom != nil && custom.Seq > s.All.Seq && custom.Seq > s.Born {
		return custom.BudgetLine
	}
	return s.All
}

// settling is work on one balance, with all that it is decided by.
type settling struct {
	spending  *core.Spending
	allowance *core.Allowance
	org       *core.Org
	custom    *core.CustomBudget
	shopper   *core.Shopper
	account   *core.Account // nil: nothing was ever posted to it
}

func (w *settling) load(b core.Book, a *core.Allowance) (known bool) {
	w.allowance = a
	org, known1 := b.Org(a.Org)
	s, known2 := b.Spending(a.Org, a.Spending)
	account, known3 := b.Account(a.Org, core.BalanceID(a.Spending, a.User))
	w.org, w.spending, w.account, known = org, s, account, known1 && known2 && known3
	if a.User != "" {
		custom, known4 := b.CustomBudget(a.Org, a.Spending, a.User)
		shopper, known5 := b.Shopper(a.Org, a.User)
		w.custom, w.shopper, known = custom, shopper, known && known4 && known5
	}
	if s != nil {
		_, ok := b.System(a.Org, core.WorldBudget, s.Currency)
		known = known && ok
	}
	return known
}

// PrefetchWork asks for what work on a balance will need.
func PrefetchWork(b core.Book, a *core.Allowance) { new(settling).load(b, a) }

// Work does what a balance has to do next, up to a time: reloads that fell due before the account was changed, what it was set to, and reloads
// that fell due since. Each is an entry of its own.
func Work(b core.Book, a *core.Allowance, until core.Time, d *core.Decision) core.Status {
	var w settling
	if !w.load(b, a) {
		return core.Miss
	}
	if a.Seen == w.spending.Changes {
		return w.reload(b, d, until)
	}
	line := latest(w.spending, w.custom)
	before := w.spending.Since
	if line.Seq > a.Seen {
		before = line.At
	}
	if a.Reload != 0 && w.midnight(a.Reload) <= min(before, until) {
		return w.reload(b, d, until)
	}
	if line.Seq > a.Seen {
		return w.set(b, d, line)
	}
	b.Touch(a)
	a.Seen, a.Rule = w.spending.Changes, 0
	if since := w.spending.Since; since != 0 {
		a.Ran = max(a.Ran, w.day(since))
	}
	w.schedule()
	return d.Silent()
}

// set makes the balance what it was set to.
func (w *settling) set(b core.Book, d *core.Decision, line core.BudgetLine) core.Status {
	d.Work, d.Worked = core.BudgetSet, strconv.FormatUint(line.Seq, 10)
	status := w.move(b, d, line.Amount, true, line.At)
	if status == core.Done {
		w.allowance.Seen = line.Seq
		w.allowance.NextDue = core.DueNow // it looks once more
	}
	return status
}

// move makes the balance an amount, as if what is held on it were paid, or adds the amount (R7.4). What it moves is an entry; where there is no balance and it moves
// nothing, there is none. It touches the allowance.
func (w *settling) move(b core.Book, d *core.Decision, amount money.Amount, set bool, at core.Time) core.Status {
	a, t, c := w.allowance, &d.Draft, w.spending.Currency
	var had money.Amount
	var side int
	switch {
	case w.account == nil:
		side = t.Fresh(&core.Account{Org: a.Org, ID: core.BalanceID(a.Spending, a.User), Kind: core.KindSpending, Currency: c})
	case w.account.Kind != core.KindSpending: // somebody has defined an account of that name
		b.Touch(a)
		return d.Silent()
	default:
		side, had = t.Account(b, w.account), w.account.Available()
	}
	more, err := amount, error(nil)
	if set {
		more, err = amount.Sub(had)
	}
	if world := t.System(b, a.Org, core.WorldBudget, c); err == nil && more >= 0 {
		err = t.Move(world, side, more, core.Purchased, "")
	} else if err == nil {
		err = t.Move(side, world, -more, core.Purchased, "")
	}
	switch {
	case t.Missing:
		return core.Miss
	case err != nil || !d.Fits():
		b.Touch(a)
		if w.account == nil {
			return d.Silent()
		}
		d.Worker = w.account
		d.Refuse(core.BalanceOutOfRange)
		core.Number(b, d, a.Org, at)
		return core.Done
	}
	b.Touch(a)
	if set {
		a.Sets, a.Budget = a.Sets+1, amount
	} else {
		a.Budget = had + more // it fits
	}
	if more == 0 && w.account == nil {
		return d.Silent()
	}
	d.Apply()
	d.Post(b, a.Org)
	d.Worker = t.Sides[side].Account
	core.Number(b, d, a.Org, at)
	return core.Done
}
