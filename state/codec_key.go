package state

import (
	"fmt"
	"strconv"
	"strings"

	"purser/processors/core"
)

// keySeparator stands between the parts of a cell's key; see the Append…Key functions of the core.
const keySeparator = "\x1f"

// keyParts are the parts of a cell's key behind the letter of its kind, as substrings of it.
type keyParts struct {
	first, second, third string
	count                int
}

// splitKey takes a key apart and says whether it can be the key of a cell of that kind.
func splitKey(key string, kind byte) (keyParts, bool) {
	if kind == kindProgress {
		return keyParts{}, key == core.ProgressKey
	}
	if len(key) < 2 || key[1:2] != keySeparator {
		return keyParts{}, false
	}
	var p keyParts
	p.first, p.count = key[2:], 1
	if before, after, more := strings.Cut(p.first, keySeparator); more {
		p.first, p.second, p.count = before, after, 2
	}
	if before, after, more := strings.Cut(p.second, keySeparator); more {
		p.second, p.third, p.count = before, after, 3
	}
	switch kind {
	case kindOrg:
		return p, key[0] == 'o' && p.count == 1
	case kindPlan:
		return p, key[0] == 'p' && p.count == 2
	case kindAccount:
		return p, key[0] == 'a' && (p.count == 2 || p.count == 3 && len(p.third) == 3)
	case kindFX:
		return p, key[0] == 'x' && p.count == 2 && len(p.second) == 6
	case kindQueue:
		return p, key[0] == 'q' && p.count == 2
	case kindParked:
		return p, key[0] == 'w' && p.count == 3 && len(p.third) == 16
	case kindRecharge:
		return p, key[0] == 'r' && p.count == 3 && isNumber(p.third)
	case kindPayments:
		return p, key[0] == 'y' && p.count == 3
	case kindBurnt:
		return p, key[0] == 'u' && p.count == 2 && len(p.second) == 32
	case kindRemoved:
		return p, key[0] == 'd' && p.count == 3
	case kindTeam:
		return p, key[0] == 't' && p.count == 2
	case kindInvoice:
		return p, key[0] == 'i' && p.count == 2 && isNumber(p.second)
	case kindCovered:
		return p, key[0] == 'v' && p.count == 3 && isNumber(p.third)
	case kindCampaign:
		return p, key[0] == 'c' && p.count == 2
	case kindCustomer, kindSettings, kindTransaction, kindPeriods, kindDraftDay:
		return p, isCustomerKey(key, kind, &p)
	case kindSend:
		return p, key[0] == 's' && p.count == 2
	case kindSpending, kindAllowance, kindCustomBudget, kindShopper, kindOrder:
		return p, isSpendingKey(key, kind, &p)
	}
	return p, false
}

// isNumber says whether the last part of a key is a number as the core writes it.
func isNumber(part string) bool {
	n, err := strconv.ParseUint(part, 16, 64)
	return err == nil && fmt.Sprintf("%016x", n) == part
}

// number is the one that the key ends in.
func (p *keyParts) number() uint64 {
	last := p.third
	if p.count == 2 {
		last = p.second
	}
	n, _ := strconv.ParseUint(last, 16, 64) // splitKey has looked at it
	return n
}
