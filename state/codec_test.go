package state

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"purser/internal/timezone"
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

var (
	drawID      = rapid.StringMatching(`[a-z0-9:_-]{1,12}`)
	drawChannel = rapid.SampledFrom([]string{"message", "email", "call", "phone_number", "fax"})
	drawTime    = rapid.Map(rapid.Int64(), func(v int64) core.Time { return core.Time(v) })
	drawAmount  = rapid.Map(rapid.Int64Range(int64(-money.Limit), int64(money.Limit)), func(v int64) money.Amount { return money.Amount(v) })
	drawZone    = rapid.SampledFrom([]string{"UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata"})
	drawMoney   = rapid.SampledFrom([]money.Currency{{}, {'U', 'S', 'D'}, {'J', 'P', 'Y'}})
)

// drawFactor draws factors below 10^12 with nine fraction digits.
func drawFactor(t *rapid.T) money.Factor {
	return money.FactorFromBits(rapid.Uint64Range(0, 50).Draw(t, "hi"), rapid.Uint64().Draw(t, "lo"))
}

// drawList draws up to three of something, and nil for none.
func drawList[T any](t *rapid.T, draw func(*rapid.T) T) []T {
	var out []T
	for range rapid.IntRange(0, 3).Draw(t, "length") {
		out = append(out, draw(t))
	}
	return out
}

func drawMultiplier(t *rapid.T) core.Multiplier {
	return core.Multiplier{Channel: drawChannel.Draw(t, "channel"), Factor: drawFactor(t)}
}

func drawMeta(t *rapid.T, key []byte) core.Meta {
	m := core.Meta{Key: string(key), NextDue: drawTime.Draw(t, "due")}
	if rapid.Bool().Draw(t, "with room for more") {
		m.Form, m.Extra = extraForm, rapid.String().Draw(t, "extra")
	}
	return m
}

