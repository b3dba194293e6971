package state

import (
	"encoding/binary"

	"purser/processors/core"
)

// appendProfile appends what a customer account says of its owner, and its number.
func appendProfile(dst []byte, t *core.CustomerTerms) []byte {
	dst = appendString(binary.AppendUvarint(dst, t.Number), t.Generated)
	p := t.Particulars
	if p == nil {
		return appendBool(dst, false)
	}
	dst = appendString(appendString(appendString(appendBool(dst, true), p.Name), p.Contact), p.Address)
	dst = appendCount(appendBool(dst, p.Rewarded), len(p.Recipients))
	for i := range p.Recipients {
		dst = appendString(append(dst, byte(p.Recipients[i].Medium)), p.Recipients[i].To)
	}
	return dst
}

func (r *reader) profile(t *core.CustomerTerms) {
	t.Number, t.Generated = r.uvarint(), r.string()
	if !r.bool() {
		return
	}
	p := &core.Particulars{Name: r.string(), Contact: r.string(), Address: r.string(), Rewarded: r.bool()}
	p.Recipients = list[core.Recipient](r.count(2))
	for i := range p.Recipients {
		p.Recipients[i] = core.Recipient{Medium: core.Medium(r.byte()), To: r.string()}
	}
	t.Particulars = p
}

func appendAccountRules(dst []byte, a *core.AccountRules) []byte {
	if a == nil {
		return appendBool(dst, false)
	}
	dst = append(appendBool(dst, true), byte(a.Naming), byte(a.Address))
	dst = appendBool(appendBool(appendBool(appendBool(dst, a.Standalone), a.Parent), a.Member), a.Rewarded)
	return appendStrings(appendStrings(appendStrings(dst, a.Classes), a.Plans), a.Terms)
}

func (r *reader) accountRules() *core.AccountRules {
	if !r.bool() {
		return nil
	}
	return &core.AccountRules{
		Naming: core.Naming(r.byte()), Address: core.AddressRule(r.byte()),
		Standalone: r.bool(), Parent: r.bool(), Member: r.bool(), Rewarded: r.bool(),
		Classes: r.strings(), Plans: r.strings(), Terms: r.strings(),
	}
}
