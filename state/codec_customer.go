package state

import (
	"encoding/binary"

	"purser/processors/core"
	"purser/processors/money"
)

// Kinds of cells of customer accounts. They never change their number.
const (
	kindCustomer byte = 32 + iota
	kindTransaction
	kindSettings
)

// customerCell reads one of them.
func (r *reader) customerCell(kind byte, meta core.Meta, key keyParts) core.Cell {
	switch kind {
	case kindCustomer:
		return r.customer(meta, key)
	case kindTransaction:
		return r.transaction(meta, key)
	case kindPeriods:
		return r.periods(meta, key)
	case kindDraftDay:
		return r.draftDay(meta, key)
	default:
		return r.settings(meta, key)
	}
}

func appendCustomerTerms(dst []byte, t *core.CustomerTerms) []byte {
	if t == nil {
		return appendBool(dst, false)
	}
	dst = appendLimit(binary.AppendVarint(appendBool(dst, true), int64(t.CreditDays)), t.Limit, t.HasLimit)
	dst = appendPaying(appendStrings(appendString(appendString(dst, t.Rating), t.Profile), t.Classes), t.Paying)
	return appendPrices(appendProfile(dst, t), t.Prices)
}

func (r *reader) customerTerms() *core.CustomerTerms {
	if !r.bool() {
		return nil
	}
	t := &core.CustomerTerms{CreditDays: int32(r.varint())}
	t.Limit, t.HasLimit = r.limit()
	t.Rating, t.Profile, t.Classes = r.name(), r.name(), r.names()
	t.Paying = r.paying()
	r.profile(t)
	t.Prices = r.prices()
	return t
}

func appendPrices(dst []byte, all []core.AgreedPrice) []byte {
	dst = appendCount(dst, len(all))
	for i := range all {
		dst = appendFactor(appendString(dst, all[i].Product), all[i].Price)
	}
	return dst
}

func (r *reader) prices() []core.AgreedPrice {
	all := list[core.AgreedPrice](r.count(2))
	for i := range all {
		all[i] = core.AgreedPrice{Product: r.name(), Price: r.factor()}
	}
	return all
}

func appendCustomer(dst []byte, c *core.Customer) []byte {
	dst = binary.AppendVarint(binary.AppendUvarint(dst, c.Posted), c.Drafts)
	dst = appendChain(appendChain(dst, c.Debits), c.Credits)
	dst = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(dst, int64(c.Open)), int64(c.Unallocated)), int64(c.Outstanding))
	dst = appendBool(append(dst, byte(c.Status)), c.OverLimit)
	return appendString(appendString(binary.AppendVarint(dst, int64(c.Earliest)), c.Older), c.Charging)
}

func (r *reader) customer(meta core.Meta, key keyParts) *core.Customer {
	return &core.Customer{
		Meta: meta, Org: key.first, Account: key.second, Posted: r.uvarint(), Drafts: r.varint(), Debits: r.chain(), Credits: r.chain(),
		Open: r.amount(), Unallocated: r.amount(), Outstanding: r.amount(),
		Status: core.CustomerStatus(r.byte()), OverLimit: r.bool(), Earliest: int32(r.varint()), Older: r.string(), Charging: r.string(),
	}
}

func appendChain(dst []byte, c core.Chain) []byte {
	return appendString(appendString(dst, c.First), c.Last)
}

func (r *reader) chain() core.Chain { return core.Chain{First: r.string(), Last: r.string()} }

func appendTransaction(dst []byte, t *core.Transaction) []byte {
	dst = binary.AppendUvarint(append(dst, byte(t.Kind)), t.Number)
	dst = appendBool(appendBool(dst, t.Debit), t.Overdue)
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(t.Amount)), int64(t.Open))
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(t.Date)), int64(t.Due))
	dst = appendString(appendString(appendString(appendString(dst, t.Against), t.For), t.Previous), t.Next)
	dst = appendCharge(appendBool(dst, t.Asked), &t.Charge)
	if t.Number == 0 {
		dst = appendNamed(appendNamed(dst, t.DraftPrevious), t.DraftNext)
	}
	return dst
}

