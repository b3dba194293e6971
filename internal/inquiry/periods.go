package inquiry

import (
	"context"

	"purser/processors/core"
	"purser/topics"
)

// Periods are an org's accounting periods, with the drafts that are dated in the open one (R8.7).
type Periods struct {
	Periods *core.Periods // nil: none are defined
	Drafts  core.Findings
}

// Periods answers which accounting period of an org is open, and what keeps it from being closed. The moments are those of the answer's cells.
func (d *Desk) Periods(ctx context.Context, org string) (p Periods, moments []AsOf, notes []string, err error) {
	b := &shelf{ctx: ctx, desk: d, partition: topics.PartitionOf(org, d.Partitions), cells: map[string]core.Cell{}, seen: map[string]AsOf{}}
	// The org, the periods, the days, and then the drafts of a day, which lead to each other.
	for range 4 + core.MaxNamed {
		if p, err = b.openPeriod(org); err != nil || len(b.missing) == 0 {
			break
		}
		if err = b.load(); err != nil {
			break
		}
	}
	return p, b.moments(), b.notes, err
}

func (b *shelf) openPeriod(org string) (p Periods, err error) {
	o, known := b.Org(org)
	x, _ := onShelf[*core.Periods](b, core.AppendPeriodsKey(nil, org))
	switch {
	case known && o == nil:
		return p, ErrNoOrg
	case x == nil || !x.Defined:
		return p, nil
	}
	p.Periods = x
	count := uint64(0)
	for day := x.Start; day <= x.End; day++ {
		drafts, _ := onShelf[*core.DraftDay](b, core.AppendDraftDayKey(nil, org, day))
		if drafts == nil {
			continue
		}
		count += drafts.Count
		for at := drafts.First; at.Account != "" && len(p.Drafts.Named) < core.MaxNamed; {
			p.Drafts.Add(at.Account, at.Transaction)
			t, _ := onShelf[*core.Transaction](b, core.AppendTransactionKey(nil, org, at.Account, at.Transaction))
			if t == nil {
				break
			}
			at = t.DraftNext
		}
	}
	p.Drafts.Count = count
	return p, nil
}
