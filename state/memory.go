package state

import (
	"purser/processors/core"
	"purser/processors/money"
)

// Memory is what one task holds of its partition: every cell that changed since the checkpoint, pinned, and a bounded
// number of others. It is the Book that the core decides on. One goroutine uses it.
//
// Cells that are in use are decoded, in maps; Forget encodes those that were not used of late into the arena, where a cell
// takes a quarter of the room, and a look-up brings it back. So a cell's pointer is good until the next Forget.
//
// A key that is known not to exist is among the absent, or gone. A key that is nowhere has to be loaded: looking it up
// remembers it among the missing, until Missing takes them.
type Memory struct {
	orgs      map[string]*core.Org
	plans     map[string]*core.Plan
	accounts  map[string]*core.Account
	rates     map[string]*core.FX
	queues    map[string]*core.Queue
	parked    map[string]*core.Parked
	recharges map[string]*core.Recharge
	payments  map[string]*core.Payments
	removed   map[string]*core.Removed
	burnt     map[string]*core.Burnt
	teams     map[string]*core.Team
	invoices  map[string]*core.Invoice
	campaigns map[string]*core.Campaign
	covered   map[string]*core.Covered
	sends     map[string]*core.Send
	spendings map[string]*core.Spending
	allowed   map[string]*core.Allowance
	customs   map[string]*core.CustomBudget
	shoppers  map[string]*core.Shopper
	orders    map[string]*core.Order

	customers    map[string]*core.Customer
	transactions map[string]*core.Transaction
	settings     map[string]*core.CustomerSettings
	periods      map[string]*core.Periods
	draftDays    map[string]*core.DraftDay

	progress *core.Progress

	fresh    []core.Cell // decoded since the last Forget
	clock    clock       // the other decoded cells, in the order in which Forget looks at them
	recent   uint64      // a cell that comes in and changed so many transactions ago, or fewer, is likely to be used again soon
	arena    *arena      // the encoded ones; a decoded cell may have an outdated record there
	codec    *Codec      // decodes them
	decoder  ParkedDecoder
	unpacked int                 // decoded cells that have no record in the arena
	absent   map[string]struct{} // known not to exist

	before    uint64            // transactions of the partition before this memory's first
	txn       uint64            // the transaction that is being built, counted from 1; so are all others in here
	dirty     []core.Cell       // changed by it, each once
	deleted   []string          // keys deleted by it
	gone      map[string]uint64 // deleted keys and the transaction that deleted them: pinned until a checkpoint has them
	pins      pins              // how many cells changed last in each transaction since the checkpoint
	parkedNow []*core.Parked    // made since NewlyParked was last called
	missing   map[string]struct{}
	scratch   []byte // a key
	value     []byte // an encoded cell
}

const arenaChunk = 1 << chunkBits

// NewMemory returns a memory that holds nothing but a partition's progress. The codec and the decoder of parked events
// are the task's own: memory decodes with them what it has encoded. Where the progress is found only behind the cells,
// memory begins with a nil one, takes the cells by Restored, and then the progress by Resume.
func NewMemory(p *core.Progress, codec *Codec, decoder ParkedDecoder) *Memory {
	return newMemory(p, codec, decoder, newArena(arenaChunk, nil))
}

func newMemory(p *core.Progress, codec *Codec, decoder ParkedDecoder, a *arena) *Memory {
	m := &Memory{
		orgs:      map[string]*core.Org{},
		plans:     map[string]*core.Plan{},
		accounts:  map[string]*core.Account{},
		rates:     map[string]*core.FX{},
		queues:    map[string]*core.Queue{},
		parked:    map[string]*core.Parked{},
		recharges: map[string]*core.Recharge{},
		payments:  map[string]*core.Payments{},
		removed:   map[string]*core.Removed{},
		burnt:     map[string]*core.Burnt{},
		teams:     map[string]*core.Team{},
		invoices:  map[string]*core.Invoice{},
		campaigns: map[string]*core.Campaign{},
		covered:   map[string]*core.Covered{},
		sends:     map[string]*core.Send{},
		spendings: map[string]*core.Spending{},
		allowed:   map[string]*core.Allowance{},
		customs:   map[string]*core.CustomBudget{},
		shoppers:  map[string]*core.Shopper{},
		orders:    map[string]*core.Order{},

		customers: map[string]*core.Customer{}, transactions: map[string]*core.Transaction{}, settings: map[string]*core.CustomerSettings{},
		periods: map[string]*core.Periods{}, draftDays: map[string]*core.DraftDay{},

		arena:   a,
		codec:   codec,
		decoder: decoder,
		absent:  map[string]struct{}{},
		txn:     1,
		gone:    map[string]uint64{},
		pins:    pins{first: 1},
		missing: map[string]struct{}{},
	}
	if p != nil {
		m.Resume(p)
	}
	return m
}

