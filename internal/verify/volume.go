package verify

import (
	"cmp"
	"math/big"
	"slices"
	"time"
)

// volume is what a wallet has used of a channel in a month (R3.3), in billionths of a unit.
type volume struct {
	channel string
	month   int
	units   wide
}

// wide is a whole number up to 10^36 in little memory: high·10^18 + low.
type wide struct{ high, low uint64 }

const wideBase = 1_000_000_000_000_000_000

func (w wide) add(v wide) wide {
	sum := wide{w.high + v.high, w.low + v.low}
	if sum.low >= wideBase {
		sum.high, sum.low = sum.high+1, sum.low-wideBase
	}
	return sum
}

// billionths turns a figure with at most nine fraction digits into billionths.
func billionths(x exact) wide {
	n := scaled(x, max(9, x.digits))
	high, low := new(big.Int).QuoRem(n, big.NewInt(wideBase), new(big.Int))
	return wide{high.Uint64(), low.Uint64()}
}

func (w wide) exact() exact {
	n := new(big.Int).SetUint64(w.high)
	n.Mul(n, big.NewInt(wideBase))
	return exact{n.Add(n, new(big.Int).SetUint64(w.low)), 9}
}

// monthsCounted is how many months of a channel are counted: the latest ones. What is later than that is rated as the
// first of its month.
const monthsCounted = 3

// used returns the volume of a channel's month so far.
func (a *account) used(channel string, month int) wide {
	for i := range a.volumes {
		if a.volumes[i].month == month && a.volumes[i].channel == channel {
			return a.volumes[i].units
		}
	}
	return wide{}
}

// use adds to the volume of a channel's month.
func (a *account) use(channel string, month int, units wide) {
	var months []int
	for i := range a.volumes {
		v := &a.volumes[i]
		if v.channel != channel {
			continue
		}
		if v.month == month {
			v.units = v.units.add(units)
			return
		}
		months = append(months, v.month)
	}
	if len(months) == monthsCounted {
		oldest := slices.Min(months)
		if month < oldest {
			return
		}
		a.volumes = slices.DeleteFunc(a.volumes, func(v volume) bool { return v.channel == channel && v.month == oldest })
	}
	a.volumes = append(a.volumes, volume{channel, month, units})
	slices.SortFunc(a.volumes, func(x, y volume) int { return cmp.Or(cmp.Compare(x.month, y.month), cmp.Compare(x.channel, y.channel)) })
}

func monthOf(at int64, zone *time.Location) int {
	t := time.UnixMicro(at).In(zone)
	return t.Year()*12 + int(t.Month()) - 1
}
