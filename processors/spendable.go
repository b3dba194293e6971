package processors

import (
	"purser/processors/core"
	"purser/processors/spending"
)

// Spendable says what a user has on a spending account at a time, where it is one of his (R7.2), for those who ask without an event (R7.11). What is not
// known has to be loaded first, as for Decide.
func Spendable(b core.Book, org *core.Org, id, user string, at core.Time) (u spending.Use, known, mine bool) {
	known, mine = u.LoadMine(b, org, id, user, at)
	return u, known, mine
}
