package state

import (
	"fmt"

	"purser/processors"
	"purser/processors/money"
)

// Memory is what one task holds of its partition: every cell that changed since the checkpoint, pinned, and a bounded
// number of others. It is the Book that the core decides on. One goroutine uses it.
//
// A key that maps to nil is known not to exist. A key that is not there at all has to be loaded: looking it up remembers
// it among the missing, until Missing takes them.
type Memory struct {
	orgs     map[string]*processors.Org
	plans    map[string]*processors.Plan
	accounts map[string]*processors.Account
	rates    map[string]*processors.FX
	queues   map[string]*processors.Queue
	parked   map[string]*processors.Parked
	progress *processors.Progress

	txn       uint64               // number of the transaction that is being built
	dirty     []processors.Cell    // changed by it, each once
	deleted   []string             // keys deleted by it
	gone      map[string]uint64    // deleted keys and the transaction that deleted them: pinned until a checkpoint has them
	pins      []processors.Cell    // cells that changed since the checkpoint, each once, by when it first did
	clean     uint64               // transactions up to here are in the checkpoint
	parkedNow []*processors.Parked // made since NewlyParked was last called
	missing   map[string]struct{}
	scratch   []byte
}

// NewMemory returns a memory that holds nothing but a partition's progress.
func NewMemory(p *processors.Progress) *Memory {
	return &Memory{
		orgs:     map[string]*processors.Org{},
		plans:    map[string]*processors.Plan{},
		accounts: map[string]*processors.Account{},
		rates:    map[string]*processors.FX{},
		queues:   map[string]*processors.Queue{},
		parked:   map[string]*processors.Parked{},
		progress: p,
		txn:      p.Txn + 1,
		gone:     map[string]uint64{},
		missing:  map[string]struct{}{},
	}
}

func (m *Memory) key(b []byte) []byte { m.scratch = b; return b }

func find[C any](m *Memory, cells map[string]*C, key []byte, head func(*C) *processors.Meta) (*C, bool) {
	c, ok := cells[string(key)]
	if !ok {
		m.missing[string(key)] = struct{}{}
		return nil, false
	}
	if c != nil {
		head(c).Hot = true
	}
	return c, true
}

// Org and its sisters look a cell up, as processors.Book says.
func (m *Memory) Org(org string) (*processors.Org, bool) {
	return find(m, m.orgs, m.key(processors.AppendOrgKey(m.scratch[:0], org)), func(c *processors.Org) *processors.Meta { return &c.Meta })
}

// Plan looks a plan up.
func (m *Memory) Plan(org, id string) (*processors.Plan, bool) {
	return find(m, m.plans, m.key(processors.AppendPlanKey(m.scratch[:0], org, id)), func(c *processors.Plan) *processors.Meta { return &c.Meta })
}

// Account looks a wallet or an agency wallet up.
func (m *Memory) Account(org, id string) (*processors.Account, bool) {
	return find(m, m.accounts, m.key(processors.AppendAccountKey(m.scratch[:0], org, id)), accountHead)
}

// System looks one of the rest of the world's accounts up.
func (m *Memory) System(org, name string, c money.Currency) (*processors.Account, bool) {
	return find(m, m.accounts, m.key(processors.AppendSystemKey(m.scratch[:0], org, name, c)), accountHead)
}

func accountHead(c *processors.Account) *processors.Meta { return &c.Meta }

// FX looks the rates between two currencies up.
func (m *Memory) FX(org string, from, to money.Currency) (*processors.FX, bool) {
	return find(m, m.rates, m.key(processors.AppendFXKey(m.scratch[:0], org, from, to)), func(c *processors.FX) *processors.Meta { return &c.Meta })
}

// Queue looks up what waits for an account.
func (m *Memory) Queue(org, account string) (*processors.Queue, bool) {
	return find(m, m.queues, m.key(processors.AppendQueueKey(m.scratch[:0], org, account)), func(c *processors.Queue) *processors.Meta { return &c.Meta })
}

// Parked looks one waiting event up.
func (m *Memory) Parked(org, account string, n uint64) (*processors.Parked, bool) {
	return find(m, m.parked, m.key(processors.AppendParkedKey(m.scratch[:0], org, account, n)), func(c *processors.Parked) *processors.Meta { return &c.Meta })
}

// Progress is the partition's own cell.
func (m *Memory) Progress() *processors.Progress { return m.progress }

