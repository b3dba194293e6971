package core

import "purser/processors/money"

// Cell keys: a letter for the kind, then the parts, separated by a byte that no identifier may contain.
const sep = 0x1f

// AppendOrgKey appends the key of an org's cell to dst.
func AppendOrgKey(dst []byte, org string) []byte { return part(append(dst, 'o'), org) }

// AppendPlanKey appends the key of a price plan.
func AppendPlanKey(dst []byte, org, id string) []byte { return part(part(append(dst, 'p'), org), id) }

// AppendAccountKey appends the key of an account that was defined by an event.
func AppendAccountKey(dst []byte, org, id string) []byte {
	return part(part(append(dst, 'a'), org), id)
}

// AppendSystemKey appends the key of a system account: there is one in each currency.
func AppendSystemKey(dst []byte, org, name string, c money.Currency) []byte {
	dst = part(part(append(dst, 'a'), org), name)
	return append(append(dst, sep), c[:]...)
}

// AppendFXKey appends the key of an org's rates from one currency to another.
func AppendFXKey(dst []byte, org string, from, to money.Currency) []byte {
	dst = append(part(append(dst, 'x'), org), sep)
	return append(append(dst, from[:]...), to[:]...)
}

// AppendQueueKey appends the key of the queue of what waits for one account.
func AppendQueueKey(dst []byte, org, account string) []byte {
	return part(part(append(dst, 'q'), org), account)
}

// AppendParkedKey appends the key of one event that waits. It orders what waits for one account by its number (16 hex digits).
func AppendParkedKey(dst []byte, org, account string, n uint64) []byte {
	return numbered(part(part(append(dst, 'w'), org), account), n)
}

// AppendRechargeKey appends the key of one of an account's recharges.
func AppendRechargeKey(dst []byte, org, account string, n uint64) []byte {
	return numbered(part(part(append(dst, 'r'), org), account), n)
}

// AppendPaymentsKey appends the key of what came in under one reference.
func AppendPaymentsKey(dst []byte, org, account, reference string) []byte {
	return part(part(part(append(dst, 'y'), org), account), reference)
}

// AppendRemovedKey appends the key of a removal of credits.
func AppendRemovedKey(dst []byte, org, account, reference string) []byte {
	return part(part(part(append(dst, 'd'), org), account), reference)
}

// AppendBurntKey appends the key of what a usage event has burned.
func AppendBurntKey(dst []byte, org string, usage Identity) []byte {
	return AppendIdentity(append(part(append(dst, 'u'), org), sep), usage)
}

const digits = "0123456789abcdef"

// AppendIdentity appends an identity in hexadecimal digits, which no separator is among.
func AppendIdentity(dst []byte, id Identity) []byte {
	for _, b := range id {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

// AppendTeamKey appends the key of a team.
func AppendTeamKey(dst []byte, org, id string) []byte { return part(part(append(dst, 't'), org), id) }

// AppendInvoiceKey appends the key of one of an org's invoices.
func AppendInvoiceKey(dst []byte, org string, n uint64) []byte {
	return numbered(part(append(dst, 'i'), org), n)
}

// AppendCampaignKey appends the key of a campaign.
func AppendCampaignKey(dst []byte, org, id string) []byte {
	return part(part(append(dst, 'c'), org), id)
}

// AppendSendKey appends the key of a send.
func AppendSendKey(dst []byte, org, id string) []byte { return part(part(append(dst, 's'), org), id) }

// AppendCoveredKey appends the key of what a recharge covers.
func AppendCoveredKey(dst []byte, org, account string, recharge uint64) []byte {
	return numbered(part(part(append(dst, 'v'), org), account), recharge)
}

// AppendSpendingKey appends the key of a spending account.
func AppendSpendingKey(dst []byte, org, id string) []byte {
	return part(part(append(dst, 'b'), org), id)
}

// AppendAllowanceKey appends the key of what is known of one balance of a spending account; user "": of a shared one.
func AppendAllowanceKey(dst []byte, org, spending, user string) []byte {
	return part(part(part(append(dst, 'l'), org), spending), user)
}

// AppendCustomBudgetKey appends the key of what a user's balance starts with.
func AppendCustomBudgetKey(dst []byte, org, spending, user string) []byte {
	return part(part(part(append(dst, 'e'), org), spending), user)
}

// AppendShopperKey appends the key of a user of spending accounts.
func AppendShopperKey(dst []byte, org, id string) []byte {
	return part(part(append(dst, 'h'), org), id)
}

// AppendOrderKey appends the key of an order.
func AppendOrderKey(dst []byte, org, id string) []byte { return part(part(append(dst, 'n'), org), id) }

// SendMark stands before a send's id where a Parked cell is known by what it waits for, so that no account is taken for a send: no
// identifier has a control character.
const SendMark = "\x01"

// numbered appends a number so that keys stand in its order.
func numbered(dst []byte, n uint64) []byte { return AppendNumber(append(dst, sep), n) }

// AppendNumber appends a number in 16 hexadecimal digits, which stand in its order.
func AppendNumber(dst []byte, n uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>uint(shift)&15])
	}
	return dst
}

// IsHeldKey says whether a key is that of a queue without an account: an org's events that are held back as a whole.
func IsHeldKey(key string) bool { return len(key) > 0 && key[0] == 'q' && key[len(key)-1] == sep }

// ProgressKey is the key of a partition's Progress cell.
const ProgressKey = "!progress"

// AppendPrefix appends what the keys of all cells of a kind begin with: kind is the letter that each of the functions above
// begins with. With an org, it is what those of its cells begin with that have a name of their own.
func AppendPrefix(dst []byte, kind byte, org string) []byte {
	dst = append(dst, kind, sep)
	if org == "" {
		return dst
	}
	return append(append(dst, org...), sep)
}

func part(dst []byte, s string) []byte { return append(append(dst, sep), s...) }
