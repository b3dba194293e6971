package core

import (
	"slices"
	"strings"
)

// maxVersions is how many versions of a definition are kept, so that a cell is bounded (R10.3); the oldest goes first.
const maxVersions = 512

// version is a definition that is in force from a time on.
type version[V any] interface {
	*V
	from() Time
}

func (v *OrgVersion) from() Time      { return v.EffectiveFrom }
func (v *PlanVersion) from() Time     { return v.EffectiveFrom }
func (v *AccountVersion) from() Time  { return v.EffectiveFrom }
func (v *FXRate) from() Time          { return v.EffectiveFrom }
func (v *DefaultSource) from() Time   { return v.EffectiveFrom }
func (v *TeamVersion) from() Time     { return v.EffectiveFrom }
func (v *Spell) from() Time           { return v.From }
func (v *CampaignVersion) from() Time { return v.EffectiveFrom }
func (v *SpendingVersion) from() Time { return v.EffectiveFrom }
func (v *ShopperVersion) from() Time  { return v.EffectiveFrom }
func (v *CustomerPolicy) from() Time  { return v.EffectiveFrom }

// InForce returns the version in force at a time; before the first version the first counts (R2.3).
func InForce[V any, P version[V]](versions []V, at Time) *V {
	for i := len(versions) - 1; i > 0; i-- {
		if P(&versions[i]).from() <= at {
			return &versions[i]
		}
	}
	return &versions[0]
}

// WithVersion returns a new slice with v in its place. The old one stays as it is: others may hold it.
func WithVersion[V any, P version[V]](versions []V, v V) []V {
	from := P(&v).from()
	i, replaces := len(versions), false
	for ; i > 0 && P(&versions[i-1]).from() >= from; i-- {
		replaces = P(&versions[i-1]).from() == from
	}
	rest := versions[i:]
	if replaces {
		rest = rest[1:]
	}
	all := slices.Concat(versions[:i], []V{v}, rest)
	return all[max(0, len(all)-maxVersions):]
}

// Effective is when a definition comes into force: when it says, or when it was recorded (R2.3).
func Effective(given Time, ev *Event) Time {
	if given == 0 {
		return ev.RecordedAt
	}
	return given
}

// What definitions keep is cloned, because an event's strings may point into its record.

// OwnMultipliers clones multipliers and their strings.
func OwnMultipliers(ms []Multiplier) []Multiplier {
	own := slices.Clone(ms)
	for i := range own {
		own[i].Channel = strings.Clone(own[i].Channel)
	}
	return own
}

// OwnRateCards clones rate cards, their tiers and their strings.
func OwnRateCards(cards []RateCard) []RateCard {
	own := slices.Clone(cards)
	for i := range own {
		own[i].Channel = strings.Clone(own[i].Channel)
		own[i].Tiers = slices.Clone(own[i].Tiers)
	}
	return own
}

// OwnStrings clones a slice and its strings.
func OwnStrings(ss []string) []string {
	own := slices.Clone(ss)
	for i := range own {
		own[i] = strings.Clone(own[i])
	}
	return own
}

// OwnCredits clones what a definition says of monthly credits.
func OwnCredits(c *MonthlyCredits) *MonthlyCredits {
	if c == nil {
		return nil
	}
	own := *c
	return &own
}
