package state

import "purser/processors/core"

// The cells of spending accounts (R7): memory looks them up and makes them as all others.

// Spending looks a spending account up.
func (m *Memory) Spending(org, id string) (*core.Spending, bool) {
	return find(m, m.spendings, m.key(core.AppendSpendingKey(m.scratch[:0], org, id)), func(c *core.Spending) *core.Meta { return &c.Meta })
}

// Allowance looks up what is known of one balance of a spending account.
func (m *Memory) Allowance(org, spending, user string) (*core.Allowance, bool) {
	return find(m, m.allowed, m.key(core.AppendAllowanceKey(m.scratch[:0], org, spending, user)), func(c *core.Allowance) *core.Meta { return &c.Meta })
}

// CustomBudget looks up what a user's balance starts with.
func (m *Memory) CustomBudget(org, spending, user string) (*core.CustomBudget, bool) {
	return find(m, m.customs, m.key(core.AppendCustomBudgetKey(m.scratch[:0], org, spending, user)), func(c *core.CustomBudget) *core.Meta { return &c.Meta })
}

// Shopper looks up a user of spending accounts.
func (m *Memory) Shopper(org, id string) (*core.Shopper, bool) {
	return find(m, m.shoppers, m.key(core.AppendShopperKey(m.scratch[:0], org, id)), func(c *core.Shopper) *core.Meta { return &c.Meta })
}

// Order looks an order up.
func (m *Memory) Order(org, id string) (*core.Order, bool) {
	return find(m, m.orders, m.key(core.AppendOrderKey(m.scratch[:0], org, id)), func(c *core.Order) *core.Meta { return &c.Meta })
}

// NewSpending makes a spending account.
func (m *Memory) NewSpending(org, id string) *core.Spending {
	key := string(core.AppendSpendingKey(nil, org, id))
	c := &core.Spending{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewAllowance makes what is known of one balance.
func (m *Memory) NewAllowance(org, spending, user string) *core.Allowance {
	key := string(core.AppendAllowanceKey(nil, org, spending, user))
	at := 3 + len(org)
	c := &core.Allowance{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Spending: key[at : at+len(spending)], User: key[at+len(spending)+1:]}
	m.made(c)
	return c
}

// NewCustomBudget makes what a user's balance starts with.
func (m *Memory) NewCustomBudget(org, spending, user string) *core.CustomBudget {
	key := string(core.AppendCustomBudgetKey(nil, org, spending, user))
	at := 3 + len(org)
	c := &core.CustomBudget{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Spending: key[at : at+len(spending)], User: key[at+len(spending)+1:]}
	m.made(c)
	return c
}

// NewShopper makes a user.
func (m *Memory) NewShopper(org, id string) *core.Shopper {
	key := string(core.AppendShopperKey(nil, org, id))
	c := &core.Shopper{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewOrder makes an order.
func (m *Memory) NewOrder(org, id string) *core.Order {
	key := string(core.AppendOrderKey(nil, org, id))
	c := &core.Order{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// enterSpending puts a cell of spending accounts among the decoded ones.
func (m *Memory) enterSpending(key string, c core.Cell) {
	switch c := c.(type) {
	case *core.Spending:
		m.spendings[key] = c
	case *core.Allowance:
		m.allowed[key] = c
	case *core.CustomBudget:
		m.customs[key] = c
	case *core.Shopper:
		m.shoppers[key] = c
	case *core.Order:
		m.orders[key] = c
	}
}
