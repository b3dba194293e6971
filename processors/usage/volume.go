package usage

import (
	"cmp"
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// volumeMonths is how many months of a channel a wallet counts: this one and the two before, for late events. One that is
// later than that is rated as the first of its month, and leaves no count.
const volumeMonths = 3

// Volume returns what the wallet has used of a channel in a month, and where that is kept; -1: nowhere yet.
func Volume(a *core.Account, channel string, month int32) (at int, units money.Factor) {
	for i := len(a.Volumes) - 1; i >= 0; i-- {
		if v := &a.Volumes[i]; v.Month == month && v.Channel == channel {
			return i, v.Units
		}
	}
	return -1, money.Factor{}
}

// countVolume sets the volume that volume found at an index.
func countVolume(a *core.Account, channel string, month int32, at int, units money.Factor) {
	if at >= 0 {
		a.Volumes[at].Units = units
		return
	}
	oldest, months := -1, 0
	for i := range a.Volumes {
		if a.Volumes[i].Channel != channel {
			continue
		}
		if months == 0 {
			oldest = i // they ascend by month
		}
		months++
	}
	if months == volumeMonths {
		if month < a.Volumes[oldest].Month {
			return
		}
		a.Volumes = slices.Delete(a.Volumes, oldest, oldest+1)
	}
	own := builtin(channel)
	if own == "" {
		own = strings.Clone(channel)
	}
	v := core.Volume{Channel: own, Month: month, Units: units}
	i, _ := slices.BinarySearchFunc(a.Volumes, v, func(a, b core.Volume) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), strings.Compare(a.Channel, b.Channel))
	})
	a.Volumes = slices.Insert(a.Volumes, i, v)
}
