package state

import (
	"encoding/binary"

	"purser/processors/core"
)

func appendPaying(dst []byte, p *core.Paying) []byte {
	if p == nil {
		return appendBool(dst, false)
	}
	dst = appendString(appendString(appendBool(dst, true), p.Plan), p.Term)
	dst = appendCount(dst, len(p.Preferences))
	for i := range p.Preferences {
		q := &p.Preferences[i]
		dst = append(appendString(dst, q.Name), byte(q.Kind))
		dst = appendBool(appendBool(appendBool(dst, q.Default), q.Subscriptions), q.Purchases)
		for _, s := range [...]string{q.Gateway, q.Token, q.Brand, q.Type, q.Bank, q.BankAccount, q.Wallet} {
			dst = appendString(dst, s)
		}
	}
	return dst
}

func (r *reader) paying() *core.Paying {
	if !r.bool() {
		return nil
	}
	p := &core.Paying{Plan: r.name(), Term: r.name()}
	p.Preferences = list[core.Preference](r.count(12))
	for i := range p.Preferences {
		q := &p.Preferences[i]
		q.Name, q.Kind = r.name(), core.PreferenceKind(r.byte())
		q.Default, q.Subscriptions, q.Purchases = r.bool(), r.bool(), r.bool()
		q.Gateway, q.Token, q.Brand, q.Type = r.name(), r.string(), r.name(), r.name()
		q.Bank, q.BankAccount, q.Wallet = r.name(), r.name(), r.string()
	}
	return p
}

func appendPaymentRules(dst []byte, p *core.PaymentRules) []byte {
	if p == nil {
		return appendBool(dst, false)
	}
	dst = append(appendBool(dst, true), byte(p.OptIn))
	for _, list := range [...][]string{p.Gateways, p.Brands, p.CardTypes, p.Banks, p.BankAccounts, p.Plans, p.Terms, p.Classes} {
		dst = appendStrings(dst, list)
	}
	return dst
}

func (r *reader) paymentRules() *core.PaymentRules {
	if !r.bool() {
		return nil
	}
	p := &core.PaymentRules{OptIn: core.OptInRule(r.byte())}
	for _, list := range [...]*[]string{&p.Gateways, &p.Brands, &p.CardTypes, &p.Banks, &p.BankAccounts, &p.Plans, &p.Terms, &p.Classes} {
		*list = r.strings()
	}
	return p
}

func appendCharge(dst []byte, c *core.Charge) []byte {
	if c.ID == "" {
		return appendBool(dst, false)
	}
	dst = binary.AppendUvarint(appendBool(dst, true), c.Recharge)
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(c.Held)), int64(c.At))
	return appendString(appendString(appendBool(dst, c.Drafted), c.Source), c.ID)
}

func (r *reader) charge() core.Charge {
	if !r.bool() {
		return core.Charge{}
	}
	return core.Charge{Recharge: r.uvarint(), Held: r.amount(), At: r.time(), Drafted: r.bool(), Source: r.string(), ID: r.string()}
}