// Resume says where the partition stands: what was restored counts as changed by the transaction after that, and so stays
// pinned until a checkpoint is past it. No transaction may have been committed yet.
func (m *Memory) Resume(p *core.Progress) { m.progress, m.before = p, p.Txn }

// Close gives the memory of encoded cells back at once. The garbage collector would do it too, some time.
func (m *Memory) Close() { m.arena.close() }

func (m *Memory) key(b []byte) []byte { m.scratch = b; return b }

func find[C any](m *Memory, cells map[string]*C, key []byte, head func(*C) *core.Meta) (*C, bool) {
	if c := cells[string(key)]; c != nil {
		head(c).Hot = true
		return c, true
	}
	cold, known := m.cold(key)
	if !known {
		m.missing[string(key)] = struct{}{}
	}
	c, _ := any(cold).(*C)
	return c, known
}

// Org and its sisters look a cell up, as processors.Book says.
func (m *Memory) Org(org string) (*core.Org, bool) {
	return find(m, m.orgs, m.key(core.AppendOrgKey(m.scratch[:0], org)), func(c *core.Org) *core.Meta { return &c.Meta })
}

// Plan looks a plan up.
func (m *Memory) Plan(org, id string) (*core.Plan, bool) {
	return find(m, m.plans, m.key(core.AppendPlanKey(m.scratch[:0], org, id)), func(c *core.Plan) *core.Meta { return &c.Meta })
}

// Account looks a wallet or an agency wallet up.
func (m *Memory) Account(org, id string) (*core.Account, bool) {
	return find(m, m.accounts, m.key(core.AppendAccountKey(m.scratch[:0], org, id)), accountHead)
}

// System looks one of the rest of the world's accounts up.
func (m *Memory) System(org, name string, c money.Currency) (*core.Account, bool) {
	return find(m, m.accounts, m.key(core.AppendSystemKey(m.scratch[:0], org, name, c)), accountHead)
}

func accountHead(c *core.Account) *core.Meta { return &c.Meta }

// FX looks the rates between two currencies up.
func (m *Memory) FX(org string, from, to money.Currency) (*core.FX, bool) {
	return find(m, m.rates, m.key(core.AppendFXKey(m.scratch[:0], org, from, to)), func(c *core.FX) *core.Meta { return &c.Meta })
}

// Queue looks up what waits for an account.
func (m *Memory) Queue(org, account string) (*core.Queue, bool) {
	return find(m, m.queues, m.key(core.AppendQueueKey(m.scratch[:0], org, account)), func(c *core.Queue) *core.Meta { return &c.Meta })
}

// Parked looks one waiting event up.
func (m *Memory) Parked(org, account string, n uint64) (*core.Parked, bool) {
	return find(m, m.parked, m.key(core.AppendParkedKey(m.scratch[:0], org, account, n)), func(c *core.Parked) *core.Meta { return &c.Meta })
}

// Recharge looks one of an account's recharges up.
func (m *Memory) Recharge(org, account string, n uint64) (*core.Recharge, bool) {
	return find(m, m.recharges, m.key(core.AppendRechargeKey(m.scratch[:0], org, account, n)), func(c *core.Recharge) *core.Meta { return &c.Meta })
}

// Payments looks up what came in for an account under one reference.
func (m *Memory) Payments(org, account, reference string) (*core.Payments, bool) {
	return find(m, m.payments, m.key(core.AppendPaymentsKey(m.scratch[:0], org, account, reference)), func(c *core.Payments) *core.Meta { return &c.Meta })
}

