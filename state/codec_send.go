package state

import (
	"encoding/binary"

	"purser/processors/core"
)

func appendCampaign(dst []byte, c *core.Campaign) []byte {
	dst = binary.AppendVarint(dst, c.Pending)
	dst = appendCount(dst, len(c.Versions))
	for i := range c.Versions {
		v := &c.Versions[i]
		dst = binary.AppendVarint(dst, int64(v.EffectiveFrom))
		dst = appendBool(dst, v.FundingPays)
		dst = appendString(dst, v.FundingSource)
		dst = appendBool(appendBool(dst, v.Approval), v.AddFunds)
	}
	return dst
}

func (r *reader) campaign(meta core.Meta, key keyParts) *core.Campaign {
	c := &core.Campaign{Meta: meta, Org: key.first, ID: key.second, Pending: r.varint()}
	c.Versions = list[core.CampaignVersion](r.count(5))
	for i := range c.Versions {
		c.Versions[i] = core.CampaignVersion{
			ID: c.ID, EffectiveFrom: r.time(), FundingPays: r.bool(), FundingSource: r.string(), Approval: r.bool(), AddFunds: r.bool(),
		}
	}
	return c
}

// sendForm is the version that a send needs: a later one where a spending account pays for it.
func sendForm(s *core.Send) byte {
	if s.Part.Spending != "" {
		return spendingForm
	}
	return fundingForm
}

func appendSend(dst []byte, s *core.Send, form byte) []byte {
	dst = append(dst, byte(s.State))
	for _, n := range [...]uint64{s.First, s.Next, s.Looked} {
		dst = binary.AppendUvarint(dst, n)
	}
	dst = binary.AppendVarint(dst, int64(s.Until))
	for _, text := range [...]string{s.Source, s.Event, s.Campaign, s.Sender, s.Team, s.Funding} {
		dst = appendString(dst, text)
	}
	dst = binary.AppendVarint(dst, int64(s.OccurredAt))
	dst = binary.AppendVarint(dst, int64(s.Cost))
	dst = append(dst, s.Currency[:]...)
	dst = binary.AppendUvarint(dst, s.Recharge)
	dst = appendCount(dst, len(s.Payers))
	for i := range s.Payers {
		dst = appendPayer(dst, &s.Payers[i])
	}
	if form >= spendingForm {
		dst = appendPart(dst, &s.Part)
	}
	return dst
}

func appendPart(dst []byte, p *core.SpendingPart) []byte {
	for _, text := range [...]string{p.Spending, p.Account, p.CostCentre} {
		dst = appendString(dst, text)
	}
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(p.May)), int64(p.Amount))
	return binary.AppendUvarint(append(dst, p.Noted), p.Sets)
}

func (r *reader) part() (p core.SpendingPart) {
	p.Spending, p.Account, p.CostCentre = r.name(), r.string(), r.name()
	p.May, p.Amount, p.Noted, p.Sets = r.amount(), r.amount(), r.byte(), r.uvarint()
	return p
}

func appendPayer(dst []byte, p *core.Payer) []byte {
	dst = appendFactor(appendString(dst, p.Account), p.Rate)
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(p.Price)), int64(p.Revenue))
	return appendParts(dst, p.Buckets)
}

func (r *reader) send(meta core.Meta, key keyParts) *core.Send {
	s := &core.Send{Meta: meta, Org: key.first, ID: key.second, State: core.SendState(r.byte())}
	s.First, s.Next, s.Looked, s.Until = r.uvarint(), r.uvarint(), r.uvarint(), r.time()
	s.Source, s.Event, s.Campaign, s.Sender = r.name(), r.string(), r.name(), r.string()
	s.Team, s.Funding = r.name(), r.name()
	s.OccurredAt, s.Cost, s.Currency, s.Recharge = r.time(), r.amount(), r.currency(), r.uvarint()
	s.Payers = list[core.Payer](r.count(6))
	for i := range s.Payers {
		s.Payers[i] = r.payer()
	}
	if r.form >= spendingForm {
		s.Part = r.part()
	}
	return s
}

func (r *reader) payer() core.Payer {
	p := core.Payer{Account: r.string(), Rate: r.factor(), Price: r.amount(), Revenue: r.amount()}
	p.Buckets = r.parts()
	return p
}
