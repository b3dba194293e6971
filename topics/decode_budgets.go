package topics

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"purser/processors/core"
)

// maxReloads is how many reload rules a spending account has.
const maxReloads = 16

// frequencies are how often a rule reloads, in days or in months.
var frequencies = map[string]core.Reload{"day": {Days: 1}, "week": {Days: 7}, "month": {Months: 1}, "quarter": {Months: 3}, "year": {Months: 12}, "days": {}}

const everyOf = "one of day, week, month, quarter, year, days"

// reloads reads a list of SpendingReload.
func (c *cursor) reloads(field string) (rules []core.Reload) {
	for ok := c.enter('[', field); ok && c.more(); {
		if len(rules) == maxReloads {
			c.refuse(ReasonTooLarge, field, "expected at most "+strconv.Itoa(maxReloads)+" entries, came more")
		}
		c.within(field+"."+strconv.Itoa(len(rules)), func() { rules = append(rules, c.reload()) })
	}
	return rules
}

func (c *cursor) reload() (r core.Reload) {
	every, kind, days, given := "", "", int64(0), false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "every":
			every, _ = c.str(name)
		case "days":
			days = c.whole(name, maxLimitDays)
		case "type":
			kind, _ = c.str(name)
		case "amount":
			r.Amount, given = c.amount(name)
		case "effective":
			r.First = c.civilDay(name)
		default:
			c.skip(name)
		}
	}
	often, known := frequencies[every]
	r.Months, r.Set = often.Months, kind == "set"
	if r.Days = often.Days; every == "days" {
		r.Days = int32(days)
	}
	switch {
	case every == "":
		c.missing("every", everyOf)
	case !known:
		c.refuse(ReasonBadValue, "every", "expected "+everyOf+", came "+quoted(every))
	case every == "days" && days == 0:
		c.missing("days", "every how many days it reloads")
	case every != "days" && days != 0:
		c.refuse(ReasonConflict, "days", "expected none but of a rule for days, came "+strconv.FormatInt(days, 10))
	case kind == "":
		c.missing("type", "one of set, add")
	case !r.Set && kind != "add":
		c.refuse(ReasonBadValue, "type", "expected one of set, add, came "+quoted(kind))
	case !given:
		c.missing("amount", "what the balance becomes, or what is added")
	case r.First == 0:
		c.missing("effective", "the first day")
	}
	return r
}

func (w *canon) reloads(rules []core.Reload) {
	w.count(len(rules))
	for i := range rules {
		r := &rules[i]
		w.count(int(r.Days))
		w.count(int(r.Months))
		w.count(int(r.First))
		w.flag(r.Set)
		w.amount(r.Amount)
	}
}

func reloadBody(r *core.Reload) SpendingReload {
	b := SpendingReload{Type: "add", Amount: Number(r.Amount.String()), Effective: dayText(r.First)}
	if r.Set {
		b.Type = "set"
	}
	for name, often := range frequencies {
		if name != "days" && often.Days == r.Days && often.Months == r.Months {
			b.Every = name
			return b
		}
	}
	b.Every, b.Days = "days", Number(strconv.Itoa(int(r.Days)))
	return b
}

// budgetsSet decodes BudgetsSetBody.
func (d *Decoder) budgetsSet(ev *core.Event) {
	c, q, given := &d.cursor, &core.BudgetRequest{}, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "spending_account":
			q.Spending = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, given = c.amount(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Spending == "":
		c.missing("spending_account", "the spending account's id")
	case !given:
		c.missing("amount", "what every balance is to have")
	}
	ev.Budgets = q
	d.canon.text(q.Spending)
	d.canon.amount(q.Amount)
}

// budgetsImported decodes BudgetsImportedBody. Of a user who is named twice the last budget counts.
func (d *Decoder) budgetsImported(ev *core.Event) {
	c, q := &d.cursor, &core.BudgetRequest{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "spending_account":
			q.Spending = strings.Clone(c.ident(name))
		case "budgets":
			q.Users = c.userBudgets(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Spending == "":
		c.missing("spending_account", "the spending account's id")
	case len(q.Users) == 0:
		c.missing("budgets", "users and their budgets")
	}
	ev.Budgets = q
	w := &d.canon
	w.text(q.Spending)
	w.count(len(q.Users))
	for i := range q.Users {
		w.text(q.Users[i].User)
		w.amount(q.Users[i].Amount)
	}
}

// userBudgets reads a list of BudgetBody, ascending by user.
func (c *cursor) userBudgets(field string) []core.UserBudget {
	var all []core.UserBudget
	for ok := c.enter('[', field); ok && c.more(); {
		c.within(field+"."+strconv.Itoa(len(all)), func() { all = append(all, c.userBudget()) })
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(x, y core.UserBudget) int { return cmp.Compare(x.User, y.User) })
	return slices.CompactFunc(all, func(x, y core.UserBudget) bool { return x.User == y.User })
}

func (c *cursor) userBudget() (u core.UserBudget) {
	given := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "user":
			u.User = strings.Clone(c.ident(name))
		case "amount":
			u.Amount, given = c.amount(name)
		default:
			c.skip(name)
		}
	}
	switch {
	case u.User == "":
		c.missing("user", "the user's id")
	case !given:
		c.missing("amount", "what his balance is to have")
	}
	return u
}