func (r *reader) transaction(meta core.Meta, key keyParts) *core.Transaction {
	t := &core.Transaction{
		Meta: meta, Org: key.first, Account: key.second, Reference: key.third, Kind: core.TransactionKind(r.byte()), Number: r.uvarint(),
		Debit: r.bool(), Overdue: r.bool(), Amount: r.amount(), Open: r.amount(), Date: int32(r.varint()), Due: int32(r.varint()),
		Against: r.string(), For: r.name(), Previous: r.string(), Next: r.string(),
		Asked: r.bool(), Charge: r.charge(),
	}
	if t.Number == 0 {
		t.DraftPrevious, t.DraftNext = r.named(), r.named()
	}
	return t
}

func appendLimit(dst []byte, limit money.Amount, given bool) []byte {
	dst = appendBool(dst, given)
	if given {
		dst = binary.AppendVarint(dst, int64(limit))
	}
	return dst
}

func (r *reader) limit() (limit money.Amount, given bool) {
	if given = r.bool(); given {
		limit = r.amount()
	}
	return limit, given
}

// names is strings that many cells have in common.
func (r *reader) names() []string {
	all := list[string](r.count(1))
	for i := range all {
		all[i] = r.name()
	}
	return all
}

func appendSettings(dst []byte, s *core.CustomerSettings) []byte {
	dst = appendCount(binary.AppendUvarint(dst, s.Numbered), len(s.Versions))
	for i := range s.Versions {
		v := &s.Versions[i]
		dst = appendCount(binary.AppendVarint(dst, int64(v.EffectiveFrom)), len(v.Ratings))
		for j := range v.Ratings {
			k := &v.Ratings[j]
			dst = appendLimit(appendString(dst, k.Name), k.Limit, k.HasLimit)
			dst = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(dst, int64(k.Days)), int64(k.Shortest)), int64(k.Longest))
		}
		dst = appendCount(dst, len(v.Profiles))
		for j := range v.Profiles {
			dst = binary.AppendVarint(appendString(dst, v.Profiles[j].Name), int64(v.Profiles[j].Maximum))
		}
		dst = appendCount(dst, len(v.Overrides))
		for j := range v.Overrides {
			o := &v.Overrides[j]
			dst = appendStrings(appendStrings(appendStrings(appendStrings(dst, o.Events), o.Classes), o.Ratings), o.Profiles)
		}
		dst = appendPaymentRules(dst, v.Payments)
		dst = appendAccountRules(dst, v.Accounts)
	}
	return dst
}

func (r *reader) settings(meta core.Meta, key keyParts) *core.CustomerSettings {
	s := &core.CustomerSettings{Meta: meta, Org: key.first, Numbered: r.uvarint()}
	s.Versions = list[core.CustomerPolicy](r.count(4))
	for i := range s.Versions {
		v := &s.Versions[i]
		v.EffectiveFrom = r.time()
		v.Ratings = list[core.Rating](r.count(5))
		for j := range v.Ratings {
			v.Ratings[j].Name = r.string()
			v.Ratings[j].Limit, v.Ratings[j].HasLimit = r.limit()
			v.Ratings[j].Days, v.Ratings[j].Shortest, v.Ratings[j].Longest = int32(r.varint()), int32(r.varint()), int32(r.varint())
		}
		v.Profiles = list[core.Profile](r.count(2))
		for j := range v.Profiles {
			v.Profiles[j] = core.Profile{Name: r.string(), Maximum: r.amount()}
		}
		v.Overrides = list[core.Override](r.count(4))
		for j := range v.Overrides {
			v.Overrides[j] = core.Override{Events: r.strings(), Classes: r.strings(), Ratings: r.strings(), Profiles: r.strings()}
		}
		v.Payments = r.paymentRules()
		v.Accounts = r.accountRules()
	}
	return s
}

// isCustomerKey says whether a key can be that of a cell of customer accounts.
func isCustomerKey(key string, kind byte, p *keyParts) bool {
	switch kind {
	case kindCustomer:
		return key[0] == 'k' && p.count == 2
	case kindSettings:
		return key[0] == 'z' && p.count == 1
	case kindPeriods:
		return key[0] == 'g' && p.count == 1
	case kindDraftDay:
		return key[0] == 'G' && p.count == 2 && isNumber(p.second)
	default:
		return key[0] == 'f' && p.count == 3
	}
}
