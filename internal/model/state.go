package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// State is where every account stands, its buckets and its recharges, a line each.
func (m *Model) State() (all []string) {
	for _, o := range m.inOrder() {
		for _, a := range o.accountsInOrder() {
			all = append(all, fmt.Sprintf("%s %s %s %s defined %v, %s, held %s, exhausted %v, in %q", o.id, a.id, a.kind, a.currency, a.defined(), a.parts(), a.held(), a.exhausted, a.team()))
			for _, r := range a.recharges {
				all = append(all, fmt.Sprintf("%s %s", o.id, r))
			}
			if s := m.customer(o, a); s != "" {
				all = append(all, s)
			}
		}
		if o.periods != nil {
			all = append(all, o.id+" "+o.periods.String())
		}
		for _, i := range o.invoices {
			all = append(all, fmt.Sprintf("%s %s", o.id, i))
		}
		for _, s := range o.sends {
			all = append(all, fmt.Sprintf("%s %s", o.id, s))
		}
		all = append(all, o.spent()...)
		for key, balance := range o.world {
			all = append(all, fmt.Sprintf("%s %s %s", o.id, key, balance))
		}
	}
	slices.Sort(all)
	return all
}

// parts are an account's buckets, the grants in the order in which they burn.
func (a *account) parts() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s of which %s purchased", a.balance(), a.purchased)
	for _, p := range a.burns(a.balance().Sub(a.purchased)) {
		fmt.Fprintf(&s, ", %s of %s until %q", p.amount, p.grant.id, stamp(p.grant.expires))
	}
	return s.String()
}

func (r *recharge) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s open %v retry %q:", r.id, r.purpose, r.open, stamp(r.retry))
	for _, each := range r.attempts {
		fmt.Fprintf(&s, " %s %q", each.amount, each.result)
	}
	return s.String()
}

func (s *send) String() string {
	all := fmt.Sprintf("send %s %s, %d wait, paid by", s.id, s.state, len(s.waiting))
	for _, p := range s.payers {
		all += " " + p.String()
	}
	if s.part.balance != "" {
		all += fmt.Sprintf(", part %s %s", s.part.balance, s.part.amount)
	}
	return all
}

// Attempts are the ids of all attempts of an org, in the order in which they went out of each account.
func (m *Model) Attempts(org string) (all []string) {
	for _, a := range m.org(org).accountsInOrder() {
		for _, r := range a.recharges {
			for _, each := range r.attempts {
				all = append(all, each.id)
			}
		}
	}
	return all
}

// Balance is an account's, with its currency; "0" where there is none.
func (m *Model) Balance(org, account string) (balance, currency string) {
	a := m.org(org).accounts[account]
	if a == nil {
		return "0", ""
	}
	return a.balance().String(), a.currency
}

// Sends are the ids of an org's sends.
func (m *Model) Sends(org string) []string { return slices.Sorted(maps.Keys(m.org(org).sends)) }

// Going are those of them that are pending, or accepted.
func (m *Model) Going(org string) (pending, accepted []string) {
	for _, s := range m.org(org).sendsInOrder() {
		switch {
		case s.pending():
			pending = append(pending, s.id)
		case s.state == "accepted":
			accepted = append(accepted, s.id)
		}
	}
	return pending, accepted
}

// Unresolved are the attempts of an org that have no result.
func (m *Model) Unresolved(org string) (all []string) {
	for _, a := range m.org(org).accountsInOrder() {
		for _, r := range a.recharges {
			for _, each := range r.attempts {
				if each.result == "" {
					all = append(all, each.id)
				}
			}
		}
	}
	return all
}

// Open are the numbers of an org's invoices, and what is open of each.
func (m *Model) Open(org string) (all []string) {
	for _, i := range m.org(org).invoices {
		all = append(all, i.open().String())
	}
	return all
}

// Available is what an account has without what is held.
func (m *Model) Available(org, account string) string {
	a := m.org(org).accounts[account]
	if a == nil {
		return "0"
	}
	return a.available().String()
}

// Usage is the ids of an org's usage that can be reversed.
func (m *Model) Usage(org string) (all []string) {
	for _, key := range slices.Sorted(maps.Keys(m.org(org).used)) {
		_, id, _ := strings.Cut(key, "|")
		all = append(all, id)
	}
	return all
}

// Billed is the account that an invoice went to.
func (m *Model) Billed(org string, number int) string { return m.org(org).invoices[number-1].account }
