package state

import (
	"encoding/binary"

	"purser/processors/core"
)

func appendSpending(dst []byte, s *core.Spending) []byte {
	dst = binary.AppendVarint(append(dst, s.Currency[:]...), s.Opened)
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, s.Born), s.Changes)
	dst = appendBudgetLine(binary.AppendVarint(dst, int64(s.Since)), &s.All)
	dst = appendString(appendString(dst, s.First), s.Walk)
	dst = appendCount(dst, len(s.Versions))
	for i := range s.Versions {
		v := &s.Versions[i]
		dst = binary.AppendUvarint(appendBool(binary.AppendVarint(dst, int64(v.EffectiveFrom)), v.On), v.Seq)
		same := i > 0 && s.Versions[i-1].Terms == v.Terms // a version that only switches
		if dst = appendBool(dst, same); !same {
			dst = appendSpendingTerms(dst, v.Terms)
		}
	}
	return dst
}

func (r *reader) spending(meta core.Meta, key keyParts) *core.Spending {
	s := &core.Spending{Meta: meta, Org: key.first, ID: key.second, Currency: r.currency(), Opened: r.varint()}
	s.Born, s.Changes, s.Since, s.All = r.uvarint(), r.uvarint(), r.time(), r.budgetLine()
	s.First, s.Walk = r.balanceLink(), r.balanceLink()
	s.Versions = list[core.SpendingVersion](r.count(4))
	for i := range s.Versions {
		v := &s.Versions[i]
		v.EffectiveFrom, v.On, v.Seq = r.time(), r.bool(), r.uvarint()
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

func appendBudgetLine(dst []byte, l *core.BudgetLine) []byte {
	dst = binary.AppendVarint(binary.AppendUvarint(dst, l.Seq), int64(l.At))
	return binary.AppendVarint(dst, int64(l.Amount))
}

func (r *reader) budgetLine() core.BudgetLine {
	return core.BudgetLine{Seq: r.uvarint(), At: r.time(), Amount: r.amount()}
}

// balanceLink reads a link of the chain of balances.
func (r *reader) balanceLink() string {
	link := r.string()
	if link != "" && link[0] != '/' {
		r.fail("a link does not lead to a balance")
	}
	return link
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
	dst = appendCount(dst, len(t.Reloads))
	for i := range t.Reloads {
		l := &t.Reloads[i]
		for _, n := range [...]int64{int64(l.Days), int64(l.Months), int64(l.First), int64(l.Amount)} {
			dst = binary.AppendVarint(dst, n)
		}
		dst = appendBool(dst, l.Set)
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
	t.Reloads = list[core.Reload](r.count(5))
	for i := range t.Reloads {
		l := &t.Reloads[i]
		*l = core.Reload{Days: r.day(), Months: r.day(), First: r.day(), Amount: r.amount(), Set: r.bool()}
		if l.Days < 0 || l.Months < 0 || (l.Days == 0) == (l.Months == 0) {
			r.fail("a reload that does not say how often")
		}
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
	dst = appendString(binary.AppendVarint(dst, int64(a.Dropped)), a.Next)
	dst = binary.AppendUvarint(dst, a.Seen)
	for _, n := range [...]int32{a.Ran, a.Reload, a.Rule} {
		dst = binary.AppendVarint(dst, int64(n))
	}
	return dst
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
	a.Dropped, a.Next, a.Seen = r.time(), r.balanceLink(), r.uvarint()
	if a.Ran, a.Reload, a.Rule = r.day(), r.day(), r.day(); a.Rule < 0 {
		r.fail("a rule is out of range")
	}
	return a
}

func appendCustomBudget(dst []byte, c *core.CustomBudget) []byte {
	return appendBudgetLine(dst, &c.BudgetLine)
}

func (r *reader) customBudget(meta core.Meta, key keyParts) *core.CustomBudget {
	return &core.CustomBudget{Meta: meta, Org: key.first, Spending: key.second, User: key.third, BudgetLine: r.budgetLine()}
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
	case kindCustomBudget:
		return r.customBudget(meta, key)
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
	case kindCustomBudget:
		return key[0] == 'e' && p.count == 3
	case kindShopper:
		return key[0] == 'h' && p.count == 2
	default:
		return key[0] == 'n' && p.count == 2
	}
}