func drawAccount(t *rapid.T) core.Cell {
	a := &core.Account{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id")}
	a.Kind = core.AccountKind(rapid.IntRange(1, 3).Draw(t, "kind"))
	a.Currency = money.Currency{'E', 'U', 'R'}
	if a.Kind == core.KindSystem {
		a.Meta = drawMeta(t, core.AppendSystemKey(nil, a.Org, a.ID, a.Currency))
	} else {
		a.Meta = drawMeta(t, core.AppendAccountKey(nil, a.Org, a.ID))
	}
	a.Balance = drawAmount.Draw(t, "balance")
	a.Purchased = rapid.OneOf(rapid.Just(a.Balance), rapid.Just(money.Amount(0)), drawAmount).Draw(t, "purchased")
	a.Seq, a.Last = rapid.Uint64().Draw(t, "seq"), rapid.Uint64().Draw(t, "last")
	a.BelowLow, a.BelowZero, a.Waiting = rapid.Bool().Draw(t, "low"), rapid.Bool().Draw(t, "zero"), rapid.Bool().Draw(t, "waiting")
	a.Grants = drawList(t, func(t *rapid.T) core.Grant {
		return core.Grant{ID: drawID.Draw(t, "grant"), Amount: drawAmount.Draw(t, "amount"), GrantedAt: drawTime.Draw(t, "at"), ExpiresAt: drawTime.Draw(t, "until")}
	})
	a.Volumes = drawList(t, func(t *rapid.T) core.Volume {
		return core.Volume{Channel: drawChannel.Draw(t, "channel"), Month: rapid.Int32().Draw(t, "month"), Units: drawFactor(t)}
	})
	funded := false
	a.Versions = drawList(t, func(t *rapid.T) core.AccountVersion {
		v := core.AccountVersion{
			Kind: a.Kind, EffectiveFrom: drawTime.Draw(t, "from"), Currency: drawMoney.Draw(t, "currency"), Plan: drawID.Draw(t, "plan"),
			Multipliers: drawList(t, drawMultiplier), Contacts: drawList(t, func(t *rapid.T) string { return drawID.Draw(t, "contact") }),
		}
		if v.HasLowBalance = rapid.Bool().Draw(t, "has low"); v.HasLowBalance {
			v.LowBalance = drawAmount.Draw(t, "low")
		}
		if rapid.Bool().Draw(t, "recharged") {
			v.Recharge = &core.RechargePolicy{
				Below: drawAmount.Draw(t, "below"), Amount: drawAmount.Draw(t, "amount"), Method: drawID.Draw(t, "method"),
				Attempts: rapid.IntRange(0, 100).Draw(t, "attempts"), Every: drawTime.Draw(t, "every"),
			}
			a.Form = rechargeForm
		}
		if v.Credits = drawCredits(t); v.Credits != nil {
			a.Form = rechargeForm
		}
		if a.Kind == core.KindCustomerAccount {
			v.Customer = &core.CustomerTerms{
				CreditDays: rapid.Int32().Draw(t, "days"), Rating: drawID.Draw(t, "rating"), Profile: drawID.Draw(t, "profile"),
				Classes: drawList(t, func(t *rapid.T) string { return drawID.Draw(t, "class") }), Paying: drawPaying(t),
				Particulars: drawParticulars(t), Prices: drawPrices(t), Number: rapid.Uint64().Draw(t, "number"), Generated: drawID.Draw(t, "generated"),
			}
		}
		if rapid.Bool().Draw(t, "terms") {
			v.Terms = &core.FundingTerms{
				Name: drawID.Draw(t, "name"), Method: drawID.Draw(t, "token"), PO: drawID.Draw(t, "po"), Payables: drawList(t, func(t *rapid.T) string { return drawID.Draw(t, "payable") }),
				Days: rapid.Int32().Draw(t, "days"), Months: rapid.Int32().Draw(t, "every"), Amount: drawAmount.Draw(t, "by"), Default: rapid.Bool().Draw(t, "default"), Each: rapid.Bool().Draw(t, "each"),
			}
			funded = true
		}
		return v
	})
	if rapid.Bool().Draw(t, "dunned") {
		a.Form = rechargeForm
		a.Dunning = core.Dunning{
			Recharges: rapid.Uint64Min(1).Draw(t, "recharges"), Open: rapid.Uint32().Draw(t, "open"), Auto: rapid.Uint64().Draw(t, "auto"),
			Going: rapid.Bool().Draw(t, "going"), Exhausted: rapid.Bool().Draw(t, "exhausted"), Retry: drawTime.Draw(t, "retry"),
		}
	}
	if rapid.Bool().Draw(t, "monthly") {
		a.Form = rechargeForm
		a.Monthly = core.Monthly{Month: rapid.Int32Min(1).Draw(t, "month"), Due: drawTime.Draw(t, "due")}
	}
	if rapid.Bool().Draw(t, "funds") {
		funded = true
		a.Held = money.Amount(rapid.Int64Range(1, int64(money.Limit)).Draw(t, "held"))
		a.Funding = core.Funding{Named: rapid.Int64().Draw(t, "named"), Invoices: rapid.Int64().Draw(t, "invoices"), Invoice: rapid.Uint64().Draw(t, "invoice"), Month: rapid.Int32().Draw(t, "funded in"), Due: drawTime.Draw(t, "funded at")}
		a.Funding.Owed, a.Funding.Night = drawAmount.Draw(t, "owed"), drawTime.Draw(t, "night")
		a.Spells = drawList(t, func(t *rapid.T) core.Spell {
			return core.Spell{From: drawTime.Draw(t, "from"), Team: drawID.Draw(t, "team")}
		})
		a.Budgeted = drawList(t, func(t *rapid.T) core.Budgeted {
			return core.Budgeted{Until: drawTime.Draw(t, "until"), Team: drawID.Draw(t, "team")}
		})
	}
	if funded {
		a.Form = fundingForm
	}
	return a
}

func drawBurnt(t *rapid.T) core.Cell {
	var usage core.Identity
	copy(usage[:], rapid.SliceOfN(rapid.Byte(), len(usage), len(usage)).Draw(t, "usage"))
	c := &core.Burnt{Meta: drawMeta(t, core.AppendBurntKey(nil, drawID.Draw(t, "org"), usage))}
	c.Form = rechargeForm
	c.Usage = core.Usage{
		Account: drawID.Draw(t, "account"), Channel: drawChannel.Draw(t, "channel"), Quantity: drawFactor(t), UnitCost: drawFactor(t), Cost: drawFactor(t),
		HasCost: rapid.Bool().Draw(t, "has cost"), Currency: drawMoney.Draw(t, "currency"),
	}
	c.OccurredAt, c.Month, c.Voided, c.Agency = drawTime.Draw(t, "occurred"), rapid.Int32().Draw(t, "month"), rapid.Bool().Draw(t, "voided"), drawID.Draw(t, "agency")
	for _, a := range []*money.Amount{&c.Cost, &c.Paid, &c.Price, &c.Income, &c.Charge} {
		*a = drawAmount.Draw(t, "amount")
	}
	c.PriceIn, c.Plan = drawMoney.Draw(t, "price in"), rapid.SampledFrom([]string{"", "gold"}).Draw(t, "plan")
	if rapid.Bool().Draw(t, "card") {
		card := drawCard(t)
		c.Card = &card
	}
	c.AgencyRate, c.Rate, c.Multiplier, c.Before = drawFactor(t), drawFactor(t), drawFactor(t), drawFactor(t)
	c.Parts = drawList(t, func(t *rapid.T) core.Part {
		return core.Part{Grant: drawID.Draw(t, "grant"), GrantedAt: drawTime.Draw(t, "granted"), ExpiresAt: drawTime.Draw(t, "expires"), Amount: drawAmount.Draw(t, "part")}
	})
	return c
}

func drawTeam(t *rapid.T) core.Cell {
	c := &core.Team{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id")}
	c.Meta = drawMeta(t, core.AppendTeamKey(nil, c.Org, c.ID))
	c.Form = fundingForm
	c.Members = drawList(t, func(t *rapid.T) string { return drawID.Draw(t, "member") })
	c.Versions = drawList(t, func(t *rapid.T) core.TeamVersion {
		return core.TeamVersion{ID: c.ID, EffectiveFrom: drawTime.Draw(t, "from"), Balances: drawID.Draw(t, "balances"), Licences: drawID.Draw(t, "licences"), Budget: drawBudget(t)}
	})
	c.Period = rapid.Int32().Draw(t, "period")
	return c
}

func drawBudget(t *rapid.T) *core.Budget {
	if rapid.Bool().Draw(t, "no budget") {
		return nil
	}
	unit := calendar.Unit(rapid.IntRange(1, 4).Draw(t, "unit"))
	return &core.Budget{Amount: drawAmount.Draw(t, "amount"), Every: unit, Rollover: rapid.Bool().Draw(t, "rollover")}
}

func drawCovered(t *rapid.T) core.Cell {
	c := &core.Covered{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "account"), Recharge: rapid.Uint64().Draw(t, "recharge"), Held: drawAmount.Draw(t, "held")}
	c.Meta = drawMeta(t, core.AppendCoveredKey(nil, c.Org, c.Account, c.Recharge))
	c.Form = fundingForm
	c.Shares = drawList(t, func(t *rapid.T) core.Share {
		return core.Share{Account: drawID.Draw(t, "member"), Amount: drawAmount.Draw(t, "share")}
	})
	c.Send, c.Rate = drawID.Draw(t, "send"), drawFactor(t)
	c.Licence = core.Charged{Price: drawAmount.Draw(t, "price"), Currency: drawMoney.Draw(t, "currency"), Amount: drawAmount.Draw(t, "amount")}
	return c
}

func drawInvoice(t *rapid.T) core.Cell {
	c := &core.Invoice{Org: drawID.Draw(t, "org"), Number: rapid.Uint64().Draw(t, "number")}
	c.Meta = drawMeta(t, core.AppendInvoiceKey(nil, c.Org, c.Number))
	c.Form = fundingForm
	c.Kind, c.Account, c.Currency = core.InvoiceKind(rapid.IntRange(1, 2).Draw(t, "kind")), drawID.Draw(t, "account"), drawMoney.Draw(t, "currency")
	c.Amount, c.Paid, c.Voided, c.Due = drawAmount.Draw(t, "amount"), drawAmount.Draw(t, "paid"), rapid.Bool().Draw(t, "voided"), rapid.Int32().Draw(t, "due")
	return c
}

func drawPayments(t *rapid.T) core.Cell {
	c := &core.Payments{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "account"), Reference: drawID.Draw(t, "reference")}
	c.Meta = drawMeta(t, core.AppendPaymentsKey(nil, c.Org, c.Account, c.Reference))
	c.Form, c.Paid, c.Refunded = rechargeForm, drawAmount.Draw(t, "paid"), drawAmount.Draw(t, "refunded")
	return c
}

