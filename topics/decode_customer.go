package topics

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"purser/processors/core"
)

const maxCreditDays = 365

// customerTerms decodes a CustomerTerms; nil where none is given.
func (c *cursor) customerTerms(field string) *core.CustomerTerms {
	if !c.enter('{', field) {
		return nil
	}
	t := &core.CustomerTerms{}
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "credit_rating":
				t.Rating = strings.Clone(c.ident(name))
			case "kyc_profile":
				t.Profile = strings.Clone(c.ident(name))
			case "credit_days":
				t.CreditDays = int32(c.whole(name, maxCreditDays))
			case "credit_limit":
				t.Limit, t.HasLimit = c.amount(name)
			case "classifications":
				t.Classes = c.contacts(name)
			case "prices":
				t.Prices = c.agreedPrices(name)
			default:
				if !c.paying(name, t) && !c.particulars(name, t) {
					c.skip(name)
				}
			}
		}
	})
	return t
}

// customer is preceded by a word, as other optional fields are.
func (w *canon) customer(t *core.CustomerTerms) {
	if t == nil {
		return
	}
	w.text("customer")
	w.count(int(t.CreditDays))
	w.text(t.Rating)
	w.text(t.Profile)
	w.flag(t.HasLimit)
	w.amount(t.Limit)
	w.texts(t.Classes)
	w.paying(t.Paying)
	w.particulars(t.Particulars)
	w.agreedPrices(t.Prices)
}

func (w *canon) texts(all []string) {
	w.count(len(all))
	for _, s := range all {
		w.text(s)
	}
}

