package state

import (
	"encoding/binary"
	"errors"
	"fmt"

	"purser/processors/core"
)

// The binary form of a cell:
//
//	byte    version of the form
//	byte    kind of cell, 0 for "deleted"
//	varint  NextDue, absent from the deleted marker
//	bytes   with their length, from version 2 on: fields that later releases add, which a release that does not know them keeps
//	…       the body, by kind
//
// A release reads a version before any writes it, and no cell is ever written in a lower version than it was read in: so a
// group may hold processes of two releases (docs/upgrade.md). The deleted marker has nothing to add and stays in version 1.
//
// Version 3 has what decides recharges and monthly credits: a cell that holds something of it is always written in version 3, so that a release
// that knows nothing of it stops at the cell instead of passing it over. Version 4 has funding sources, teams and invoices, likewise,
// version 5 spending accounts, version 6 customer accounts and their transactions.
//
// What the cell's key already says (org, ids, currencies of a rate) is not in the body. Whole numbers are varints, zigzag
// where they may be negative; strings and lists carry their length. The form is a function of the cell's content alone, so
// that equal cells have equal bytes and a checker may compare them.
const (
	firstForm    = 1
	extraForm    = 2
	rechargeForm = 3
	fundingForm  = 4
	spendingForm = 5
	customerForm = 6
)

// Kinds of cells on the wire. They never change their number.
const (
	kindDeleted byte = iota
	kindOrg
	kindPlan
	kindAccount
	kindFX
	kindQueue
	kindParked
	kindProgress
	kindRecharge
	kindPayments
	kindRemoved
	kindBurnt
	kindTeam
	kindInvoice
	kindCampaign
	kindSend
	kindCovered
	kindSpending
	kindAllowance
	kindShopper
	kindOrder
)

// kindCustomBudget is one of R7.
const kindCustomBudget byte = 48

// ErrCell says that bytes are not a cell.
var ErrCell = errors.New("not a cell that can be read")

// ErrForm says that a cell was written by a later release, in a version of the form that this one does not read.
var ErrForm = errors.New("written in a version that this release does not read")

// ParkedDecoder decodes the input record of a parked event again. The record outlives the call; ev may point into it.
type ParkedDecoder func(record []byte, ev *core.Event) error

// AppendDeleted appends the deleted marker: the value of a cell that is gone. A tombstone follows only after a checkpoint
// has seen the marker, or a checkpoint that lags past the compaction delay would bring the cell back.
func AppendDeleted(dst []byte) []byte { return append(dst, firstForm, kindDeleted) }

// IsDeleted says whether value is the deleted marker or a tombstone.
func IsDeleted(value []byte) bool {
	return value == nil || len(value) == 2 && value[0] == firstForm && value[1] == kindDeleted
}

// NextDueOf returns the NextDue of an encoded cell; zero for one that is deleted.
func NextDueOf(value []byte) (core.Time, error) {
	if IsDeleted(value) {
		return 0, nil
	}
	if len(value) < 3 || value[0] < firstForm {
		return 0, ErrCell
	}
	if value[0] > NewestForm {
		return 0, fmt.Errorf("%w: it is version %d, and this release reads up to %d. Start this process with the release that the others have",
			ErrForm, value[0], NewestForm)
	}
	due, n := binary.Varint(value[2:])
	if n <= 0 {
		return 0, ErrCell
	}
	return core.Time(due), nil
}