func drawRemoved(t *rapid.T) core.Cell {
	c := &core.Removed{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "account"), Reference: drawID.Draw(t, "reference")}
	c.Meta = drawMeta(t, core.AppendRemovedKey(nil, c.Org, c.Account, c.Reference))
	c.Form, c.Left = rechargeForm, drawAmount.Draw(t, "left")
	return c
}

func drawCampaign(t *rapid.T) core.Cell {
	c := &core.Campaign{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id"), Pending: rapid.Int64().Draw(t, "pending")}
	c.Meta = drawMeta(t, core.AppendCampaignKey(nil, c.Org, c.ID))
	c.Form = fundingForm
	c.Versions = drawList(t, func(t *rapid.T) core.CampaignVersion {
		return core.CampaignVersion{
			ID: c.ID, EffectiveFrom: drawTime.Draw(t, "from"), FundingPays: rapid.Bool().Draw(t, "funded"), FundingSource: drawID.Draw(t, "source"),
			Approval: rapid.Bool().Draw(t, "approval"), AddFunds: rapid.Bool().Draw(t, "add funds"),
		}
	})
	return c
}

func drawSend(t *rapid.T) core.Cell {
	s := &core.Send{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id"), State: core.SendState(rapid.IntRange(1, 6).Draw(t, "state")), Recharge: rapid.Uint64().Draw(t, "recharge")}
	s.Meta = drawMeta(t, core.AppendSendKey(nil, s.Org, s.ID))
	s.Form = fundingForm
	s.First, s.Next, s.Looked = rapid.Uint64().Draw(t, "first"), rapid.Uint64().Draw(t, "next"), rapid.Uint64().Draw(t, "looked")
	s.Until, s.OccurredAt = drawTime.Draw(t, "until"), drawTime.Draw(t, "occurred")
	s.Source, s.Event, s.Campaign, s.Sender = drawID.Draw(t, "source"), drawID.Draw(t, "event"), drawID.Draw(t, "campaign"), drawID.Draw(t, "sender")
	s.Team, s.Funding = drawID.Draw(t, "team"), drawID.Draw(t, "funding")
	s.Cost, s.Currency = drawAmount.Draw(t, "cost"), money.Currency{'U', 'S', 'D'}
	s.Payers = drawList(t, func(t *rapid.T) core.Payer {
		return core.Payer{
			Account: drawID.Draw(t, "payer"), Rate: drawFactor(t), Price: drawAmount.Draw(t, "price"), Revenue: drawAmount.Draw(t, "revenue"),
			Buckets: drawList(t, func(t *rapid.T) core.Part {
				return core.Part{Amount: drawAmount.Draw(t, "paid"), Grant: drawID.Draw(t, "grant"), GrantedAt: drawTime.Draw(t, "at"), ExpiresAt: drawTime.Draw(t, "expires")}
			}),
		}
	})
	if rapid.Bool().Draw(t, "part") {
		s.Form = spendingForm
		s.Part = core.SpendingPart{
			Spending: drawID.Draw(t, "spending"), May: drawAmount.Draw(t, "may"), Account: drawID.Draw(t, "balance"), Amount: drawAmount.Draw(t, "part paid"),
			Noted: rapid.Byte().Draw(t, "noted"), Sets: rapid.Uint64().Draw(t, "sets"), CostCentre: drawID.Draw(t, "centre"),
		}
	}
	return s
}

func drawCredits(t *rapid.T) *core.MonthlyCredits {
	if !rapid.Bool().Draw(t, "credits") {
		return nil
	}
	return &core.MonthlyCredits{Amount: drawAmount.Draw(t, "monthly"), Months: rapid.Int32().Draw(t, "months")}
}

func drawRecharge(t *rapid.T) core.Cell {
	c := &core.Recharge{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "account"), Number: rapid.Uint64().Draw(t, "number")}
	c.Meta = drawMeta(t, core.AppendRechargeKey(nil, c.Org, c.Account, c.Number))
	c.Form = rechargeForm
	c.Purpose, c.State = core.Purpose(rapid.IntRange(1, 2).Draw(t, "purpose")), core.RechargeState(rapid.IntRange(1, 3).Draw(t, "state"))
	c.Limit, c.Every, c.Reset = rapid.IntRange(0, 100).Draw(t, "limit"), drawTime.Draw(t, "every"), rapid.Bool().Draw(t, "reset")
	c.Source, c.ID = drawID.Draw(t, "source"), drawID.Draw(t, "id")
	c.Attempts = drawList(t, func(t *rapid.T) core.Attempt {
		return core.Attempt{
			Amount: drawAmount.Draw(t, "amount"), EmittedAt: drawTime.Draw(t, "emitted"), Result: core.AttemptState(rapid.IntRange(0, 2).Draw(t, "result")),
		}
	})
	return c
}

func drawOrg(t *rapid.T) core.Cell {
	o := &core.Org{ID: drawID.Draw(t, "org"), AgencyWallet: drawID.Draw(t, "agency")}
	o.Meta = drawMeta(t, core.AppendOrgKey(nil, o.ID))
	o.Versions = drawList(t, func(t *rapid.T) core.OrgVersion {
		zone, err := timezone.Load(drawZone.Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		reversible := rapid.SampledFrom([]core.Time{0, 3600}).Draw(t, "reversible")
		if reversible != 0 {
			o.Form = rechargeForm
		}
		return core.OrgVersion{Reversible: reversible, EffectiveFrom: drawTime.Draw(t, "from"), Zone: zone, Currency: drawMoney.Draw(t, "currency"), Multipliers: drawList(t, drawMultiplier)}
	})
	if rapid.Bool().Draw(t, "funded") {
		o.Form, o.Invoices = fundingForm, rapid.Uint64Min(1).Draw(t, "invoices")
		o.Defaults = drawList(t, func(t *rapid.T) core.DefaultSource {
			return core.DefaultSource{EffectiveFrom: drawTime.Draw(t, "from"), Account: drawID.Draw(t, "default")}
		})
	}
	return o
}

func drawPlan(t *rapid.T) core.Cell {
	p := &core.Plan{Org: drawID.Draw(t, "org"), ID: drawID.Draw(t, "id"), Accounts: rapid.Int64().Draw(t, "accounts")}
	p.Meta = drawMeta(t, core.AppendPlanKey(nil, p.Org, p.ID))
	p.Versions = drawList(t, func(t *rapid.T) core.PlanVersion {
		credits := drawCredits(t)
		if credits != nil {
			p.Form = rechargeForm
		}
		return core.PlanVersion{
			Credits: credits,
			ID:      p.ID, EffectiveFrom: drawTime.Draw(t, "from"), Multipliers: drawList(t, drawMultiplier),
			RateCards: drawList(t, drawCard),
		}
	})
	return p
}

func drawCard(t *rapid.T) core.RateCard {
	return core.RateCard{
		Channel: drawChannel.Draw(t, "channel"), Currency: drawMoney.Draw(t, "currency"),
		WholeVolume: rapid.Bool().Draw(t, "whole"), Minimum: drawAmount.Draw(t, "minimum"),
		Tiers: drawList(t, func(t *rapid.T) core.Tier {
			return core.Tier{UpTo: drawFactor(t), UnitPrice: drawFactor(t)}
		}),
	}
}

func drawFX(t *rapid.T) core.Cell {
	f := &core.FX{Org: drawID.Draw(t, "org"), From: money.Currency{'E', 'U', 'R'}, To: money.Currency{'K', 'W', 'D'}}
	f.Meta = drawMeta(t, core.AppendFXKey(nil, f.Org, f.From, f.To))
	f.Versions = drawList(t, func(t *rapid.T) core.FXRate {
		return core.FXRate{EffectiveFrom: drawTime.Draw(t, "from"), From: f.From, To: f.To, Rate: drawFactor(t)}
	})
	return f
}

func drawQueue(t *rapid.T) core.Cell {
	q := &core.Queue{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "id"), First: rapid.Uint64().Draw(t, "first"), Next: rapid.Uint64().Draw(t, "next"), Ready: rapid.Bool().Draw(t, "ready")}
	q.Meta = drawMeta(t, core.AppendQueueKey(nil, q.Org, q.Account))
	return q
}

func drawParked(t *rapid.T) core.Cell {
	p := &core.Parked{Record: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "record"), Deadline: drawTime.Draw(t, "deadline")}
	p.Meta = drawMeta(t, core.AppendParkedKey(nil, drawID.Draw(t, "org"), drawID.Draw(t, "id"), rapid.Uint64().Draw(t, "n")))
	p.Event.ID = string(p.Record)
	return p
}

