package state

import (
	"pgregory.net/rapid"

	"purser/processors/core"
)

func drawCustomer(t *rapid.T) core.Cell {
	c := &core.Customer{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "account")}
	c.Meta = drawMeta(t, core.AppendCustomerKey(nil, c.Org, c.Account))
	c.Form = customerForm
	c.Posted, c.Drafts = rapid.Uint64().Draw(t, "posted"), rapid.Int64().Draw(t, "drafts")
	for _, chain := range []*core.Chain{&c.Debits, &c.Credits} {
		*chain = core.Chain{First: drawID.Draw(t, "first"), Last: drawID.Draw(t, "last")}
	}
	c.Open, c.Unallocated, c.Outstanding = drawAmount.Draw(t, "open"), drawAmount.Draw(t, "unallocated"), drawAmount.Draw(t, "outstanding")
	c.Status, c.OverLimit = core.CustomerStatus(rapid.IntRange(0, 3).Draw(t, "status")), rapid.Bool().Draw(t, "over")
	c.Charging = drawID.Draw(t, "charging")
	c.Earliest, c.Older = rapid.Int32().Draw(t, "earliest"), drawID.Draw(t, "older")
	return c
}

func drawPrices(t *rapid.T) []core.AgreedPrice {
	return drawList(t, func(t *rapid.T) core.AgreedPrice {
		return core.AgreedPrice{Product: drawID.Draw(t, "product"), Price: drawFactor(t)}
	})
}

func drawTransaction(t *rapid.T) core.Cell {
	c := &core.Transaction{Org: drawID.Draw(t, "org"), Account: drawID.Draw(t, "account"), Reference: drawID.Draw(t, "reference")}
	c.Meta = drawMeta(t, core.AppendTransactionKey(nil, c.Org, c.Account, c.Reference))
	c.Form = customerForm
	c.Number, c.Kind = rapid.Uint64().Draw(t, "number"), core.TransactionKind(rapid.IntRange(1, 6).Draw(t, "kind"))
	c.Debit, c.Overdue = rapid.Bool().Draw(t, "debit"), rapid.Bool().Draw(t, "overdue")
	c.Amount, c.Open = drawAmount.Draw(t, "amount"), drawAmount.Draw(t, "open")
	c.Date, c.Due = rapid.Int32().Draw(t, "date"), rapid.Int32().Draw(t, "due")
	c.For = drawID.Draw(t, "for")
	if c.Asked = rapid.Bool().Draw(t, "asked"); rapid.Bool().Draw(t, "waits") {
		c.Charge = core.Charge{
			Recharge: rapid.Uint64().Draw(t, "recharge"), Held: drawAmount.Draw(t, "held"), At: drawTime.Draw(t, "at"), Drafted: rapid.Bool().Draw(t, "drafted"),
			Source: drawID.Draw(t, "source"), ID: "x" + drawID.Draw(t, "id"),
		}
	}
	c.Against, c.Previous, c.Next = drawID.Draw(t, "against"), drawID.Draw(t, "previous"), drawID.Draw(t, "next")
	if c.Number == 0 {
		c.DraftPrevious, c.DraftNext = drawNamed(t), drawNamed(t)
	}
	return c
}

