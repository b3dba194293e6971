package core

import "purser/processors/money"

// Defined says whether the account exists: a removed one is a cell without versions.
func (a *Account) Defined() bool { return a != nil && len(a.Versions) > 0 }

// Schedule makes the account due when the first of what it waits for is.
func (a *Account) Schedule() {
	a.NextDue = sooner(sooner(a.Expiry(), a.Monthly.Due), sooner(sooner(a.Funding.Due, a.Funding.Night), a.Dunning.Retry))
}

// sooner returns the earlier of two times; zero is never.
func sooner(a, b Time) Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Expiry is when the first of the account's grants expires: those with an expiry come first.
func (a *Account) Expiry() Time {
	if len(a.Grants) == 0 {
		return 0
	}
	return a.Grants[0].ExpiresAt
}

// Pays says whether an account is a funding source.
func (a *Account) Pays() bool { return a.Defined() && a.Kind == KindFundingSource }

// Available is what an account may spend: its balance without what is held.
func (a *Account) Available() money.Amount {
	left, err := a.Balance.Sub(a.Held)
	if err != nil {
		return -money.Limit
	}
	return left
}

// Hold sets an amount aside for a charge that is not final. The decision has touched the account.
func (a *Account) Hold(amount money.Amount) { a.Held += amount }

// Release gives back what was held. The decision has touched the account.
func (a *Account) Release(amount money.Amount) {
	if a.Held -= amount; a.Held < 0 {
		panic("processors: more is released than is held on " + a.ID)
	}
}

// TeamAt is the team that a wallet's user was in at a time (R5.9); "" for none. Before the first one it was none.
func (a *Account) TeamAt(at Time) string {
	if len(a.Spells) == 0 || at < a.Spells[0].From {
		return ""
	}
	return InForce(a.Spells, at).Team
}

// Team is the team that a wallet's user is in; "" for none.
func (a *Account) Team() string {
	if len(a.Spells) == 0 {
		return ""
	}
	return a.Spells[len(a.Spells)-1].Team
}

// Transferable is how much of an account may be moved: of a wallet, only what was purchased.
func (a *Account) Transferable() money.Amount {
	if a.Kind == KindWallet {
		return min(a.Available(), a.Purchased)
	}
	return a.Available()
}