// AppendCell appends the binary form of c. A cell of an unknown type is a mistake in the program and panics.
func AppendCell(dst []byte, c core.Cell) []byte {
	switch c := c.(type) {
	case *core.Account:
		form := raise(&c.Meta, accountForm(c))
		return appendAccount(appendHeadIn(dst, form, kindAccount, &c.Meta), c, form)
	case *core.Progress:
		return appendProgress(appendHead(dst, kindProgress, &c.Meta), c)
	case *core.Org:
		form := raise(&c.Meta, orgForm(c))
		return appendOrg(appendHeadIn(dst, form, kindOrg, &c.Meta), c, form)
	case *core.Plan:
		form := raise(&c.Meta, planForm(c))
		return appendPlan(appendHeadIn(dst, form, kindPlan, &c.Meta), c, form)
	case *core.FX:
		return appendFX(appendHead(dst, kindFX, &c.Meta), c)
	case *core.Queue:
		return appendQueue(appendHead(dst, kindQueue, &c.Meta), c)
	case *core.Parked:
		return appendParked(appendHead(dst, kindParked, &c.Meta), c)
	case *core.Recharge:
		return appendRecharge(appendHeadIn(dst, max(c.Form, rechargeForm), kindRecharge, &c.Meta), c)
	case *core.Team:
		return appendTeam(appendHeadIn(dst, max(c.Form, fundingForm), kindTeam, &c.Meta), c)
	case *core.Invoice:
		return appendInvoice(appendHeadIn(dst, max(c.Form, fundingForm), kindInvoice, &c.Meta), c)
	case *core.Covered:
		return appendCovered(appendHeadIn(dst, max(c.Form, fundingForm), kindCovered, &c.Meta), c)
	case *core.Campaign:
		return appendCampaign(appendHeadIn(dst, max(c.Form, fundingForm), kindCampaign, &c.Meta), c)
	case *core.Send:
		form := raise(&c.Meta, sendForm(c))
		return appendSend(appendHeadIn(dst, form, kindSend, &c.Meta), c, form)
	}
	return appendReferenced(dst, c)
}

// raise returns the version that a cell is written in, and has the cell stay in it: what is written must not depend on whether another
// process has read the cell in between, or this one has encoded it to save memory.
func raise(m *core.Meta, needed byte) byte {
	if needed > firstForm {
		m.Form = max(m.Form, needed)
	}
	return max(m.Form, needed)
}

// appendReferenced appends the cells that are known by a reference of someone else's.
func appendReferenced(dst []byte, c core.Cell) []byte {
	switch c := c.(type) {
	case *core.Payments:
		dst = appendHeadIn(dst, max(c.Form, rechargeForm), kindPayments, &c.Meta)
		return binary.AppendVarint(binary.AppendVarint(dst, int64(c.Paid)), int64(c.Refunded))
	case *core.Removed:
		dst = appendHeadIn(dst, max(c.Form, rechargeForm), kindRemoved, &c.Meta)
		return binary.AppendVarint(dst, int64(c.Left))
	case *core.Customer:
		return appendCustomer(appendHeadIn(dst, max(c.Form, customerForm), kindCustomer, &c.Meta), c)
	case *core.CustomerSettings:
		return appendSettings(appendHeadIn(dst, max(c.Form, customerForm), kindSettings, &c.Meta), c)
	case *core.Transaction:
		return appendTransaction(appendHeadIn(dst, max(c.Form, customerForm), kindTransaction, &c.Meta), c)
	case *core.Periods:
		return appendPeriods(appendHeadIn(dst, max(c.Form, customerForm), kindPeriods, &c.Meta), c)
	case *core.DraftDay:
		return appendDraftDay(appendHeadIn(dst, max(c.Form, customerForm), kindDraftDay, &c.Meta), c)
	case *core.Burnt:
		return appendBurnt(appendHeadIn(dst, max(c.Form, rechargeForm), kindBurnt, &c.Meta), c)
	}
	return appendOfSpending(dst, c)
}

// appendOfSpending appends the cells of spending accounts.
func appendOfSpending(dst []byte, c core.Cell) []byte {
	switch c := c.(type) {
	case *core.Spending:
		return appendSpending(appendHeadIn(dst, max(c.Form, spendingForm), kindSpending, &c.Meta), c)
	case *core.Allowance:
		return appendAllowance(appendHeadIn(dst, max(c.Form, spendingForm), kindAllowance, &c.Meta), c)
	case *core.CustomBudget:
		return appendCustomBudget(appendHeadIn(dst, max(c.Form, spendingForm), kindCustomBudget, &c.Meta), c)
	case *core.Shopper:
		return appendShopper(appendHeadIn(dst, max(c.Form, spendingForm), kindShopper, &c.Meta), c)
	case *core.Order:
		return appendOrder(appendHeadIn(dst, max(c.Form, spendingForm), kindOrder, &c.Meta), c)
	}
	panic(fmt.Sprintf("state: cell of unknown type %T", c))
}

