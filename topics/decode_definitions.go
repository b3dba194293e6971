package topics

import (
	"slices"
	"strings"

	"purser/internal/timezone"
	"purser/processors/core"
	"purser/processors/money"
)

// Definitions are kept in cells for long, so their strings are copies: one that pointed into its record would keep the
// whole fetch alive.

// orgDefined decodes OrgDefinedBody.
func (d *Decoder) orgDefined(ev *core.Event) {
	c, def := &d.cursor, &core.OrgVersion{}
	zone, country, hours := "", money.Currency{}, int64(0)
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "time_zone":
			zone, _ = c.str(name)
		case "currency":
			def.Currency, _ = c.currency(name)
		case "country":
			country = c.country(name)
		case "multipliers":
			def.Multipliers = c.multipliers(name)
		case "split_billing":
			def.SplitBilling = c.boolean(name)
		case "usage_reversible_hours":
			hours = c.whole(name, maxReversibleHours)
		case "effective_from":
			def.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	def.Reversible = core.Time(hours) * hour
	location, err := timezone.Load(zone)
	if err != nil {
		c.refuse(ReasonBadTimeZone, "time_zone", `expected an IANA zone such as "Europe/Paris", came `+quoted(zone))
		return
	}
	def.Zone = location
	if def.Currency == (money.Currency{}) {
		def.Currency = country
	}
	ev.OrgDef = def
	w := &d.canon
	w.text(location.String())
	w.currency(def.Currency)
	w.multipliers(def.Multipliers)
	w.time(def.EffectiveFrom)
	if hours > 0 {
		w.text("usage_reversible_hours")
		w.count(int(hours))
	}
	if def.SplitBilling {
		w.text("split_billing")
	}
	def.EffectiveFrom = effective(def.EffectiveFrom, ev)
}

// planDefined decodes PlanDefinedBody.
func (d *Decoder) planDefined(ev *core.Event) {
	c, def := &d.cursor, &core.PlanVersion{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "plan":
			def.ID = strings.Clone(c.ident(name))
		case "multipliers":
			def.Multipliers = c.multipliers(name)
		case "rate_cards":
			def.RateCards = c.rateCards(name)
		case "monthly_credits":
			def.Credits = c.monthlyCredits(name)
		case "effective_from":
			def.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	if def.ID == "" {
		c.missing("plan", "the plan's id")
	}
	ev.Plan = def
	w := &d.canon
	w.text(def.ID)
	w.multipliers(def.Multipliers)
	w.rateCards(def.RateCards)
	w.time(def.EffectiveFrom)
	w.monthlyCredits(def.Credits)
	def.EffectiveFrom = effective(def.EffectiveFrom, ev)
}

// planRemoved decodes PlanRemovedBody.
func (d *Decoder) planRemoved(ev *core.Event) {
	ev.Plan = &core.PlanVersion{ID: d.named("plan"), EffectiveFrom: ev.RecordedAt}
}

// accountDefined decodes AccountDefinedBody.
func (d *Decoder) accountDefined(ev *core.Event) {
	c, def := &d.cursor, &core.AccountVersion{}
	country := money.Currency{}
	var policy *rechargePolicy
	var terms *fundingTerms
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			def.ID = strings.Clone(c.ident(name))
		case "kind":
			def.Kind = c.accountKind(name)
		case "currency":
			def.Currency, _ = c.currency(name)
		case "country":
			country = c.country(name)
		case "plan":
			def.Plan = strings.Clone(c.ident(name))
		case "multipliers":
			def.Multipliers = c.multipliers(name)
		case "low_balance":
			def.LowBalance, def.HasLowBalance = c.amount(name)
		case "contacts":
			def.Contacts = c.contacts(name)
		case "recharge":
			policy = c.policy(name)
		case "monthly_credits":
			def.Credits = c.monthlyCredits(name)
		case "funding":
			terms = c.fundingTerms(name)
		case "customer":
			def.Customer = c.customerTerms(name)
		case "effective_from":
			def.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	c.checkAccount(def, policy, terms)
	if def.Currency == (money.Currency{}) {
		def.Currency = country
	}
	ev.Account = def
	d.canonAccount(def, policy, terms)
	def.EffectiveFrom = effective(def.EffectiveFrom, ev)
}

// checkAccount refuses what an account of its kind cannot have.
func (c *cursor) checkAccount(def *core.AccountVersion, policy *rechargePolicy, terms *fundingTerms) {
	funding := def.Kind == core.KindFundingSource
	switch {
	case def.ID == "":
		c.missing("account", "the account's id")
	case reserved(def.ID):
		c.refuse(ReasonReservedName, "account", `expected a name unlike those of the system's accounts, came `+quoted(def.ID))
	case def.Kind == core.KindNone:
		c.missing("kind", "one of "+accountKinds)
	case def.ID == core.NoSource && funding:
		c.refuse(ReasonReservedName, "account", `expected another name than the one by which a team says that it has no funding source, came `+quoted(def.ID))
	case funding && terms == nil:
		c.missing("funding", "the terms of a funding source")
	case !funding && terms != nil:
		c.refuse(ReasonConflict, "funding", "expected none but of a funding source, came some of another account")
	case policy != nil && policy.policy.Method == "" && !funding:
		c.missing("recharge.payment_method", "the gateway's token")
	case policy != nil && policy.policy.Method != "" && funding:
		c.refuse(ReasonConflict, "recharge.payment_method", "expected none, for a funding source has its own, came one")
	case def.Credits != nil && def.Kind != core.KindWallet:
		c.refuse(ReasonConflict, "monthly_credits", "expected none but of a wallet, came some of another account")
	case policy != nil || funding:
		c.rechargeable(def.ID)
	}
}

// canonAccount writes the whole definition down, and gives it the policy and the terms with their defaults.
func (d *Decoder) canonAccount(def *core.AccountVersion, policy *rechargePolicy, terms *fundingTerms) {
	d.canon.account(def)
	if policy != nil {
		d.canon.policy(policy)
		def.Recharge = policy.of(def.Kind)
	}
	d.canon.monthlyCredits(def.Credits)
	if terms != nil {
		def.Terms = d.canon.terms(terms)
		if def.Recharge != nil {
			def.Recharge.Method = def.Terms.Method
		}
	}
	d.canon.customer(def.Customer)
}

// accountRemoved decodes AccountRemovedBody.
func (d *Decoder) accountRemoved(ev *core.Event) {
	ev.Account = &core.AccountVersion{ID: d.named("account"), EffectiveFrom: ev.RecordedAt}
}

// fxRateDefined decodes FXRateDefinedBody.
func (d *Decoder) fxRateDefined(ev *core.Event) {
	c, def := &d.cursor, &core.FXRate{}
	hasFrom, hasTo, hasRate := false, false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "from":
			def.From, hasFrom = c.currency(name)
		case "to":
			def.To, hasTo = c.currency(name)
		case "rate":
			def.Rate, hasRate = c.factor(name)
		case "effective_from":
			def.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case !hasFrom:
		c.missing("from", "a currency")
	case !hasTo:
		c.missing("to", "a currency")
	case !hasRate:
		c.missing("rate", "units of the second currency for one of the first")
	case def.Rate.IsZero():
		c.refuse(ReasonBadNumber, "rate", "expected a rate greater than zero, came zero")
	case def.From == def.To:
		c.refuse(ReasonConflict, "to", `expected another currency than from, came "`+def.To.String()+`"`)
	}
	ev.FX = def
	w := &d.canon
	w.currency(def.From)
	w.currency(def.To)
	w.factor(def.Rate)
	w.time(def.EffectiveFrom)
	def.EffectiveFrom = effective(def.EffectiveFrom, ev)
}

