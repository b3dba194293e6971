package state

import (
	"fmt"
	"runtime"

	"purser/processors/core"
)

// clock is a queue of the decoded cells. Forget looks at its head; what was used since goes to its end once more.
type clock struct {
	cells []core.Cell
	head  int
}

func (q *clock) len() int { return len(q.cells) - q.head }

func (q *clock) push(c core.Cell) { q.cells = append(q.cells, c) }

func (q *clock) pop() core.Cell {
	c := q.cells[q.head]
	q.cells[q.head] = nil
	if q.head++; 2*q.head > len(q.cells) {
		n := copy(q.cells, q.cells[q.head:])
		clear(q.cells[n:])
		q.cells, q.head = q.cells[:n], 0
	}
	return c
}

func (m *Memory) keyBytes(key string) []byte {
	m.scratch = append(m.scratch[:0], key...)
	return m.scratch
}

// decoded returns a decoded cell by its key, or nil.
func (m *Memory) decoded(key string) core.Cell {
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
	case 'r':
		return typed(m.recharges, key)
	case 'y':
		return typed(m.payments, key)
	case 'd':
		return typed(m.removed, key)
	case 'u':
		return typed(m.burnt, key)
	case 't':
		return typed(m.teams, key)
	case 'i':
		return typed(m.invoices, key)
	case 'c':
		return typed(m.campaigns, key)
	case 'v':
		return typed(m.covered, key)
	case 's':
		return typed(m.sends, key)
	case 'b':
		return typed(m.spendings, key)
	case 'l':
		return typed(m.allowed, key)
	case 'e':
		return typed(m.customs, key)
	case 'h':
		return typed(m.shoppers, key)
	case 'n':
		return typed(m.orders, key)
	}
	return m.decodedOfCustomers(key)
}

func (m *Memory) decodedOfCustomers(key string) core.Cell {
	switch key[0] {
	case 'k':
		return typed(m.customers, key)
	case 'f':
		return typed(m.transactions, key)
	case 'z':
		return typed(m.settings, key)
	case 'g':
		return typed(m.periods, key)
	case 'G':
		return typed(m.draftDays, key)
	}
	panic(fmt.Sprintf("cell of unknown kind %q", key[0]))
}

func typed[C any, P interface {
	*C
	core.Cell
}](cells map[string]P, key string) core.Cell {
	if c := cells[key]; c != nil {
		return c
	}
	return nil
}

// enter puts a cell among the decoded ones.
func (m *Memory) enter(c core.Cell) {
	key := c.Head().Key
	switch c := c.(type) {
	case *core.Org:
		m.orgs[key] = c
	case *core.Plan:
		m.plans[key] = c
	case *core.Account:
		m.accounts[key] = c
	case *core.FX:
		m.rates[key] = c
	case *core.Queue:
		m.queues[key] = c
	case *core.Parked:
		m.parked[key] = c
	case *core.Recharge:
		m.recharges[key] = c
	case *core.Payments:
		m.payments[key] = c
	case *core.Removed:
		m.removed[key] = c
	case *core.Burnt:
		m.burnt[key] = c
	case *core.Team:
		m.teams[key] = c
	case *core.Invoice:
		m.invoices[key] = c
	case *core.Campaign:
		m.campaigns[key] = c
	case *core.Covered:
		m.covered[key] = c
	case *core.Send:
		m.sends[key] = c
	case *core.Spending, *core.Allowance, *core.CustomBudget, *core.Shopper, *core.Order:
		m.enterSpending(key, c)
	case *core.Customer:
		m.customers[key] = c
	case *core.Transaction:
		m.transactions[key] = c
	case *core.CustomerSettings:
		m.settings[key] = c
	case *core.Periods:
		m.periods[key] = c
	case *core.DraftDay:
		m.draftDays[key] = c
	default:
		panic(fmt.Sprintf("cell of unknown type %T", c))
	}
	m.fresh = append(m.fresh, c)
	if len(m.absent) > 0 {
		delete(m.absent, key)
	}
}

// leave takes a cell from among the decoded ones; the clock finds out when it comes to it.
func (m *Memory) leave(c core.Cell) {
	key := c.Head().Key
	switch c.(type) {
	case *core.Org:
		delete(m.orgs, key)
	case *core.Plan:
		delete(m.plans, key)
	case *core.Account:
		delete(m.accounts, key)
	case *core.FX:
		delete(m.rates, key)
	case *core.Queue:
		delete(m.queues, key)
	case *core.Parked:
		delete(m.parked, key)
	case *core.Recharge:
		delete(m.recharges, key)
	case *core.Payments:
		delete(m.payments, key)
	case *core.Removed:
		delete(m.removed, key)
	case *core.Burnt:
		delete(m.burnt, key)
	case *core.Team:
		delete(m.teams, key)
	case *core.Invoice:
		delete(m.invoices, key)
	case *core.Campaign:
		delete(m.campaigns, key)
	case *core.Covered:
		delete(m.covered, key)
	case *core.Send:
		delete(m.sends, key)
	case *core.Spending:
		delete(m.spendings, key)
	case *core.Allowance:
		delete(m.allowed, key)
	case *core.CustomBudget:
		delete(m.customs, key)
	case *core.Shopper:
		delete(m.shoppers, key)
	case *core.Order:
		delete(m.orders, key)
	default:
		m.leaveOfCustomers(c)
	}
}

