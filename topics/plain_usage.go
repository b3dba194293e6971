package topics

import "purser/processors/core"

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
		field := usageFieldOf(name)
		if field == 0 || seen&field != 0 || !field.read(&s, u) {
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

func (f usageField) read(s *scanner, u *core.Usage) (ok bool) {
	switch f {
	case usageAccount:
		u.Account, ok = s.ident()
	case usageChannel:
		u.Channel, ok = s.ident()
	case usageQuantity:
		u.Quantity, ok = s.factor()
	case usageUnitCost:
		u.UnitCost, ok = s.factor()
	case usageCost:
		u.Cost, ok = s.factor()
		u.HasCost = true
	case usageCurrency:
		u.Currency, ok = s.currency()
	}
	return ok
}