func drawProgress(t *rapid.T) core.Cell {
	p := &core.Progress{Txn: rapid.Uint64().Draw(t, "txn"), Entry: rapid.Uint64().Draw(t, "entry"), LastTick: drawTime.Draw(t, "tick"), Target: drawTime.Draw(t, "target")}
	copy(p.Link[:], rapid.SliceOfN(rapid.Byte(), len(p.Link), len(p.Link)).Draw(t, "link"))
	p.Meta = drawMeta(t, []byte(core.ProgressKey))
	p.Offsets = drawList(t, func(t *rapid.T) int64 { return rapid.Int64().Draw(t, "offset") })
	return p
}

var drawCell = rapid.OneOf(rapid.Custom(drawAccount), rapid.Custom(drawOrg), rapid.Custom(drawPlan), rapid.Custom(drawFX),
	rapid.Custom(drawQueue), rapid.Custom(drawParked), rapid.Custom(drawProgress), rapid.Custom(drawRecharge), rapid.Custom(drawPayments), rapid.Custom(drawRemoved), rapid.Custom(drawBurnt),
	rapid.Custom(drawTeam), rapid.Custom(drawInvoice), rapid.Custom(drawCampaign), rapid.Custom(drawSend), rapid.Custom(drawCovered), rapid.Custom(drawCustomer), rapid.Custom(drawTransaction), rapid.Custom(drawSettings), rapid.Custom(drawPeriods), rapid.Custom(drawDraftDay))

