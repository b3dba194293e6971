package core

import (
	"slices"

	"purser/processors/money"
)

func partOf(g *Grant, amount money.Amount) Part {
	if g == nil {
		return Part{Amount: amount}
	}
	return Part{Grant: g.ID, GrantedAt: g.GrantedAt, ExpiresAt: g.ExpiresAt, Amount: amount}
}

// WouldBurn is what an amount burns now, part by part (R3.5).
func (a *Account) WouldBurn(amount money.Amount) (parts []Part) {
	for i := 0; i < len(a.Grants) && amount > 0; i++ {
		g := &a.Grants[i]
		part := min(g.Amount, amount)
		amount -= part
		parts = append(parts, partOf(g, part))
	}
	if amount > 0 {
		parts = append(parts, partOf(nil, amount))
	}
	return parts
}

// Grant finds the grant that a part came from; nil: nothing is left of it.
func (a *Account) Grant(p *Part) *Grant {
	for i := range a.Grants {
		if g := &a.Grants[i]; g.ID == p.Grant && g.GrantedAt == p.GrantedAt && g.ExpiresAt == p.ExpiresAt {
			return g
		}
	}
	return nil
}

// GiveGrant puts a part back into the grant that it came from.
func (a *Account) GiveGrant(p *Part) {
	a.AddGrant(Grant{ID: p.Grant, Amount: p.Amount, GrantedAt: p.GrantedAt, ExpiresAt: p.ExpiresAt})
}

// MaxGrants is how many grants a wallet may have at once, so that a cell is bounded (R10.3).
const MaxGrants = 256

// AddGrant puts a grant where it burns: by earliest expiry, then those without one, ties by grant time, then by id (R3.5). One that is
// there is made larger, so that the order is total: the same is given again after the duplicate window, or comes back.
func (a *Account) AddGrant(g Grant) {
	i := len(a.Grants)
	for i > 0 && burnsBefore(&g, &a.Grants[i-1]) {
		i--
	}
	if i > 0 && !burnsBefore(&a.Grants[i-1], &g) {
		if sum, err := a.Grants[i-1].Amount.Add(g.Amount); err == nil {
			a.Grants[i-1].Amount = sum
			return
		}
	}
	a.Grants = slices.Insert(a.Grants, i, g)
	a.Schedule()
}

func burnsBefore(g, h *Grant) bool {
	switch {
	case g.ExpiresAt != h.ExpiresAt:
		return h.ExpiresAt == 0 || g.ExpiresAt != 0 && g.ExpiresAt < h.ExpiresAt
	case g.GrantedAt != h.GrantedAt:
		return g.GrantedAt < h.GrantedAt
	default:
		return g.ID < h.ID
	}
}

// Burn takes an amount out of the grants, the first ones first. There is that much.
func (a *Account) Burn(amount money.Amount) {
	gone := 0
	for amount > 0 {
		g := &a.Grants[gone]
		part := min(g.Amount, amount)
		g.Amount -= part
		amount -= part
		if g.Amount == 0 {
			gone++
		}
	}
	if gone > 0 {
		a.Grants = slices.Delete(a.Grants, 0, gone)
		a.Schedule()
	}
}
