package state

import (
	"encoding/binary"

	"purser/processors/calendar"
	"purser/processors/core"
)

// funds says whether an account holds something of what version 4 has.
func funds(a *core.Account) bool {
	return a.Held != 0 || a.Funding != (core.Funding{}) || len(a.Spells) > 0 || len(a.Budgeted) > 0
}

func appendFunding(dst []byte, a *core.Account) []byte {
	dst = binary.AppendVarint(dst, int64(a.Held))
	dst = binary.AppendVarint(dst, a.Funding.Named)
	dst = binary.AppendVarint(dst, a.Funding.Invoices)
	dst = binary.AppendUvarint(dst, a.Funding.Invoice)
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(a.Funding.Month)), int64(a.Funding.Due))
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(a.Funding.Owed)), int64(a.Funding.Night))
	dst = appendCount(dst, len(a.Spells))
	for i := range a.Spells {
		dst = appendString(binary.AppendVarint(dst, int64(a.Spells[i].From)), a.Spells[i].Team)
	}
	dst = appendCount(dst, len(a.Budgeted))
	for i := range a.Budgeted {
		dst = appendString(binary.AppendVarint(dst, int64(a.Budgeted[i].Until)), a.Budgeted[i].Team)
	}
	return dst
}

func (r *reader) funding(a *core.Account) {
	a.Held = r.amount()
	a.Funding = core.Funding{Named: r.varint(), Invoices: r.varint(), Invoice: r.uvarint(), Month: int32(r.varint()), Due: r.time(), Owed: r.amount(), Night: r.time()}
	a.Spells = list[core.Spell](r.count(2))
	for i := range a.Spells {
		a.Spells[i] = core.Spell{From: r.time(), Team: r.name()}
	}
	a.Budgeted = list[core.Budgeted](r.count(2))
	for i := range a.Budgeted {
		a.Budgeted[i] = core.Budgeted{Until: r.time(), Team: r.name()}
	}
}

func appendTerms(dst []byte, t *core.FundingTerms) []byte {
	if t == nil {
		return appendBool(dst, false)
	}
	dst = appendString(appendString(appendString(appendBool(dst, true), t.Name), t.Method), t.PO)
	dst = appendStrings(dst, t.Payables)
	dst = binary.AppendVarint(dst, int64(t.Days))
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(t.Months)), int64(t.Amount))
	return appendBool(appendBool(dst, t.Default), t.Each)
}

func (r *reader) terms() *core.FundingTerms {
	if !r.bool() {
		return nil
	}
	return &core.FundingTerms{
		Name: r.string(), Method: r.string(), PO: r.string(), Payables: r.strings(), Days: int32(r.varint()),
		Months: int32(r.varint()), Amount: r.amount(), Default: r.bool(), Each: r.bool(),
	}
}

func appendTeam(dst []byte, t *core.Team) []byte {
	dst = appendStrings(dst, t.Members)
	dst = binary.AppendVarint(dst, int64(t.Period))
	dst = appendCount(dst, len(t.Versions))
	for i := range t.Versions {
		v := &t.Versions[i]
		dst = binary.AppendVarint(dst, int64(v.EffectiveFrom))
		dst = appendBudget(appendString(appendString(dst, v.Balances), v.Licences), v.Budget)
	}
	return dst
}

func appendBudget(dst []byte, b *core.Budget) []byte {
	if b == nil {
		return appendBool(dst, false)
	}
	dst = binary.AppendVarint(appendBool(dst, true), int64(b.Amount))
	return appendBool(append(dst, byte(b.Every)), b.Rollover)
}

func (r *reader) budget() *core.Budget {
	if !r.bool() {
		return nil
	}
	return &core.Budget{Amount: r.amount(), Every: calendar.Unit(r.byte()), Rollover: r.bool()}
}

func appendCovered(dst []byte, c *core.Covered) []byte {
	dst = appendCount(binary.AppendVarint(dst, int64(c.Held)), len(c.Shares))
	for i := range c.Shares {
		dst = binary.AppendVarint(appendString(dst, c.Shares[i].Account), int64(c.Shares[i].Amount))
	}
	dst = appendFactor(appendString(dst, c.Send), c.Rate)
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(c.Licence.Price)), int64(c.Licence.Amount))
	return append(dst, c.Licence.Currency[:]...)
}

func (r *reader) covered(meta core.Meta, key keyParts) *core.Covered {
	c := &core.Covered{Meta: meta, Org: key.first, Account: key.second, Recharge: key.number(), Held: r.amount()}
	c.Shares = list[core.Share](r.count(2))
	for i := range c.Shares {
		c.Shares[i] = core.Share{Account: r.string(), Amount: r.amount()}
	}
	c.Send, c.Rate = r.string(), r.factor()
	c.Licence = core.Charged{Price: r.amount(), Amount: r.amount(), Currency: r.currency()}
	return c
}

func (r *reader) team(meta core.Meta, key keyParts) *core.Team {
	t := &core.Team{Meta: meta, Org: key.first, ID: key.second, Members: r.strings(), Period: int32(r.varint())}
	t.Versions = list[core.TeamVersion](r.count(4))
	for i := range t.Versions {
		t.Versions[i] = core.TeamVersion{ID: t.ID, EffectiveFrom: r.time(), Balances: r.name(), Licences: r.name(), Budget: r.budget()}
	}
	return t
}

func appendInvoice(dst []byte, i *core.Invoice) []byte {
	dst = append(dst, byte(i.Kind), i.Currency[0], i.Currency[1], i.Currency[2])
	dst = appendString(dst, i.Account)
	dst = binary.AppendVarint(dst, int64(i.Amount))
	dst = binary.AppendVarint(dst, int64(i.Paid))
	dst = appendBool(dst, i.Voided)
	return binary.AppendVarint(dst, int64(i.Due))
}

func (r *reader) invoice(meta core.Meta, key keyParts) *core.Invoice {
	return &core.Invoice{
		Meta: meta, Org: key.first, Number: key.number(), Kind: core.InvoiceKind(r.byte()), Currency: r.currency(), Account: r.string(),
		Amount: r.amount(), Paid: r.amount(), Voided: r.bool(), Due: int32(r.varint()),
	}
}

func appendStrings(dst []byte, all []string) []byte {
	dst = appendCount(dst, len(all))
	for _, s := range all {
		dst = appendString(dst, s)
	}
	return dst
}

func (r *reader) strings() []string {
	all := list[string](r.count(1))
	for i := range all {
		all[i] = r.string()
	}
	return all
}