// readParked stands for the decoder of events: it keeps what it was given as the event's id.
func readParked(record []byte, ev *core.Event) error {
	ev.ID = string(record)
	return nil
}

func TestCellsComeBackAsTheyWere(t *testing.T) {
	codec := new(Codec) // its tables are shared between the cells of all cases
	rapid.Check(t, func(t *rapid.T) {
		c := drawCell.Draw(t, "cell")
		value := AppendCell(nil, c)
		given := bytes.Clone(value)
		got, err := codec.Decode(c.Head().Key, given, readParked)
		if err != nil {
			t.Fatal(err)
		}
		clear(given) // what was decoded must not point into the value
		if !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v\nwant %+v", got, c)
		}
		if again := AppendCell(nil, got); !bytes.Equal(again, value) {
			t.Fatalf("encoded again it is %x, was %x", again, value)
		}
		if due, err := NextDueOf(value); err != nil || due != c.Head().NextDue {
			t.Fatalf("NextDueOf: %d, %v; the cell has %d", due, err, c.Head().NextDue)
		}
		if IsDeleted(value) {
			t.Fatal("a cell that is there reads as deleted")
		}
	})
}

func TestACutOrLongerCellIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.OneOf(rapid.Custom(drawQueue), rapid.Custom(drawProgress), rapid.Custom(drawFX), rapid.Custom(drawOrg), rapid.Custom(drawPlan), rapid.Custom(drawRecharge), rapid.Custom(drawPayments), rapid.Custom(drawRemoved), rapid.Custom(drawBurnt), rapid.Custom(drawTeam), rapid.Custom(drawInvoice), rapid.Custom(drawCampaign), rapid.Custom(drawSend), rapid.Custom(drawCovered), rapid.Custom(drawCustomer), rapid.Custom(drawTransaction), rapid.Custom(drawSettings), rapid.Custom(drawPeriods), rapid.Custom(drawDraftDay)).Draw(t, "cell")
		value := AppendCell(nil, c)
		cut := rapid.IntRange(0, len(value)-1).Draw(t, "cut")
		if _, err := DecodeCell(c.Head().Key, value[:cut:cut], nil); !errors.Is(err, ErrCell) {
			t.Fatalf("cut to %d of %d bytes: %v", cut, len(value), err)
		}
		if _, err := DecodeCell(c.Head().Key, append(value, 0), nil); !errors.Is(err, ErrCell) {
			t.Fatalf("with a byte too many: %v", err)
		}
	})
}