// customerSettings decodes CustomerSettingsBody.
func (d *Decoder) customerSettings(ev *core.Event) {
	c, def := &d.cursor, &core.CustomerPolicy{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "credit_ratings":
			c.each(name, func() { def.Ratings = append(def.Ratings, c.rating()) })
		case "kyc_profiles":
			c.each(name, func() { def.Profiles = append(def.Profiles, c.profile()) })
		case "credit_limit_overrides":
			c.each(name, func() { def.Overrides = append(def.Overrides, c.override()) })
		case "payments":
			def.Payments = c.paymentRules(name)
		case "accounts":
			def.Accounts = c.accountRules(name)
		case "effective_from":
			def.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	slices.SortFunc(def.Ratings, func(a, b core.Rating) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(def.Profiles, func(a, b core.Profile) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(def.Ratings); i++ {
		c.once("credit_ratings", def.Ratings[i-1].Name, def.Ratings[i].Name)
	}
	for i := 1; i < len(def.Profiles); i++ {
		c.once("kyc_profiles", def.Profiles[i-1].Name, def.Profiles[i].Name)
	}
	ev.Settings = def
	d.canon.settings(def)
	def.EffectiveFrom = effective(def.EffectiveFrom, ev)
}

// once refuses a name that stands twice in a list.
func (c *cursor) once(field, a, b string) {
	if a == b {
		c.refuse(ReasonDuplicateField, field, "expected each once, came "+quoted(a)+" a second time")
	}
}

// each reads a list of objects.
func (c *cursor) each(field string, f func()) {
	n := 0
	for ok := c.enter('[', field); ok && c.more(); {
		part := field + "." + strconv.Itoa(n)
		n++
		if !c.enter('{', part) {
			c.missing(part, "an object")
			return
		}
		c.within(part, f)
	}
}

func (c *cursor) rating() (r core.Rating) {
	for c.more() {
		switch name := c.name(); name {
		case "credit_rating":
			r.Name = strings.Clone(c.ident(name))
		case "credit_limit":
			r.Limit, r.HasLimit = c.amount(name)
		case "credit_days":
			r.Days = int32(c.whole(name, maxCreditDays))
		case "shortest_days":
			r.Shortest = int32(c.whole(name, maxCreditDays))
		case "longest_days":
			r.Longest = int32(c.whole(name, maxCreditDays))
		default:
			c.skip(name)
		}
	}
	if r.Name == "" {
		c.missing("credit_rating", "the rating's name")
	}
	return r
}

func (c *cursor) profile() (p core.Profile) {
	given := false
	for c.more() {
		switch name := c.name(); name {
		case "kyc_profile":
			p.Name = strings.Clone(c.ident(name))
		case "maximum_limit":
			p.Maximum, given = c.amount(name)
		default:
			c.skip(name)
		}
	}
	switch {
	case p.Name == "":
		c.missing("kyc_profile", "the profile's name")
	case !given:
		c.missing("maximum_limit", "how high a limit may be")
	}
	return p
}

func (c *cursor) override() (o core.Override) {
	for c.more() {
		switch name := c.name(); name {
		case "events":
			o.Events = c.contacts(name)
		case "classifications":
			o.Classes = c.contacts(name)
		case "credit_ratings":
			o.Ratings = c.contacts(name)
		case "kyc_profiles":
			o.Profiles = c.contacts(name)
		default:
			c.skip(name)
		}
	}
	return o
}

func (w *canon) settings(def *core.CustomerPolicy) {
	w.count(len(def.Ratings))
	for i := range def.Ratings {
		r := &def.Ratings[i]
		w.text(r.Name)
		w.flag(r.HasLimit)
		w.amount(r.Limit)
		w.count(int(r.Days))
		w.count(int(r.Shortest))
		w.count(int(r.Longest))
	}
	w.count(len(def.Profiles))
	for i := range def.Profiles {
		w.text(def.Profiles[i].Name)
		w.amount(def.Profiles[i].Maximum)
	}
	w.count(len(def.Overrides))
	for i := range def.Overrides {
		o := &def.Overrides[i]
		w.texts(o.Events)
		w.texts(o.Classes)
		w.texts(o.Ratings)
		w.texts(o.Profiles)
	}
	w.paymentRules(def.Payments)
	w.accountRules(def.Accounts)
	w.time(def.EffectiveFrom)
}

var customerStatuses = map[string]core.CustomerStatus{
	"active": core.CustomerActive, "suspended": core.CustomerSuspended, "terminated": core.CustomerTerminated, "written_off": core.CustomerWrittenOff,
}

// customerStatus decodes CustomerStatusBody.
func (d *Decoder) customerStatus(ev *core.Event) {
	c, q, status := &d.cursor, &core.StatusRequest{}, ""
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "status":
			status, _ = c.str(name)
		case "transaction":
			q.Transaction = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	code, known := customerStatuses[status]
	q.Status = code
	switch {
	case q.Account == "":
		c.missing("account", "a customer account")
	case status == "":
		c.missing("status", "one of active, suspended, terminated, written_off")
	case !known:
		c.refuse(ReasonBadValue, "status", "expected one of active, suspended, terminated, written_off, came "+quoted(status))
	}
	ev.Status = q
	d.canon.text(q.Account)
	d.canon.count(int(q.Status))
	d.canon.text(q.Transaction)
}

// creditRequested decodes CreditRequestedBody.
func (d *Decoder) creditRequested(ev *core.Event) {
	c, q := &d.cursor, &core.CreditRequest{}
	hasAmount, hasCurrency := false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "for":
			q.For = strings.Clone(c.ident(name))
		case "amount":
			q.Amount, hasAmount = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Account == "":
		c.missing("account", "a customer account")
	case q.For == "":
		c.missing("for", "what the funds are for")
	case !hasAmount:
		c.missing("amount", "an amount greater than zero")
	case !hasCurrency:
		c.missing("currency", "that of the account")
	}
	c.positive(q.Amount)
	ev.Credit = q
	w := &d.canon
	w.text(q.Account)
	w.text(q.For)
	w.amount(q.Amount)
	w.currency(q.Currency)
}

// transactionKinds are the kinds of transactions, by name.
var transactionKinds = map[string]core.TransactionKind{
	"invoice": core.InvoiceTransaction, "debit_note": core.DebitNote, "payment": core.PaymentTransaction, "credit_note": core.CreditNote,
	"write_off": core.WriteOff, "opening_balance": core.OpeningBalance,
}

// transactionRecorded decodes TransactionRecordedBody.
func (d *Decoder) transactionRecorded(ev *core.Event) {
	c, q := &d.cursor, &core.TransactionRequest{}
	kind, side, hasAmount, hasCurrency := "", "", false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = c.ident(name)
		case "transaction":
			q.Transaction = c.ident(name)
		case "kind":
			kind, _ = c.str(name)
		case "side":
			side, _ = c.str(name)
		case "amount":
			q.Amount, hasAmount = c.amount(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		case "date":
			q.Date, q.Dated = c.day(name)
		case "against":
			q.Against = c.ident(name)
		case "draft":
			q.Draft = c.boolean(name)
		case "for":
			q.For = c.ident(name)
		case "lines":
			q.Lines = c.saleLines(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	q.Kind, q.Debit, q.Sided = transactionKinds[kind], side == "debit", side != ""
	c.checkTransaction(q, kind, side, hasCurrency)
	if hasAmount {
		c.positive(q.Amount)
	}
	ev.Transaction = q
	w := &d.canon
	w.text(q.Account)
	w.text(q.Transaction)
	w.count(int(q.Kind))
	w.text(side)
	w.amount(q.Amount)
	w.currency(q.Currency)
	w.flag(q.Dated)
	w.count(int(q.Date))
	w.text(q.Against)
	w.flag(q.Draft)
	if q.For != "" {
		w.text(q.For)
	}
	w.saleLines(q.Lines)
}

// checkTransaction refuses what cannot be read. What goes with which kind is a rule, which answers who has asked.
func (c *cursor) checkTransaction(q *core.TransactionRequest, kind, side string, hasCurrency bool) {
	switch {
	case q.Account == "":
		c.missing("account", "a customer account")
	case q.Transaction == "":
		c.missing("transaction", "the transaction's reference")
	case kind == "":
		c.missing("kind", "the kind of transaction")
	case q.Kind == 0:
		c.refuse(ReasonBadValue, "kind", "expected one of invoice, debit_note, payment, credit_note, write_off, opening_balance, came "+quoted(kind))
	case side != "" && side != "debit" && side != "credit":
		c.refuse(ReasonBadValue, "side", "expected one of debit, credit, came "+quoted(side))
	case !hasCurrency:
		c.missing("currency", "that of the account")
	}
}

// day reads a civil day; given is false where there is none.
func (c *cursor) day(field string) (day int32, given bool) {
	s, given := c.str(field)
	if !given || s == "" {
		return 0, false
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil || at.Year() < 1970 {
		c.refuse(ReasonBadTime, field, `expected a day such as "2026-03-31" in the years 1970 to 9999, came `+quoted(s))
		return 0, false
	}
	return int32(at.Unix() / (24 * 60 * 60)), true
}

// transactionNamed decodes TransactionNamedBody.
func (d *Decoder) transactionNamed(ev *core.Event) {
	c, q := &d.cursor, &core.TransactionRequest{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "account":
			q.Account = strings.Clone(c.ident(name))
		case "transaction":
			q.Transaction = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Account == "":
		c.missing("account", "a customer account")
	case q.Transaction == "":
		c.missing("transaction", "the transaction's reference")
	}
	ev.Transaction = q
	d.canon.text(q.Account)
	d.canon.text(q.Transaction)
}

// customerBody is body for customer accounts.
func (d *Decoder) customerBody(ev *core.Event) {
	switch ev.Type {
	case core.TransactionRecorded:
		d.transactionRecorded(ev)
	case core.TransactionPosted, core.TransactionDiscarded:
		d.transactionNamed(ev)
	case core.CustomerSettingsDefined:
		d.customerSettings(ev)
	case core.CustomerStatusRequested:
		d.customerStatus(ev)
	case core.CreditRequested:
		d.creditRequested(ev)
	case core.PeriodsDefined:
		d.periodsDefined(ev)
	case core.PeriodCloseRequested, core.PeriodDraftsPosted, core.PeriodIsCorrected:
		d.periodRequest(ev)
	}
}

func customerTermsBody(t *core.CustomerTerms) *CustomerTerms {
	if t == nil {
		return nil
	}
	b := &CustomerTerms{CreditRating: t.Rating, KYCProfile: t.Profile, CreditDays: days(t.CreditDays), Classifications: t.Classes, Prices: agreedPricesBody(t.Prices)}
	if t.HasLimit {
		b.CreditLimit = Number(t.Limit.String())
	}
	payingBody(b, t.Paying)
	particularsBody(b, t.Particulars)
	return b
}

// days writes a number of days; none is not written.
func days(n int32) Number {
	if n == 0 {
		return ""
	}
	return whole(int64(n))
}

// CustomerSettingsOf is the body of a version of an org's customer settings.
func CustomerSettingsOf(v *core.CustomerPolicy) CustomerSettingsBody {
	b := CustomerSettingsBody{EffectiveFrom: timeText(v.EffectiveFrom)}
	for i := range v.Ratings {
		r := &v.Ratings[i]
		rating := CreditRating{Rating: r.Name, CreditDays: days(r.Days), ShortestDays: days(r.Shortest), LongestDays: days(r.Longest)}
		if r.HasLimit {
			rating.CreditLimit = Number(r.Limit.String())
		}
		b.CreditRatings = append(b.CreditRatings, rating)
	}
	for i := range v.Profiles {
		b.KYCProfiles = append(b.KYCProfiles, KYCProfile{Profile: v.Profiles[i].Name, MaximumLimit: Number(v.Profiles[i].Maximum.String())})
	}
	for i := range v.Overrides {
		o := &v.Overrides[i]
		b.Overrides = append(b.Overrides, CreditOverride{Events: o.Events, Classifications: o.Classes, CreditRatings: o.Ratings, KYCProfiles: o.Profiles})
	}
	b.Payments = paymentSettingsOf(v.Payments)
	b.Accounts = accountSettingsOf(v.Accounts)
	return b
}
