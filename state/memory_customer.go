package state

import "purser/processors/core"

// Customer looks up what a customer account has beside its balance.
func (m *Memory) Customer(org, account string) (*core.Customer, bool) {
	return find(m, m.customers, m.key(core.AppendCustomerKey(m.scratch[:0], org, account)), func(c *core.Customer) *core.Meta { return &c.Meta })
}

// Transaction looks up a customer account's transaction.
func (m *Memory) Transaction(org, account, reference string) (*core.Transaction, bool) {
	return find(m, m.transactions, m.key(core.AppendTransactionKey(m.scratch[:0], org, account, reference)), func(c *core.Transaction) *core.Meta { return &c.Meta })
}

// NewCustomer makes what a customer account has beside its balance.
func (m *Memory) NewCustomer(org, account string) *core.Customer {
	key := string(core.AppendCustomerKey(nil, org, account))
	c := &core.Customer{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org):]}
	m.made(c)
	return c
}

// NewTransaction makes a customer account's transaction.
func (m *Memory) NewTransaction(org, account, reference string) *core.Transaction {
	key := string(core.AppendTransactionKey(nil, org, account, reference))
	c := &core.Transaction{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org) : 3+len(org)+len(account)], Reference: key[4+len(org)+len(account):]}
	m.made(c)
	return c
}

// CustomerSettings looks up what an org says of all its customer accounts.
func (m *Memory) CustomerSettings(org string) (*core.CustomerSettings, bool) {
	return find(m, m.settings, m.key(core.AppendCustomerSettingsKey(m.scratch[:0], org)), func(c *core.CustomerSettings) *core.Meta { return &c.Meta })
}

// NewCustomerSettings makes an org's customer settings.
func (m *Memory) NewCustomerSettings(org string) *core.CustomerSettings {
	key := string(core.AppendCustomerSettingsKey(nil, org))
	c := &core.CustomerSettings{Meta: core.Meta{Key: key}, Org: key[2:]}
	m.made(c)
	return c
}