func drawSettings(t *rapid.T) core.Cell {
	c := &core.CustomerSettings{Org: drawID.Draw(t, "org")}
	c.Meta = drawMeta(t, core.AppendCustomerSettingsKey(nil, c.Org))
	c.Form, c.Numbered = customerForm, rapid.Uint64().Draw(t, "numbered")
	names := func(what string) []string {
		return drawList(t, func(t *rapid.T) string { return drawID.Draw(t, what) })
	}
	c.Versions = drawList(t, func(t *rapid.T) core.CustomerPolicy {
		return core.CustomerPolicy{
			EffectiveFrom: drawTime.Draw(t, "from"),
			Ratings: drawList(t, func(t *rapid.T) core.Rating {
				r := core.Rating{Name: drawID.Draw(t, "rating"), Days: rapid.Int32().Draw(t, "days"), Shortest: rapid.Int32().Draw(t, "shortest"), Longest: rapid.Int32().Draw(t, "longest")}
				if r.HasLimit = rapid.Bool().Draw(t, "limited"); r.HasLimit {
					r.Limit = drawAmount.Draw(t, "limit")
				}
				return r
			}),
			Profiles: drawList(t, func(t *rapid.T) core.Profile {
				return core.Profile{Name: drawID.Draw(t, "profile"), Maximum: drawAmount.Draw(t, "maximum")}
			}),
			Overrides: drawList(t, func(t *rapid.T) core.Override {
				return core.Override{Events: names("event"), Classes: names("class"), Ratings: names("rating"), Profiles: names("profile")}
			}),
			Payments: drawPaymentRules(t, names),
			Accounts: drawAccountRules(t, names),
		}
	})
	return c
}

func drawPaymentRules(t *rapid.T, names func(string) []string) *core.PaymentRules {
	if rapid.Bool().Draw(t, "no payments") {
		return nil
	}
	return &core.PaymentRules{
		Gateways: names("gateway"), Brands: names("brand"), CardTypes: names("type"), Banks: names("bank"), BankAccounts: names("bank account"),
		OptIn: core.OptInRule(rapid.IntRange(0, 2).Draw(t, "opt in")), Plans: names("plan"), Terms: names("term"), Classes: names("class"),
	}
}

func drawAccountRules(t *rapid.T, names func(string) []string) *core.AccountRules {
	if rapid.Bool().Draw(t, "no rules") {
		return nil
	}
	return &core.AccountRules{
		Classes: names("class"), Plans: names("plan"), Terms: names("term"),
		Naming: core.Naming(rapid.IntRange(0, 2).Draw(t, "naming")), Address: core.AddressRule(rapid.IntRange(0, 2).Draw(t, "address")),
		Standalone: rapid.Bool().Draw(t, "standalone"), Parent: rapid.Bool().Draw(t, "parent"), Member: rapid.Bool().Draw(t, "member"),
		Rewarded: rapid.Bool().Draw(t, "rewarded"),
	}
}

func drawParticulars(t *rapid.T) *core.Particulars {
	if rapid.Bool().Draw(t, "no particulars") {
		return nil
	}
	return &core.Particulars{
		Name: drawID.Draw(t, "name"), Contact: drawID.Draw(t, "contact"), Address: drawID.Draw(t, "address"), Rewarded: rapid.Bool().Draw(t, "rewarded"),
		Recipients: drawList(t, func(t *rapid.T) core.Recipient {
			return core.Recipient{Medium: core.Medium(rapid.IntRange(1, 5).Draw(t, "medium")), To: drawID.Draw(t, "recipient")}
		}),
	}
}

func drawPaying(t *rapid.T) *core.Paying {
	if rapid.Bool().Draw(t, "nothing") {
		return nil
	}
	return &core.Paying{
		Plan: drawID.Draw(t, "plan"), Term: drawID.Draw(t, "term"),
		Preferences: drawList(t, func(t *rapid.T) core.Preference {
			return core.Preference{
				Name: drawID.Draw(t, "name"), Kind: core.PreferenceKind(rapid.IntRange(1, 4).Draw(t, "kind")), Default: rapid.Bool().Draw(t, "default"),
				Gateway: drawID.Draw(t, "gateway"), Token: drawID.Draw(t, "token"), Brand: drawID.Draw(t, "brand"), Type: drawID.Draw(t, "type"),
				Bank: drawID.Draw(t, "bank"), BankAccount: drawID.Draw(t, "bank account"), Wallet: drawID.Draw(t, "wallet"),
				Subscriptions: rapid.Bool().Draw(t, "subscriptions"), Purchases: rapid.Bool().Draw(t, "purchases"),
			}
		}),
	}
}
