package verify

import (
	"strconv"
	"strings"

	"purser/topics"
)

const (
	dueBudgetSet    = "due.budget_set"
	dueBudgetReload = "due.budget_reloaded"
)

// budgets are what an administrator has set the balances of a spending account to (R7.3): what was set last counts.
type budgets struct {
	all     amount            // of everybody; meaningless unless given
	figure  topics.Number     // as it came
	given   bool              //
	custom  map[string]amount // by balance
	defined bool              // a definition has come since, whose budget new balances start with
}

func (o *orgModel) budgetsOf(spending string) *budgets {
	o.spends()
	b := o.setTo[spending]
	if b == nil {
		b = &budgets{custom: map[string]amount{}}
		o.setTo[spending] = b
	}
	return b
}

// setBudgets notes what balances are set to.
func (a *audit) setBudgets(o *orgModel, e *entry) flows {
	switch b := a.inputs.bodyOf(e.event); e.body.Type {
	case topics.TypeBudgetsSet:
		var set topics.BudgetsSetBody
		if decode(b, &set) == nil {
			o.spends()
			*o.budgetsOf(set.SpendingAccount) = budgets{all: a.figure(e, set.Amount), figure: set.Amount, given: true, custom: map[string]amount{}}
		}
	case topics.TypeBudgetsImported:
		var some topics.BudgetsImportedBody
		if decode(b, &some) == nil {
			o.spends()
			to := o.budgetsOf(some.SpendingAccount)
			for _, one := range some.Budgets {
				to.custom[spendingPrefix+some.SpendingAccount+"/"+one.User] = a.figure(e, one.Amount)
			}
		}
	}
	return flows{}
}

// startOf is what a balance starts with that nothing has opened. With reload rules it is more than that, or something else: known is false.
func (a *audit) startOf(o *orgModel, e *entry, spending, balance string, def *topics.SpendingDefinedBody) (start amount, known bool) {
	if s := o.spending[spending]; s != nil {
		for _, v := range s.versions {
			if len(v.def.Reloads) > 0 {
				return 0, false
			}
		}
	}
	to := o.budgetsOf(spending)
	if custom, found := to.custom[balance]; found {
		return custom, true
	}
	if to.given && !to.defined {
		return to.all, true
	}
	if def.Budget == "" {
		return 0, true
	}
	return a.figure(e, def.Budget), true
}

// balanceDue is due work on a balance of a spending account.
func (a *audit) balanceDue(o *orgModel, e *entry) flows {
	if e.body.Type == dueBudgetSet {
		return a.setBalance(o, e)
	}
	return a.reloadBalance(o, e)
}

// setBalance is due work that makes a balance what it was set to (R7.3).
func (a *audit) setBalance(o *orgModel, e *entry) flows {
	balance, _ := workOn(e, "budget_set")
	spending, _, _ := strings.Cut(strings.TrimPrefix(balance, spendingPrefix), "/")
	to := o.budgetsOf(spending)
	target, found := to.custom[balance]
	switch {
	case found:
	case to.given:
		target = to.all
	default:
		a.report.find(CheckPosting, e.where, "the balance %s was set, and nobody has set it", balance)
		return nil
	}
	return a.becomes(o, e, balance, target)
}

// reloadBalance is due work by a reload rule of the definition that is in force then (R7.4).
func (a *audit) reloadBalance(o *orgModel, e *entry) flows {
	balance, which := workOn(e, "budget_reloaded")
	spending, _, _ := strings.Cut(strings.TrimPrefix(balance, spendingPrefix), "/")
	at, _ := micros(e.body.OccurredAt)
	def, s := o.terms(spending, at), o.opened[balance]
	n, err := strconv.Atoi(which)
	if def == nil || s == nil || err != nil || n < 1 || n > len(def.Reloads) {
		a.report.find(CheckPosting, e.where, "the balance %s was reloaded by rule %q, and there is none", balance, which)
		return nil
	}
	rule := &def.Reloads[n-1]
	if rule.Type == "set" {
		return a.becomes(o, e, balance, a.figure(e, rule.Amount))
	}
	expected, more := flows{}, a.figure(e, rule.Amount)
	s.budget = a.books.of(e.body.Org, balance, s.currency).balance - o.account(balance).held + more
	expected.move(worldBudget, balance, s.currency, more, "", "")
	return expected
}

// becomes makes a balance an amount, as if what is held on it were paid. What was paid before goes back to the world when it is cancelled (R7.9).
func (a *audit) becomes(o *orgModel, e *entry, balance string, target amount) flows {
	o.spends()
	o.sets[balance]++
	expected, s := flows{}, o.opened[balance]
	if s == nil {
		a.report.find(CheckPosting, e.where, "the balance %s was set, and nothing has opened it", balance)
		return nil
	}
	s.budget = target
	currency := s.currency
	had := a.books.of(e.body.Org, balance, currency).balance - o.account(balance).held
	if more := target - had; more > 0 {
		expected.move(worldBudget, balance, currency, more, "", "")
	} else {
		expected.move(balance, worldBudget, currency, -more, "", "")
	}
	return expected
}

// workOn says which balance an entry of due work is about, and what it says beside: due/<balance>/<work>/<time>/<rest>.
func workOn(e *entry, work string) (balance, rest string) {
	balance, rest, _ = strings.Cut(strings.TrimPrefix(e.body.ID, "due/"), "/"+work+"/"+e.body.OccurredAt+"/")
	return balance, rest
}

// moved is what an entry moves from one account to another.
func (e *entry) moved(from, to string) (sum amount) {
	for i := range e.body.Postings {
		if p := &e.body.Postings[i]; p.From == from && p.To == to {
			part, err := parseAmount(p.Amount)
			if err == nil {
				sum += part
			}
		}
	}
	return sum
}
