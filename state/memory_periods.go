package state

import "purser/processors/core"

// Periods looks up an org's accounting periods.
func (m *Memory) Periods(org string) (*core.Periods, bool) {
	return find(m, m.periods, m.key(core.AppendPeriodsKey(m.scratch[:0], org)), func(c *core.Periods) *core.Meta { return &c.Meta })
}

// DraftDay looks up the drafts that are dated on a day.
func (m *Memory) DraftDay(org string, day int32) (*core.DraftDay, bool) {
	return find(m, m.draftDays, m.key(core.AppendDraftDayKey(m.scratch[:0], org, day)), func(c *core.DraftDay) *core.Meta { return &c.Meta })
}

// NewPeriods makes an org's accounting periods, which are not defined yet.
func (m *Memory) NewPeriods(org string) *core.Periods {
	key := string(core.AppendPeriodsKey(nil, org))
	c := &core.Periods{Meta: core.Meta{Key: key}, Org: key[2:]}
	m.made(c)
	return c
}

// NewDraftDay makes the drafts that are dated on a day.
func (m *Memory) NewDraftDay(org string, day int32) *core.DraftDay {
	key := string(core.AppendDraftDayKey(nil, org, day))
	c := &core.DraftDay{Meta: core.Meta{Key: key}, Org: key[2 : 2+len(org)], Day: day}
	m.made(c)
	return c
}