func TestACellUnderAnotherKindsKeyIsRefused(t *testing.T) {
	value := AppendCell(nil, &core.Queue{})
	for _, key := range []string{"", "q", "q\x1f", "a\x1forg\x1fid", "q\x1forg", "q\x1forg\x1fid\x1fx", core.ProgressKey} {
		if _, err := DecodeCell(key, value, nil); !errors.Is(err, ErrCell) {
			t.Errorf("a queue under %q: %v", key, err)
		}
	}
}

func TestDeletedCells(t *testing.T) {
	for name, value := range map[string][]byte{"marker": AppendDeleted(nil), "tombstone": nil} {
		if !IsDeleted(value) {
			t.Errorf("%s: not deleted", name)
		}
		if due, err := NextDueOf(value); due != 0 || err != nil {
			t.Errorf("%s: next due %d, %v", name, due, err)
		}
		if c, err := DecodeCell("a\x1fo\x1fi", value, nil); c != nil || err != nil {
			t.Errorf("%s: decoded to %v, %v", name, c, err)
		}
	}
	if _, err := DecodeCell("a\x1fo\x1fi", []byte{}, nil); !errors.Is(err, ErrCell) {
		t.Errorf("an empty value is damage, not absence: %v", err)
	}
}

func TestAZoneThatMeansTheMachinesOwnIsRefused(t *testing.T) {
	o := &core.Org{ID: "o", Versions: []core.OrgVersion{{Zone: time.FixedZone("Local", 0)}}}
	if _, err := DecodeCell("o\x1fo", AppendCell(nil, o), nil); !errors.Is(err, ErrCell) {
		t.Fatalf("decoded: %v", err)
	}
}

func TestAParkedEventThatCannotBeReadIsAnError(t *testing.T) {
	broken := errors.New("broken")
	p := &core.Parked{Meta: core.Meta{Key: string(core.AppendParkedKey(nil, "o", "a", 1))}, Record: []byte("r")}
	_, err := DecodeCell(p.Key, AppendCell(nil, p), func([]byte, *core.Event) error { return broken })
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
}