// Removed looks a removal of credits up.
func (m *Memory) Removed(org, account, reference string) (*core.Removed, bool) {
	return find(m, m.removed, m.key(core.AppendRemovedKey(m.scratch[:0], org, account, reference)), func(c *core.Removed) *core.Meta { return &c.Meta })
}

// Burnt looks up what a usage event has burned.
func (m *Memory) Burnt(org string, usage core.Identity) (*core.Burnt, bool) {
	return find(m, m.burnt, m.key(core.AppendBurntKey(m.scratch[:0], org, usage)), func(c *core.Burnt) *core.Meta { return &c.Meta })
}

// Team looks a team up.
func (m *Memory) Team(org, id string) (*core.Team, bool) {
	return find(m, m.teams, m.key(core.AppendTeamKey(m.scratch[:0], org, id)), func(c *core.Team) *core.Meta { return &c.Meta })
}

// Invoice looks one of an org's invoices up.
func (m *Memory) Invoice(org string, n uint64) (*core.Invoice, bool) {
	return find(m, m.invoices, m.key(core.AppendInvoiceKey(m.scratch[:0], org, n)), func(c *core.Invoice) *core.Meta { return &c.Meta })
}

// Covered looks up what a recharge covers.
func (m *Memory) Covered(org, account string, recharge uint64) (*core.Covered, bool) {
	return find(m, m.covered, m.key(core.AppendCoveredKey(m.scratch[:0], org, account, recharge)), func(c *core.Covered) *core.Meta { return &c.Meta })
}

// Campaign looks a campaign up.
func (m *Memory) Campaign(org, id string) (*core.Campaign, bool) {
	return find(m, m.campaigns, m.key(core.AppendCampaignKey(m.scratch[:0], org, id)), func(c *core.Campaign) *core.Meta { return &c.Meta })
}

// Send looks a send up.
func (m *Memory) Send(org, id string) (*core.Send, bool) {
	return find(m, m.sends, m.key(core.AppendSendKey(m.scratch[:0], org, id)), func(c *core.Send) *core.Meta { return &c.Meta })
}

// Progress is the partition's own cell.
func (m *Memory) Progress() *core.Progress { return m.progress }

// NewOrg and its sisters make a cell that is known not to exist.
func (m *Memory) NewOrg(org string) *core.Org {
	key := string(core.AppendOrgKey(nil, org))
	c := &core.Org{Meta: core.Meta{Key: key}, ID: key[2:]}
	m.made(c)
	return c
}

// NewPlan makes a plan.
func (m *Memory) NewPlan(org, id string) *core.Plan {
	key := string(core.AppendPlanKey(nil, org, id))
	c := &core.Plan{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewAccount makes a wallet or an agency wallet.
func (m *Memory) NewAccount(org, id string) *core.Account {
	key := string(core.AppendAccountKey(nil, org, id))
	c := &core.Account{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewSystem makes a system account in a currency.
func (m *Memory) NewSystem(org, name string, cur money.Currency) *core.Account {
	key := string(core.AppendSystemKey(nil, org, name, cur))
	c := &core.Account{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org) : 3+len(org)+len(name)], Kind: core.KindSystem, Currency: cur}
	m.made(c)
	return c
}

// NewFX makes the rates between two currencies.
func (m *Memory) NewFX(org string, from, to money.Currency) *core.FX {
	key := string(core.AppendFXKey(nil, org, from, to))
	c := &core.FX{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], From: from, To: to}
	m.made(c)
	return c
}

// NewQueue makes the queue of an account.
func (m *Memory) NewQueue(org, account string) *core.Queue {
	key := string(core.AppendQueueKey(nil, org, account))
	c := &core.Queue{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org):]}
	m.made(c)
	return c
}

// NewParked makes the cell of one waiting event.
func (m *Memory) NewParked(org, account string, n uint64) *core.Parked {
	key := string(core.AppendParkedKey(nil, org, account, n))
	c := &core.Parked{Meta: core.Meta{Key: key}}
	m.parkedNow = append(m.parkedNow, c)
	m.made(c)
	return c
}

