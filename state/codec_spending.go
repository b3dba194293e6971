package state

import (
	"encoding/binary"

	"purser/processors/core"
)

func appendSpending(dst []byte, s *core.Spending) []byte {
	dst = binary.AppendVarint(append(dst, s.Currency[:]...), s.Opened)
	dst = appendCount(dst, len(s.Versions))
	for i := range s.Versions {
		v := &s.Versions[i]
		dst = appendBool(binary.AppendVarint(dst, int64(v.EffectiveFrom)), v.On)
		same := i > 0 && s.Versions[i-1].Terms == v.Terms // a version that only switches
		if dst = appendBool(dst, same); !same {
			dst = appendSpendingTerms(dst, v.Terms)
		}
	}
	return dst
}

func (r *reader) spending(meta core.Meta, key keyParts) *core.Spending {
	s := &core.Spending{Meta: meta, Org: key.first, ID: key.second, Currency: r.currency(), Opened: r.varint()}
	s.Versions = list[core.SpendingVersion](r.count(3))
	for i := range s.Versions {
		v := &s.Versions[i]
		v.EffectiveFrom, v.On = r.time(), r.bool()
		switch same := r.bool(); {
		case !same:
			v.Terms = r.spendingTerms(key.second)
		case i == 0:
			r.fail("its first version is like the one before it")
		default:
			v.Terms = s.Versions[i-1].Terms
		}
	}
	return s
}

func appendSpendingTerms(dst []byte, t *core.SpendingTerms) []byte {
	dst = append(dst, t.Currency[:]...)
	for _, text := range [...]string{t.Labels.Name, t.Labels.Description, t.Labels.Tooltip, t.Labels.CostCentre} {
		dst = appendString(dst, text)
	}
	dst = appendBool(dst, t.Shared)
	for _, n := range [...]int64{int64(t.Start), int64(t.End), int64(t.Budget)} {
		dst = binary.AppendVarint(dst, n)
	}
	for _, names := range [...][]string{t.Catalogs, t.Groups, t.Users} {
		dst = appendNames(dst, names)
	}
	dst = appendNames(appendBool(dst, t.Items.Include), t.Items.Names)
	dst = appendNames(appendBool(dst, t.Shelves.Include), t.Shelves.Names)
	dst = appendCount(dst, len(t.Limits))
	for i := range t.Limits {
		l := &t.Limits[i]
		dst = binary.AppendVarint(append(dst, byte(l.Kind)), int64(l.Amount))
		dst = binary.AppendUvarint(appendFactor(dst, l.Percent), uint64(l.Days))
	}
	return dst
}

func (r *reader) spendingTerms(id string) *core.SpendingTerms {
	t := &core.SpendingTerms{ID: id, Currency: r.currency()}
	t.Labels = core.SpendingLabels{Name: r.string(), Description: r.string(), Tooltip: r.string(), CostCentre: r.string()}
	t.Shared = r.bool()
	t.Start, t.End, t.Budget = r.day(), r.day(), r.amount()
	t.Catalogs, t.Groups, t.Users = r.manyNames(), r.manyNames(), r.manyNames()
	t.Items = core.Listed{Include: r.bool(), Names: r.manyNames()}
	t.Shelves = core.Listed{Include: r.bool(), Names: r.manyNames()}
	t.Limits = list[core.Limit](r.count(5))
	for i := range t.Limits {
		t.Limits[i] = core.Limit{Kind: core.LimitKind(r.byte()), Amount: r.amount(), Percent: r.factor(), Days: int32(r.whole())}
	}
	return t
}

func appendNames(dst []byte, names []string) []byte {
	dst = appendCount(dst, len(names))
	for _, name := range names {
		dst = appendString(dst, name)
	}
	return dst
}

func (r *reader) manyNames() []string {
	names := list[string](r.count(1))
	for i := range names {
		names[i] = r.name()
	}
	return names
}

// day reads a civil day.
func (r *reader) day() int32 {
	n := r.varint()
	if n != int64(int32(n)) {
		r.fail("a day is out of range")
	}
	return int32(n)
}