func TestAccountsDefinedAlikeShareTheirVersions(t *testing.T) {
	codec := new(Codec)
	decode := func(id string, low money.Amount) []core.AccountVersion {
		a := typicalAccount()
		a.ID, a.Key = id, string(core.AppendAccountKey(nil, "org", id))
		a.Versions[0].LowBalance = low
		c, err := codec.Decode(a.Key, AppendCell(nil, a), nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.(*core.Account).Versions
	}
	first, alike, other := decode("a", 1), decode("b", 1), decode("c", 2)
	if unsafe.SliceData(first) != unsafe.SliceData(alike) {
		t.Error("two accounts that were defined alike do not share")
	}
	if unsafe.SliceData(first) == unsafe.SliceData(other) || other[0].LowBalance != 2 {
		t.Error("two that were defined differently do")
	}
	if cap(first) != len(first) {
		t.Error("an append to one account's versions would write into the other's")
	}
}

func typicalAccount() *core.Account {
	half := money.FactorFromBits(0, 1_500_000_000)
	a := &core.Account{
		Org: "agency-0042", ID: "wallet-00012345", Kind: core.KindWallet, Currency: money.Currency{'U', 'S', 'D'},
		Balance: 123_456_789, Purchased: 123_456_789, Seq: 1234, Last: 1_234_567,
		Versions: []core.AccountVersion{{
			Kind: core.KindWallet, EffectiveFrom: 1_789_000_000_123_000, Currency: money.Currency{'U', 'S', 'D'}, Plan: "standard",
			Multipliers: []core.Multiplier{{Channel: "message", Factor: half}}, LowBalance: 10_000_000, HasLowBalance: true,
			Contacts: []string{"ops@example.com"},
		}},
		Volumes: []core.Volume{{Channel: "message", Month: 24320, Units: half}},
	}
	a.Key = string(core.AppendAccountKey(nil, a.Org, a.ID))
	return a
}

func TestAnAccountIsSmallAndEncodingItAllocatesNothing(t *testing.T) {
	a := typicalAccount()
	buf := make([]byte, 0, 256)
	if n := len(AppendCell(buf, a)); n > 120 {
		t.Errorf("a typical account takes %d bytes", n)
	}
	if n := testing.AllocsPerRun(100, func() { buf = AppendCell(buf[:0], a) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppendAccount(b *testing.B) {
	a, buf := typicalAccount(), make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendCell(buf[:0], a)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkDecodeAccount(b *testing.B) {
	a, codec := typicalAccount(), new(Codec)
	value := AppendCell(nil, a)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.Decode(a.Key, value, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzDecodeCell feeds the decoder damaged values: it must answer with an error or with a cell that encodes again, and
// never make more of them than a bounded multiple of their size.
func FuzzDecodeCell(f *testing.F) {
	f.Add("a\x1fo\x1fi", AppendCell(nil, typicalAccount()))
	f.Add(core.ProgressKey, AppendCell(nil, &core.Progress{Txn: math.MaxUint64, Offsets: []int64{1, 2, 3, 4, 5}}))
	f.Add("o\x1fo", AppendCell(nil, &core.Org{Versions: []core.OrgVersion{{Zone: time.UTC}}}))
	f.Add("p\x1fo\x1fp", AppendCell(nil, &core.Plan{Versions: []core.PlanVersion{{RateCards: []core.RateCard{{Tiers: make([]core.Tier, 2)}}}}}))
	f.Add("x\x1fo\x1fEURUSD", AppendCell(nil, &core.FX{Versions: make([]core.FXRate, 2)}))
	f.Add("q\x1fo\x1fa", AppendCell(nil, &core.Queue{First: 1, Next: 2}))
	f.Add("w\x1fo\x1fa\x1f0000000000000001", AppendCell(nil, &core.Parked{Record: []byte("{}")}))
	f.Add("a\x1fo\x1fi", AppendDeleted(nil))
	f.Add("r\x1fo\x1fa\x1f0000000000000001", AppendCell(nil, &core.Recharge{Limit: 7, Attempts: make([]core.Attempt, 2)}))
	f.Add("y\x1fo\x1fa\x1fp", AppendCell(nil, &core.Payments{Paid: 5}))
	f.Add("d\x1fo\x1fa\x1fr", AppendCell(nil, &core.Removed{Left: 5}))
	f.Add("u\x1fo\x1f00112233445566778899aabbccddeeff", AppendCell(nil, &core.Burnt{Parts: make([]core.Part, 2)}))
	recharged := typicalAccount()
	recharged.Dunning, recharged.Versions[0].Recharge = core.Dunning{Recharges: 1, Auto: 1, Going: true}, &core.RechargePolicy{Method: "tok"}
	f.Add("a\x1fo\x1fi", AppendCell(nil, recharged))
	funding := typicalAccount()
	funding.Held, funding.Spells, funding.Versions[0].Terms = 5, make([]core.Spell, 2), &core.FundingTerms{Name: "marketing"}
	f.Add("a\x1fo\x1fi", AppendCell(nil, funding))
	f.Add("t\x1fo\x1ft", AppendCell(nil, &core.Team{Members: []string{"a", "b"}, Versions: make([]core.TeamVersion, 2)}))
	f.Add("i\x1fo\x1f0000000000000001", AppendCell(nil, &core.Invoice{Account: "s", Amount: 5}))
	codec := new(Codec)
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		_, dueErr := NextDueOf(value)
		c, err := codec.Decode(key, value, readParked)
		if err != nil || c == nil {
			return
		}
		if dueErr != nil {
			t.Fatalf("decoded, but NextDueOf says %v", dueErr)
		}
		encoded := AppendCell(nil, c)
		again, err := codec.Decode(key, encoded, readParked)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%v: got %+v\nwant %+v", err, again, c)
		}
	})
}

// TestALaterVersionIsRefusedByName: a process that was left behind must not take a later release's cells for damaged ones, nor
// for its own.
func TestALaterVersionIsRefusedByName(t *testing.T) {
	a := typicalAccount()
	a.Form = NewestForm + 1
	value := AppendCell(nil, a)
	if _, err := NextDueOf(value); !errors.Is(err, ErrForm) {
		t.Errorf("its due time: %v", err)
	}
	if c, err := DecodeCell(a.Key, value, nil); !errors.Is(err, ErrForm) || c != nil {
		t.Errorf("decoded to %v, %v", c, err)
	}
}

// TestVersionTwoAddsItsFieldsBeforeTheBody pins what is in changelogs, in both versions.
func TestVersionTwoAddsItsFieldsBeforeTheBody(t *testing.T) {
	a := typicalAccount()
	a.NextDue = 0 // one byte
	first := AppendCell(nil, a)
	a.Form, a.Extra = extraForm, "new"
	want := slices.Concat([]byte{2}, first[1:3], []byte("\x03new"), first[3:])
	if second := AppendCell(nil, a); first[0] != 1 || !bytes.Equal(second, want) {
		t.Errorf("version 1 is % x\nversion 2 is % x\n     not % x", first, second, want)
	}
}

// TestFundingNeedsVersionFour: likewise.
func TestFundingNeedsVersionFour(t *testing.T) {
	held, member, terms := typicalAccount(), typicalAccount(), typicalAccount()
	held.Held = 1
	member.Spells = []core.Spell{{From: 1, Team: "t"}}
	terms.Versions[0].Terms = &core.FundingTerms{Name: "marketing"}
	for name, c := range map[string]struct {
		cell core.Cell
		form byte
	}{
		"money that is held": {held, 4}, "a member": {member, 4}, "a funding source": {terms, 4}, "a team": {&core.Team{}, 4}, "an invoice": {&core.Invoice{}, 4},
		"an org with a default": {&core.Org{Defaults: make([]core.DefaultSource, 1)}, 4}, "an org that has invoiced": {&core.Org{Invoices: 1}, 4}, "an org without": {&core.Org{}, 1},
	} {
		if value := AppendCell(nil, c.cell); value[0] != c.form {
			t.Errorf("%s is written in version %d, not %d", name, value[0], c.form)
		}
	}
}

// TestRechargesNeedVersionThree: a release that knows nothing of recharges must stop at a cell that is decided by them, and a
// cell that is not stays as every release reads it.
func TestRechargesNeedVersionThree(t *testing.T) {
	plain, policy, dunned := typicalAccount(), typicalAccount(), typicalAccount()
	policy.Versions[0].Recharge = &core.RechargePolicy{Below: 1, Amount: 2, Method: "tok", Attempts: 7, Every: 3}
	dunned.Dunning.Recharges = 1
	for name, c := range map[string]struct {
		cell core.Cell
		form byte
	}{
		"an account without": {plain, 1}, "a policy": {policy, 3}, "an account that was recharged": {dunned, 3}, "a recharge": {&core.Recharge{}, 3},
	} {
		if value := AppendCell(nil, c.cell); value[0] != c.form {
			t.Errorf("%s is written in version %d, not %d", name, value[0], c.form)
		}
	}
	value := AppendCell(nil, dunned)
	value[0] = extraForm
	if _, err := DecodeCell(dunned.Key, value, nil); !errors.Is(err, ErrCell) {
		t.Errorf("with the flag of version 3 it was read in version 2: %v", err)
	}
}

// TestACellStaysInTheVersionItWasWrittenIn: what a process writes must not depend on whether another one had the partition in between.
func TestACellStaysInTheVersionItWasWrittenIn(t *testing.T) {
	key := string(core.AppendPlanKey(nil, "acme", "gold"))
	stayed := &core.Plan{Meta: core.Meta{Key: key}, Org: "acme", ID: "gold", Versions: []core.PlanVersion{
		{ID: "gold", EffectiveFrom: 1, Credits: &core.MonthlyCredits{Amount: 5}},
	}}
	moved, err := DecodeCell(key, AppendCell(nil, stayed), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*core.Plan{stayed, moved.(*core.Plan)} {
		c.Versions = []core.PlanVersion{{ID: "gold", EffectiveFrom: 1}}
	}
	if a, b := AppendCell(nil, stayed), AppendCell(nil, moved); !bytes.Equal(a, b) {
		t.Errorf("the process that stayed writes %x, the one that took over %x", a, b)
	}
}
