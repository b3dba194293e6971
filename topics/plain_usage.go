package topics

import (
	"purser/processors/core"
	"purser/processors/money"
)

// plainUsage reads the body of a usage event as nearly every producer writes it: one flat object of the known fields, each
// once, with values of printable ASCII and without escapes. It says false, and leaves u half filled, wherever the text is
// anything else, right or wrong: then the cursor reads it, which alone knows how to refuse. What it reads, the cursor would
// read likewise; a fuzz test holds one against the other.
func plainUsage(text []byte, u *core.Usage) bool {
	s := scanner{rest: text}
	if !s.skip('{') {
		return false
	}
	var seen usageField
	for more := true; more; more = s.skip(',') {
		name, ok := s.quoted()
		if !ok || !s.skip(':') {
			return false
		}
		value, ok := s.scalar()
		field := usageFieldOf(name)
		if !ok || field == 0 || seen&field != 0 || !field.set(u, value) {
			return false
		}
		seen |= field
	}
	const always = usageAccount | usageChannel | usageCurrency
	priced := seen & (usageCost | usageUnitCost)
	return s.skip('}') && s.end() && seen&always == always && (priced == usageCost || priced == usageUnitCost)
}

// usageField is one bit for each field of UsageRecordedBody.
type usageField uint8

const (
	usageAccount usageField = 1 << iota
	usageChannel
	usageQuantity
	usageUnitCost
	usageCost
	usageCurrency
)

func usageFieldOf(name []byte) usageField {
	switch string(name) {
	case "account":
		return usageAccount
	case "channel":
		return usageChannel
	case "quantity":
		return usageQuantity
	case "unit_cost":
		return usageUnitCost
	case "cost":
		return usageCost
	case "currency":
		return usageCurrency
	}
	return 0
}

func (f usageField) set(u *core.Usage, v scalar) bool {
	var err error
	switch f {
	case usageAccount:
		u.Account = view(v.text)
		return v.quoted && len(v.text) > 0
	case usageChannel:
		u.Channel = view(v.text)
		return v.quoted && len(v.text) > 0
	case usageQuantity:
		u.Quantity, err = money.ParseFactor(v.text)
	case usageUnitCost:
		u.UnitCost, err = money.ParseFactor(v.text)
	case usageCost:
		u.Cost, err = money.ParseFactor(v.text)
		u.HasCost = true
	case usageCurrency:
		u.Currency, err = money.ParseCurrency(view(v.text))
		return v.quoted && err == nil
	}
	return err == nil
}