func (m *Memory) leaveOfCustomers(c core.Cell) {
	key := c.Head().Key
	switch c.(type) {
	case *core.Customer:
		delete(m.customers, key)
	case *core.Transaction:
		delete(m.transactions, key)
	case *core.CustomerSettings:
		delete(m.settings, key)
	case *core.Periods:
		delete(m.periods, key)
	case *core.DraftDay:
		delete(m.draftDays, key)
	}
}

// cold looks a cell up that is not decoded, and decodes it.
func (m *Memory) cold(key []byte) (c core.Cell, known bool) {
	r, ok := m.arena.takeOut(key)
	if !ok {
		return nil, m.absentOrGone(key)
	}
	c, err := m.codec.Decode(string(key), r.value, m.decoder)
	if err != nil {
		panic(fmt.Sprintf("state: a cell in memory: %v", err))
	}
	h := c.Head()
	h.Changed, h.Entered = r.changed, r.entered
	h.Hot = r.changed+m.recent >= m.txn
	runtime.KeepAlive(m) // and with it the arena that r points into
	m.enter(c)
	return c, true
}

func (m *Memory) absentOrGone(key []byte) bool {
	if _, absent := m.absent[string(key)]; absent {
		return true
	}
	_, gone := m.gone[string(key)]
	return gone
}

// remove takes a cell out of memory altogether.
func (m *Memory) remove(key string) {
	c := m.decoded(key)
	changed, packed := m.arena.drop(m.keyBytes(key))
	if c != nil {
		changed = c.Head().Changed // the record's may be outdated
		c.Head().Gone = true
		m.leave(c)
		if !packed {
			m.unpacked--
		}
	}
	m.pins.remove(changed)
}

// nextDue is NextDueOf, for a cell that has to be of the kind that its key says.
func nextDue(key string, value []byte) (core.Time, error) {
	due, err := NextDueOf(value)
	if err == nil && !IsDeleted(value) {
		if _, ok := splitKey(key, value[1]); !ok {
			err = fmt.Errorf("%w: a value of kind %d under this key", ErrCell, value[1])
		}
	}
	return due, err
}

// Forget encodes cells until at most cells of them are decoded, sparing, once, what was used of late, and what the open
// transaction has changed. Then it drops encoded ones until they take at most so many bytes, sparing what is pinned. It
// does a bounded part of the work at a time, which is more than what one batch can add.
//
// What came in since the last call and was used but once goes first: where so many cells are used that none comes back
// soon, they leave again while the processor still has them at hand, and what is used all the time stays.
func (m *Memory) Forget(cells, bytes int) {
	over := m.Decoded() - cells
	m.recent = uint64(cells / max(1, len(m.fresh)))
	for i, c := range m.fresh {
		if over > 0 && !c.Head().Hot && m.pack(c) {
			over--
		} else {
			m.clock.push(c)
		}
		m.fresh[i] = nil
	}
	m.fresh = m.fresh[:0]
	for looks := min(4*over, m.clock.len()); looks > 0 && over > 0; looks-- {
		c := m.clock.pop()
		if h := c.Head(); h.Hot {
			h.Hot = false
			m.clock.push(c)
		} else if m.pack(c) {
			over--
		} else if !h.Gone {
			m.clock.push(c)
		}
	}
	if 2*len(m.absent) > cells {
		clear(m.absent)
	}
	m.arena.compact()
	m.arena.shrink(bytes, m.pins.clean())
	runtime.KeepAlive(m)
}

// pack encodes a cell into the arena, and says whether it did: one that has to stay stays.
func (m *Memory) pack(c core.Cell) bool {
	h := c.Head()
	if h.Gone || h.Dirty || held(c) {
		return false
	}
	m.value = AppendCell(m.value[:0], c)
	if m.arena.put(record{key: m.keyBytes(h.Key), value: m.value, changed: h.Changed, entered: h.Entered}) {
		m.unpacked--
	}
	m.leave(c)
	return true
}

// held says whether a cell is the queue of what an org has waiting for the store: its task keeps it by its pointer.
func held(c core.Cell) bool {
	q, ok := c.(*core.Queue)
	return ok && q.Account == ""
}