// NewOrg and its sisters make a cell that is known not to exist.
func (m *Memory) NewOrg(org string) *processors.Org {
	key := string(processors.AppendOrgKey(nil, org))
	c := &processors.Org{Meta: processors.Meta{Key: key}, ID: own(key, org)}
	m.orgs[key] = c
	m.Touch(c)
	return c
}

// NewPlan makes a plan.
func (m *Memory) NewPlan(org, id string) *processors.Plan {
	key := string(processors.AppendPlanKey(nil, org, id))
	c := &processors.Plan{Meta: processors.Meta{Key: key}, Org: own(key, org), ID: own(key, id)}
	m.plans[key] = c
	m.Touch(c)
	return c
}

// NewAccount makes a wallet or an agency wallet.
func (m *Memory) NewAccount(org, id string) *processors.Account {
	key := string(processors.AppendAccountKey(nil, org, id))
	c := &processors.Account{Meta: processors.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org):]}
	m.accounts[key] = c
	m.Touch(c)
	return c
}

// NewSystem makes a system account in a currency.
func (m *Memory) NewSystem(org, name string, cur money.Currency) *processors.Account {
	key := string(processors.AppendSystemKey(nil, org, name, cur))
	c := &processors.Account{Meta: processors.Meta{Key: key}, Org: key[2 : 2+len(org)], ID: key[3+len(org) : 3+len(org)+len(name)], Kind: processors.KindSystem, Currency: cur}
	m.accounts[key] = c
	m.Touch(c)
	return c
}

// NewFX makes the rates between two currencies.
func (m *Memory) NewFX(org string, from, to money.Currency) *processors.FX {
	key := string(processors.AppendFXKey(nil, org, from, to))
	c := &processors.FX{Meta: processors.Meta{Key: key}, Org: own(key, org), From: from, To: to}
	m.rates[key] = c
	m.Touch(c)
	return c
}

// NewQueue makes the queue of an account.
func (m *Memory) NewQueue(org, account string) *processors.Queue {
	key := string(processors.AppendQueueKey(nil, org, account))
	c := &processors.Queue{Meta: processors.Meta{Key: key}, Org: key[2 : 2+len(org)], Account: key[3+len(org):]}
	m.queues[key] = c
	m.Touch(c)
	return c
}

// NewParked makes the cell of one waiting event.
func (m *Memory) NewParked(org, account string, n uint64) *processors.Parked {
	key := string(processors.AppendParkedKey(nil, org, account, n))
	c := &processors.Parked{Meta: processors.Meta{Key: key}}
	m.parked[key] = c
	m.parkedNow = append(m.parkedNow, c)
	m.Touch(c)
	return c
}

// NewlyParked returns the cells that NewParked made since it was last called: whoever parks an event fills them in.
func (m *Memory) NewlyParked() []*processors.Parked {
	made := m.parkedNow
	m.parkedNow = nil
	return made
}

// own returns a copy of s that does not keep a record alive.
func own(_, s string) string { return string(append([]byte(nil), s...)) }

// Touch says that a cell has changed.
func (m *Memory) Touch(c processors.Cell) {
	h := c.Head()
	if h.Dirty {
		return
	}
	if h.Changed <= m.clean {
		m.pins = append(m.pins, c)
	}
	h.Dirty, h.Hot, h.Changed = true, true, m.txn
	delete(m.gone, h.Key)
	m.dirty = append(m.dirty, c)
}

// Delete says that a cell is gone.
func (m *Memory) Delete(c processors.Cell) {
	h := c.Head()
	h.Dirty = false
	m.put(h.Key, nil)
	m.gone[h.Key] = m.txn
	m.deleted = append(m.deleted, h.Key)
}

// put stores a cell, or with nil that there is none.
func (m *Memory) put(key string, c processors.Cell) {
	if key == "" {
		return
	}
	switch key[0] {
	case 'o':
		m.orgs[key], _ = c.(*processors.Org)
	case 'p':
		m.plans[key], _ = c.(*processors.Plan)
	case 'a':
		m.accounts[key], _ = c.(*processors.Account)
	case 'x':
		m.rates[key], _ = c.(*processors.FX)
	case 'q':
		m.queues[key], _ = c.(*processors.Queue)
	case 'w':
		m.parked[key], _ = c.(*processors.Parked)
	default:
		panic(fmt.Sprintf("cell of unknown kind %q", key[0]))
	}
}

