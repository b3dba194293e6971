package processors

import (
	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/spending"
)

// Spendable says what a user has on a spending account at a time, where it is one of his (R7.2), for those who ask without an event (R7.11). What is not
// known has to be loaded first, as for Decide.
func Spendable(b core.Book, org *core.Org, id, user string, at core.Time) (u spending.Use, known, mine bool) {
	known, mine = u.LoadMine(b, org, id, user, at)
	return u, known, mine
}

// BudgetOf is what a user's balance starts with, or was set to last (R7.3), for those who ask without an event.
func BudgetOf(s *core.Spending, custom *core.CustomBudget, at core.Time) money.Amount {
	return spending.BudgetOf(s, custom, at)
}

// MaySpend says whether an account is one of a user's (R7.2), likewise; user is nil where nobody has told of him.
func MaySpend(s *core.Spending, id string, user *core.Shopper, at core.Time) bool {
	return spending.MaySpend(s, id, user, at)
}
