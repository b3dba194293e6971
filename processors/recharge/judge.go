package recharge

import (
	"purser/processors/core"
	"purser/processors/invoice"
	"purser/processors/money"
)

// Judge alerts when the account's balance has crossed its threshold or zero downwards, and arms each alert again when it
// is back at or above (R4.9); and it recharges the account where it is low (R4.1). It looks at the balance after an entry, or
// after a definition that moves a threshold.
//
// It changes the account: only one that the decision has touched is judged. A threshold that comes into force by itself is
// noticed with the next entry.
func Judge(d *core.Decision, b core.Book, a *core.Account, at core.Time) {
	v := core.InForce(a.Versions, at)
	Cross(d, b, a, v, at)
	automatic(d, b, a, v, at)
}

// JudgePosted judges an account where the entry posts to it: usage that costs nothing leaves no balance behind (R4.1).
func JudgePosted(d *core.Decision, b core.Book, a *core.Account, at core.Time) {
	if a != nil && d.Draft.Posted(a) {
		Judge(d, b, a, at)
	}
}

// Cross alerts and awaits the end of the day, as judge does, and recharges nothing.
func Cross(d *core.Decision, b core.Book, a *core.Account, v *core.AccountVersion, at core.Time) {
	low, negative := low(v, a.Balance), a.Balance < 0
	if low && !a.BelowLow {
		d.Alerts = append(d.Alerts, core.Alert{
			Kind: core.LowBalance, Account: a, Currency: a.Currency, Balance: a.Balance, Threshold: v.LowBalance, Contacts: v.Contacts,
		})
	}
	if negative && !a.BelowZero {
		d.Alerts = append(d.Alerts, core.Alert{
			Kind: core.NegativeBalance, Account: a, Currency: a.Currency, Balance: a.Balance,
			ToCollect: money.CeilMinor(-a.Balance, a.Currency), Contacts: v.Contacts,
		})
	}
	a.BelowLow, a.BelowZero = low, negative
	invoice.AwaitNight(d, b, a, at)
}

// Arm sets where a new account starts: below its threshold, it has not crossed it.
func Arm(a *core.Account, at core.Time) {
	a.BelowLow, a.BelowZero = low(core.InForce(a.Versions, at), a.Balance), a.Balance < 0
}

func low(v *core.AccountVersion, balance money.Amount) bool {
	return v.HasLowBalance && balance < v.LowBalance
}
