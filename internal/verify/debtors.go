package verify

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Debtors are the largest ones in each currency, the largest first: amounts of different currencies have no order.
type Debtors map[string][]Debtor

// Debtor is a wallet below zero. What an agency owes its providers is not of interest here.
type Debtor struct {
	Org, Account string
	Balance      amount
}

// topDebtors is how many are kept of a currency.
const topDebtors = 5

// Currencies returns the currencies in which anyone owes anything, in the order of their codes.
func (d Debtors) Currencies() []string { return slices.Sorted(maps.Keys(d)) }

// note takes an account in, if it is a debtor and among the largest of its currency.
func (d Debtors) note(currency string, who Debtor) {
	if who.Balance >= 0 {
		return
	}
	top := d[currency]
	i, _ := slices.BinarySearchFunc(top, who, compareDebtors)
	if i < topDebtors {
		top = slices.Insert(top, i, who)
		d[currency] = top[:min(len(top), topDebtors)]
	}
}

func compareDebtors(a, b Debtor) int {
	return cmp.Or(cmp.Compare(a.Balance, b.Balance), strings.Compare(a.Org, b.Org), strings.Compare(a.Account, b.Account))
}

func (d Debtors) merge(o Debtors) {
	for currency, top := range o {
		for _, who := range top {
			d.note(currency, who)
		}
	}
}