func appendAllowance(dst []byte, a *core.Allowance) []byte {
	dst = binary.AppendUvarint(binary.AppendVarint(dst, int64(a.Budget)), a.Sets)
	dst = appendCount(dst, len(a.Periods))
	for i := range a.Periods {
		p := &a.Periods[i]
		dst = binary.AppendVarint(binary.AppendVarint(append(dst, byte(p.Kind)), int64(p.Period)), int64(p.Used))
	}
	dst = appendCount(dst, len(a.Recent))
	for i := range a.Recent {
		dst = binary.AppendVarint(binary.AppendVarint(dst, int64(a.Recent[i].At)), int64(a.Recent[i].Used))
	}
	return binary.AppendVarint(dst, int64(a.Dropped))
}

func (r *reader) allowance(meta core.Meta, key keyParts) *core.Allowance {
	a := &core.Allowance{Meta: meta, Org: key.first, Spending: key.second, User: key.third, Budget: r.amount(), Sets: r.uvarint()}
	a.Periods = list[core.PeriodUse](r.count(3))
	for i := range a.Periods {
		a.Periods[i] = core.PeriodUse{Kind: core.LimitKind(r.byte()), Period: r.day(), Used: r.amount()}
	}
	a.Recent = list[core.RecentUse](r.count(2))
	for i := range a.Recent {
		a.Recent[i] = core.RecentUse{At: r.time(), Used: r.amount()}
	}
	a.Dropped = r.time()
	return a
}

func appendShopper(dst []byte, s *core.Shopper) []byte {
	dst = appendCount(dst, len(s.Versions))
	for i := range s.Versions {
		v := &s.Versions[i]
		dst = appendNames(appendNames(binary.AppendVarint(dst, int64(v.EffectiveFrom)), v.Groups), v.Catalogs)
	}
	return dst
}

func (r *reader) shopper(meta core.Meta, key keyParts) *core.Shopper {
	s := &core.Shopper{Meta: meta, Org: key.first, ID: key.second}
	s.Versions = list[core.ShopperVersion](r.count(3))
	for i := range s.Versions {
		s.Versions[i] = core.ShopperVersion{ID: s.ID, EffectiveFrom: r.time(), Groups: r.manyNames(), Catalogs: r.manyNames()}
	}
	return s
}

func appendOrder(dst []byte, o *core.Order) []byte {
	dst = append(dst, byte(o.State))
	for _, text := range [...]string{o.Source, o.Event, o.Spending, o.User, o.Account, o.CostCentre} {
		dst = appendString(dst, text)
	}
	for _, n := range [...]int64{int64(o.OccurredAt), int64(o.Cost), int64(o.Applied)} {
		dst = binary.AppendVarint(dst, n)
	}
	dst = append(append(dst, o.Currency[:]...), o.Noted)
	dst = appendCount(binary.AppendUvarint(dst, o.Sets), len(o.Other))
	for i := range o.Other {
		dst = appendPayer(dst, &o.Other[i])
	}
	return dst
}

func (r *reader) order(meta core.Meta, key keyParts) *core.Order {
	o := &core.Order{Meta: meta, Org: key.first, ID: key.second, State: core.OrderState(r.byte())}
	o.Source, o.Event, o.Spending, o.User, o.Account, o.CostCentre = r.name(), r.string(), r.name(), r.name(), r.string(), r.name()
	o.OccurredAt, o.Cost, o.Applied, o.Currency = r.time(), r.amount(), r.amount(), r.currency()
	o.Noted, o.Sets = r.byte(), r.uvarint()
	o.Other = list[core.Payer](r.count(6))
	for i := range o.Other {
		o.Other[i] = r.payer()
	}
	return o
}

// ofSpending reads the cells of spending accounts.
func (r *reader) ofSpending(kind byte, meta core.Meta, key keyParts) core.Cell {
	switch kind {
	case kindSpending:
		return r.spending(meta, key)
	case kindAllowance:
		return r.allowance(meta, key)
	case kindShopper:
		return r.shopper(meta, key)
	case kindOrder:
		return r.order(meta, key)
	}
	panic("state: a kind of cell that has a key and no form") // splitKey knows all kinds
}

// isSpendingKey says whether a key can be that of a cell of spending accounts.
func isSpendingKey(key string, kind byte, p *keyParts) bool {
	switch kind {
	case kindSpending:
		return key[0] == 'b' && p.count == 2
	case kindAllowance:
		return key[0] == 'l' && p.count == 3
	case kindShopper:
		return key[0] == 'h' && p.count == 2
	default:
		return key[0] == 'n' && p.count == 2
	}
}