// NewRecharge makes one of an account's recharges.
func (m *Memory) NewRecharge(org, account string, n uint64) *core.Recharge {
	key := string(core.AppendRechargeKey(nil, org, account, n))
	c := &core.Recharge{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org) : 3+len(org)+len(account)], Number: n}
	m.made(c)
	return c
}

// NewPayments makes what came in for an account under one reference.
func (m *Memory) NewPayments(org, account, reference string) *core.Payments {
	key := string(core.AppendPaymentsKey(nil, org, account, reference))
	c := &core.Payments{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org) : 3+len(org)+len(account)], Reference: key[4+len(org)+len(account):]}
	m.made(c)
	return c
}

// NewRemoved makes a removal of credits.
func (m *Memory) NewRemoved(org, account, reference string) *core.Removed {
	key := string(core.AppendRemovedKey(nil, org, account, reference))
	c := &core.Removed{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org) : 3+len(org)+len(account)], Reference: key[4+len(org)+len(account):]}
	m.made(c)
	return c
}

// NewBurnt makes the cell of what a usage event has burned.
func (m *Memory) NewBurnt(org string, usage core.Identity) *core.Burnt {
	key := string(core.AppendBurntKey(nil, org, usage))
	if c, _ := m.Cell(key); c != nil {
		m.Delete(c) // of the same identity, from before the duplicate window
	}
	c := &core.Burnt{Meta: core.Meta{Key: key}}
	m.made(c)
	return c
}

// NewTeam makes a team.
func (m *Memory) NewTeam(org, id string) *core.Team {
	key := string(core.AppendTeamKey(nil, org, id))
	c := &core.Team{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewCovered makes the cell of what a recharge covers.
func (m *Memory) NewCovered(org, account string, recharge uint64) *core.Covered {
	key := string(core.AppendCoveredKey(nil, org, account, recharge))
	c := &core.Covered{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org) : 3+len(org)+len(account)], Recharge: recharge}
	m.made(c)
	return c
}

