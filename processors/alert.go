package processors

import "purser/processors/money"

// judge alerts when the account's balance has crossed its threshold or zero downwards, and arms each alert again when it
// is back at or above (R4.9); and it recharges the account where it is low (R4.1). It looks at the balance after an entry, or
// after a definition that moves a threshold.
//
// It changes the account: only one that the decision has touched is judged. A threshold that comes into force by itself is
// noticed with the next entry.
func (d *Decision) judge(b Book, a *Account, at Time) {
	v := inForce(a.Versions, at)
	d.cross(b, a, v, at)
	d.recharge(b, a, v, at)
}

// judgePosted judges an account where the entry posts to it: usage that costs nothing leaves no balance behind (R4.1).
func (d *Decision) judgePosted(b Book, a *Account, at Time) {
	if a != nil && d.draft.posted(a) {
		d.judge(b, a, at)
	}
}

// cross alerts and awaits the end of the day, as judge does, and recharges nothing.
func (d *Decision) cross(b Book, a *Account, v *AccountVersion, at Time) {
	low, negative := v.low(a.Balance), a.Balance < 0
	if low && !a.BelowLow {
		d.Alerts = append(d.Alerts, Alert{
			Kind: LowBalance, Account: a, Currency: a.Currency, Balance: a.Balance, Threshold: v.LowBalance, Contacts: v.Contacts,
		})
	}
	if negative && !a.BelowZero {
		d.Alerts = append(d.Alerts, Alert{
			Kind: NegativeBalance, Account: a, Currency: a.Currency, Balance: a.Balance,
			ToCollect: money.CeilMinor(-a.Balance, a.Currency), Contacts: v.Contacts,
		})
	}
	a.BelowLow, a.BelowZero = low, negative
	d.awaitNight(b, a, at)
}

// arm sets where a new account starts: below its threshold, it has not crossed it.
func (a *Account) arm(at Time) {
	a.BelowLow, a.BelowZero = inForce(a.Versions, at).low(a.Balance), a.Balance < 0
}

func (v *AccountVersion) low(balance money.Amount) bool {
	return v.HasLowBalance && balance < v.LowBalance
}