// Cell returns a loaded cell by its key; known is false where it has to be loaded first.
func (m *Memory) Cell(key string) (c processors.Cell, known bool) {
	switch key[0] {
	case 'o':
		return typed(m.orgs, key)
	case 'p':
		return typed(m.plans, key)
	case 'a':
		return typed(m.accounts, key)
	case 'x':
		return typed(m.rates, key)
	case 'q':
		return typed(m.queues, key)
	case 'w':
		return typed(m.parked, key)
	}
	panic(fmt.Sprintf("cell of unknown kind %q", key[0]))
}

func typed[C any, P interface {
	*C
	processors.Cell
}](cells map[string]P, key string) (processors.Cell, bool) {
	c, ok := cells[key]
	if c == nil {
		return nil, ok
	}
	return c, true
}

// Loaded takes a cell that a store answered with, nil where it has none. What memory already knows wins.
func (m *Memory) Loaded(key string, c processors.Cell) {
	if _, known := m.Cell(key); !known {
		m.put(key, c)
	}
}

// Restored takes a cell from the tail of the changelog: it is pinned, and replaces what was read from there before.
func (m *Memory) Restored(key string, c processors.Cell) {
	m.put(key, c)
	if c == nil {
		m.gone[key] = m.txn
		return
	}
	delete(m.gone, key)
	c.Head().Changed = m.txn
	m.pins = append(m.pins, c)
}

// Want remembers a key as missing unless it is known.
func (m *Memory) Want(key string) {
	if _, known := m.Cell(key); !known {
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
func (m *Memory) Changes() (cells []processors.Cell, deleted []string) { return m.dirty, m.deleted }

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

// Txn is the number of the transaction that is being built.
func (m *Memory) Txn() uint64 { return m.txn }

// Pinned is how many cells may not be forgotten because the checkpoint does not have their last change.
func (m *Memory) Pinned() int { return len(m.pins) + len(m.gone) }

// Len is how many keys are known, among them those known not to exist.
func (m *Memory) Len() int {
	return len(m.orgs) + len(m.plans) + len(m.accounts) + len(m.rates) + len(m.queues) + len(m.parked)
}

// Unpin says that a checkpoint holds everything up to a transaction. It returns the keys of deleted cells that the
// checkpoint now knows to be gone: their tombstones may be written.
func (m *Memory) Unpin(txn uint64) (tombs []string) {
	if txn <= m.clean {
		return nil
	}
	m.clean = txn
	for k, at := range m.gone {
		if at <= txn {
			tombs = append(tombs, k)
			delete(m.gone, k)
		}
	}
	kept := m.pins[:0]
	for _, c := range m.pins {
		if c.Head().Changed > txn {
			kept = append(kept, c)
		}
	}
	clear(m.pins[len(kept):])
	m.pins = kept
	return tombs
}

// Forget lets go of keys until at most keep are known, sparing what is pinned and, once, what was used of late.
// It looks at no more than four times as many keys as it has to drop, so that one call is bounded.
func (m *Memory) Forget(keep int) {
	over := m.Len() - keep
	if over <= 0 {
		return
	}
	looks := 4 * over
	forget(m, m.accounts, accountHead, &over, &looks)
	forget(m, m.parked, func(c *processors.Parked) *processors.Meta { return &c.Meta }, &over, &looks)
	forget(m, m.queues, queueHead, &over, &looks)
	forget(m, m.rates, func(c *processors.FX) *processors.Meta { return &c.Meta }, &over, &looks)
}

// queueHead spares the queues of what is held for the store, which have no account: whoever holds events keeps the queue
// in hand, and a second copy, loaded later, would part from it.
func queueHead(q *processors.Queue) *processors.Meta {
	if q.Account == "" {
		q.Hot = true
	}
	return &q.Meta
}

func forget[C any](m *Memory, cells map[string]*C, head func(*C) *processors.Meta, over, looks *int) {
	for k, c := range cells {
		if *over <= 0 || *looks <= 0 {
			return
		}
		*looks--
		if c == nil {
			if _, pinned := m.gone[k]; pinned {
				continue
			}
		} else {
			h := head(c)
			if h.Dirty || h.Changed > m.clean {
				continue
			}
			if h.Hot {
				h.Hot = false
				continue
			}
		}
		delete(cells, k)
		*over--
	}
}