// NewCampaign makes a campaign.
func (m *Memory) NewCampaign(org, id string) *core.Campaign {
	key := string(core.AppendCampaignKey(nil, org, id))
	c := &core.Campaign{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewInvoice makes one of an org's invoices.
func (m *Memory) NewInvoice(org string, n uint64) *core.Invoice {
	key := string(core.AppendInvoiceKey(nil, org, n))
	c := &core.Invoice{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Number: n}
	m.made(c)
	return c
}

// NewSend makes a send.
func (m *Memory) NewSend(org, id string) *core.Send {
	key := string(core.AppendSendKey(nil, org, id))
	c := &core.Send{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.made(c)
	return c
}

// NewlyParked returns the cells that NewParked made since it was last called: whoever parks an event fills them in.
func (m *Memory) NewlyParked() []*core.Parked {
	made := m.parkedNow
	m.parkedNow = nil
	return made
}

func (m *Memory) made(c core.Cell) {
	m.unpacked++
	m.enter(c)
	m.Touch(c)
}

// Touch says that a cell has changed.
func (m *Memory) Touch(c core.Cell) {
	h := c.Head()
	if h.Dirty {
		return
	}
	m.pins.remove(h.Changed)
	m.pins.add(m.txn)
	h.Dirty, h.Changed = true, m.txn
	delete(m.gone, h.Key)
	m.dirty = append(m.dirty, c)
}

// Delete says that a cell is gone.
func (m *Memory) Delete(c core.Cell) {
	h := c.Head()
	h.Dirty = false
	m.remove(h.Key)
	m.gone[h.Key] = m.txn
	m.deleted = append(m.deleted, h.Key)
}

// Cell returns a cell by its key; known is false where it has to be loaded first.
func (m *Memory) Cell(key string) (c core.Cell, known bool) {
	if c := m.decoded(key); c != nil {
		return c, true
	}
	return m.cold(m.keyBytes(key))
}

// Knows is Cell without the cell: nothing is decoded.
func (m *Memory) Knows(key string) bool {
	if m.decoded(key) != nil || m.arena.has(m.keyBytes(key)) {
		return true
	}
	return m.absentOrGone(m.scratch)
}

// Loaded takes a cell that a store answered with, nil where it has none. What memory already knows wins.
func (m *Memory) Loaded(key string, c core.Cell) {
	if m.Knows(key) {
		return
	}
	if c == nil {
		m.absent[key] = struct{}{}
		return
	}
	m.unpacked++
	m.enter(c)
}

// Restored takes a cell as it stands in the tail of the changelog, encoded or deleted: it is pinned, and replaces what was
// read from there before, also where it cannot be read itself. It is decoded when it is first used. The due time that is
// returned is one that the caller has yet to enter: zero where the cell has no work of its own to do, or the same as before.
// No cell may have been looked up yet.
func (m *Memory) Restored(key string, value []byte) (due core.Time, err error) {
	due, err = nextDue(key, value)
	if err != nil || IsDeleted(value) {
		m.remove(key)
		if err == nil {
			m.gone[key] = m.txn
		}
		return 0, err
	}
	// A tail holds many images of some cells: where one fits it lies where the one before did.
	entered, again := m.arena.entered(m.keyBytes(key))
	m.arena.put(record{key: m.keyBytes(key), value: value, changed: m.txn, entered: due})
	if again {
		if entered == due {
			return 0, nil
		}
		return due, nil
	}
	delete(m.gone, key)
	m.pins.add(m.txn)
	return due, nil
}

// Want remembers a key as missing unless it is known.
func (m *Memory) Want(key string) {
	if !m.Knows(key) {
		m.missing[key] = struct{}{}
	}
}

// Missing returns the keys that look-ups have missed since it was last called, in no order.
func (m *Memory) Missing() []string {
	if len(m.missing) == 0 {
		return nil
	}
	keys := make([]string, 0, len(m.missing))
	for k := range m.missing {
		keys = append(keys, k)
	}
	clear(m.missing)
	return keys
}

// Changes returns what the open transaction has changed: cells, and keys that it deleted (a key may be in both; the last
// word is in Cell). The slices are good until Committed.
func (m *Memory) Changes() (cells []core.Cell, deleted []string) { return m.dirty, m.deleted }

// Committed closes the open transaction: its changes stay pinned until Unpin says that a checkpoint has them.
func (m *Memory) Committed() {
	for _, c := range m.dirty {
		c.Head().Dirty = false
	}
	clear(m.dirty)
	m.dirty = m.dirty[:0]
	m.deleted = m.deleted[:0]
	m.txn++
}

// Txn is the number, on its partition, of the transaction that is being built.
func (m *Memory) Txn() uint64 { return m.before + m.txn }

// Pinned is how many cells may not be forgotten because the checkpoint does not have their last change.
func (m *Memory) Pinned() int { return m.pins.total + len(m.gone) }

// Len is how many keys are known, among them those known not to exist.
func (m *Memory) Len() int { return m.arena.len() + m.unpacked + len(m.absent) + len(m.gone) }

// Decoded is how many cells are decoded.
func (m *Memory) Decoded() int {
	return len(m.orgs) + len(m.plans) + len(m.accounts) + len(m.rates) + len(m.queues) + len(m.parked) + len(m.recharges) + len(m.payments) +
		len(m.removed) + len(m.burnt) + len(m.teams) + len(m.invoices) + len(m.campaigns) + len(m.sends) + len(m.covered)
}

// Bytes is the memory that the encoded cells take.
func (m *Memory) Bytes() int { return m.arena.bytes() }

// Unpin says that a checkpoint holds everything up to a transaction. It returns the keys of deleted cells that the
// checkpoint now knows to be gone: their tombstones may be written.
func (m *Memory) Unpin(txn uint64) (tombs []string) {
	if txn <= m.before+m.pins.clean() {
		return nil
	}
	txn -= m.before
	m.pins.release(txn)
	for k, at := range m.gone {
		if at <= txn {
			tombs = append(tombs, k)
			delete(m.gone, k)
			m.absent[k] = struct{}{}
		}
	}
	return tombs
}