func appendHead(dst []byte, kind byte, m *core.Meta) []byte {
	return appendHeadIn(dst, m.Form, kind, m)
}

// appendHeadIn appends the head of a cell in a version of the form.
func appendHeadIn(dst []byte, form, kind byte, m *core.Meta) []byte {
	dst = binary.AppendVarint(append(dst, max(firstForm, form), kind), int64(m.NextDue))
	if form >= extraForm {
		dst = appendString(dst, m.Extra)
	}
	return dst
}

// DecodeCell is the inverse of AppendCell, with nothing shared between calls. It returns nil and no error for a cell that
// does not exist: a nil value, or the deleted marker. What it returns holds on to key, not to value.
func DecodeCell(key string, value []byte, parked ParkedDecoder) (core.Cell, error) {
	c := Codec{single: true}
	return c.Decode(key, value, parked)
}

// Decode is DecodeCell with c's tables.
func (c *Codec) Decode(key string, value []byte, parked ParkedDecoder) (core.Cell, error) {
	if IsDeleted(value) {
		return nil, nil
	}
	due, err := NextDueOf(value)
	if err != nil {
		return nil, fmt.Errorf("decoding the cell %q: %w", key, err)
	}
	meta := core.Meta{Key: key, NextDue: due}
	kind, r := value[1], reader{rest: value[2:], codec: c, form: value[0]}
	r.varint() // NextDue again
	if value[0] >= extraForm {
		meta.Form, meta.Extra = value[0], r.string()
	}
	cell, err := r.cell(kind, meta, parked)
	if err != nil {
		return nil, fmt.Errorf("decoding the cell %q: %w", key, err)
	}
	return cell, nil
}

func (r *reader) cell(kind byte, meta core.Meta, parked ParkedDecoder) (core.Cell, error) {
	parts, ok := splitKey(meta.Key, kind)
	if !ok {
		return nil, fmt.Errorf("%w: a value of kind %d under this key", ErrCell, kind)
	}
	var cell core.Cell
	switch kind {
	case kindAccount:
		cell = r.account(meta, parts)
	case kindProgress:
		cell = r.progress(meta)
	case kindOrg:
		cell = r.org(meta, parts)
	case kindPlan:
		cell = r.plan(meta, parts)
	case kindFX:
		cell = r.fx(meta, parts)
	case kindQueue:
		cell = r.queue(meta, parts)
	case kindParked:
		cell = r.parked(meta)
	case kindRecharge:
		cell = r.recharge(meta, parts)
	case kindTeam:
		cell = r.team(meta, parts)
	case kindInvoice:
		cell = r.invoice(meta, parts)
	case kindCovered:
		cell = r.covered(meta, parts)
	case kindCampaign:
		cell = r.campaign(meta, parts)
	case kindSend:
		cell = r.send(meta, parts)
	case kindPayments:
		cell = &core.Payments{Meta: meta, Org: parts.first, Account: parts.second, Reference: parts.third, Paid: r.amount(), Refunded: r.amount()}
	case kindBurnt:
		cell = r.burnt(meta)
	case kindSpending, kindAllowance, kindCustomBudget, kindShopper, kindOrder:
		cell = r.ofSpending(kind, meta, parts)
	case kindCustomer, kindTransaction, kindSettings, kindPeriods, kindDraftDay:
		cell = r.customerCell(kind, meta, parts)
	case kindRemoved:
		cell = &core.Removed{Meta: meta, Org: parts.first, Account: parts.second, Reference: parts.third, Left: r.amount()}
	}
	if r.err == nil && len(r.rest) > 0 {
		r.err = fmt.Errorf("%w: %d bytes too many", ErrCell, len(r.rest))
	}
	if r.err != nil {
		return nil, r.err
	}
	if p, ok := cell.(*core.Parked); ok && parked != nil {
		if err := parked(p.Record, &p.Event); err != nil {
			return nil, fmt.Errorf("the event that waits in it: %w", err)
		}
	}
	return cell, nil
}