// effective is from when a definition counts: as given, or from when it was recorded (R2.3).
func effective(given core.Time, ev *core.Event) core.Time {
	if given == 0 {
		return ev.RecordedAt
	}
	return given
}

// named decodes a body that is one id.
func (d *Decoder) named(field string) string {
	c, id := &d.cursor, ""
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case field:
			id = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	if id == "" {
		c.missing(field, "an id")
	}
	d.canon.text(id)
	return id
}

// reserved says whether an account's id looks like one of the system's.
func reserved(id string) bool {
	for _, prefix := range [...]string{"world:", "expense:", "revenue:"} {
		if strings.HasPrefix(id, prefix) {
			return true
		}
	}
	return id == "suspense"
}

const accountKinds = "wallet, agency_wallet, funding_source, customer_account"

func (c *cursor) accountKind(field string) core.AccountKind {
	switch s, _ := c.str(field); s {
	case "":
		return core.KindNone
	case "wallet":
		return core.KindWallet
	case "agency_wallet":
		return core.KindAgencyWallet
	case "funding_source":
		return core.KindFundingSource
	case "customer_account":
		return core.KindCustomerAccount
	default:
		c.refuse(ReasonBadValue, field, "expected one of "+accountKinds+", came "+quoted(s))
		return core.KindNone
	}
}

func (c *cursor) contacts(field string) []string {
	var contacts []string
	for ok := c.enter('[', field); ok && c.more(); {
		contact := strings.Clone(c.ident(field))
		if contact == "" {
			c.refuse(ReasonBadString, field, "expected a contact, came nothing")
		}
		contacts = append(contacts, contact)
	}
	return contacts
}

// multipliers reads a map of channel to multiplier, ascending by channel.
func (c *cursor) multipliers(field string) []core.Multiplier {
	var list []core.Multiplier
	for ok := c.enter('{', field); ok && c.more(); {
		channel := c.channel(field)
		factor, given := c.factor(field + "." + channel)
		if !given {
			c.missing(field+"."+channel, "a multiplier")
		}
		list = append(list, core.Multiplier{Channel: channel, Factor: factor})
	}
	slices.SortFunc(list, func(a, b core.Multiplier) int { return strings.Compare(a.Channel, b.Channel) })
	return list
}

// channel reads the name of a member that is a channel.
func (c *cursor) channel(field string) string {
	channel := strings.Clone(c.name())
	if channel == "" || !printable(channel) {
		c.refuse(ReasonBadString, field, `expected the name of a channel, came `+quoted(channel))
	}
	return channel
}

func (w *canon) multipliers(list []core.Multiplier) {
	w.count(len(list))
	for i := range list {
		w.text(list[i].Channel)
		w.factor(list[i].Factor)
	}
}

func (w *canon) account(def *core.AccountVersion) {
	w.text(def.ID)
	w.count(int(def.Kind))
	w.currency(def.Currency)
	w.text(def.Plan)
	w.multipliers(def.Multipliers)
	w.flag(def.HasLowBalance)
	w.amount(def.LowBalance)
	w.count(len(def.Contacts))
	for _, contact := range def.Contacts {
		w.text(contact)
	}
	w.time(def.EffectiveFrom)
}
