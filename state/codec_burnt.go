package state

import (
	"encoding/binary"

	"purser/processors/core"
	"purser/processors/money"
)

func appendBurnt(dst []byte, c *core.Burnt) []byte {
	dst = appendString(appendString(dst, c.Usage.Account), c.Usage.Channel)
	dst = appendFactor(appendFactor(appendFactor(dst, c.Usage.Quantity), c.Usage.UnitCost), c.Usage.Cost)
	dst = append(appendBool(dst, c.Usage.HasCost), c.Usage.Currency[:]...)
	dst = binary.AppendVarint(dst, int64(c.OccurredAt))
	dst = binary.AppendVarint(dst, int64(c.Month))
	dst = appendBool(dst, c.Voided)
	dst = appendString(dst, c.Agency)
	for _, a := range [...]money.Amount{c.Cost, c.Paid, c.Price, c.Income, c.Charge} {
		dst = binary.AppendVarint(dst, int64(a))
	}
	dst = append(dst, c.PriceIn[:]...)
	for _, f := range [...]money.Factor{c.AgencyRate, c.Rate, c.Multiplier, c.Before} {
		dst = appendFactor(dst, f)
	}
	dst = appendString(appendBool(dst, c.Card != nil), c.Plan)
	dst = appendParts(dst, c.Parts)
	if c.Card != nil {
		dst = appendRateCard(dst, c.Card)
	}
	return dst
}

func appendParts(dst []byte, parts []core.Part) []byte {
	dst = appendCount(dst, len(parts))
	for i := range parts {
		p := &parts[i]
		dst = appendString(dst, p.Grant)
		dst = binary.AppendVarint(dst, int64(p.GrantedAt))
		dst = binary.AppendVarint(dst, int64(p.ExpiresAt))
		dst = binary.AppendVarint(dst, int64(p.Amount))
	}
	return dst
}

func (r *reader) burnt(meta core.Meta) *core.Burnt {
	c := &core.Burnt{Meta: meta}
	c.Usage = core.Usage{
		Account: r.string(), Channel: r.name(), Quantity: r.factor(), UnitCost: r.factor(), Cost: r.factor(), HasCost: r.bool(), Currency: r.currency(),
	}
	c.OccurredAt, c.Month, c.Voided, c.Agency = r.time(), int32(r.varint()), r.bool(), r.name()
	c.Cost, c.Paid, c.Price, c.Income, c.Charge = r.amount(), r.amount(), r.amount(), r.amount(), r.amount()
	c.PriceIn = r.currency()
	c.AgencyRate, c.Rate, c.Multiplier, c.Before = r.factor(), r.factor(), r.factor(), r.factor()
	carded := r.bool()
	c.Plan = r.name()
	c.Parts = r.parts()
	if carded {
		card := r.rateCard()
		c.Card = &card
	}
	return c
}

func (r *reader) parts() []core.Part {
	parts := list[core.Part](r.count(4))
	for i := range parts {
		parts[i] = core.Part{Grant: r.string(), GrantedAt: r.time(), ExpiresAt: r.time(), Amount: r.amount()}
	}
	return parts
}
