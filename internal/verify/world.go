package verify

import (
	"cmp"
	"slices"
	"time"

	"purser/internal/timezone"
	"purser/topics"
)

// world is what the definitions of a partition say, by org, as far as the ledger has applied them: the order in which the
// engine learned of them is the order of their ledger records.
type world map[string]*orgModel

type orgModel struct {
	versions []version[topics.OrgDefinedBody]
	agency   string
	defined  moment // when it was defined last,
	planned  moment // and a plan of it
	plans    map[string][]version[topics.PlanDefinedBody]
	rates    map[[2]string][]version[exact]
	accounts map[string]*account
	burnt    map[identity]*burnt // usage that may be reversed
	invoices []*invoice          // number n is invoices[n-1]

	campaigns map[string][]version[topics.CampaignDefinedBody]
	sends     map[string]*sent
	teams     map[string][]version[source] // who pays for the balances of each,
	licensers map[string][]version[source] // and for its licences
	defaults  []version[source]
	budgets   map[string]*budget // by team

	spending  map[string]*spendingAccount
	opened    map[string]*spender // balances of spending accounts
	setTo     map[string]*budgets
	sets      map[string]int // how often each balance was made an amount
	users     map[string][]version[topics.UserDefinedBody]
	orders    map[string]*ordered
	customers []version[topics.CustomerSettingsBody]
	numbered  int // customer accounts

	accounting *accounting // nil: no periods are defined
}

// version is a definition in force from a time on.
type version[T any] struct {
	from int64
	def  T
}

// maxVersions is how many versions of a definition count: the latest ones.
const maxVersions = 512

// with adds a version; one that is in force from the same time on is replaced.
func with[T any](versions []version[T], from int64, def T) []version[T] {
	i, found := slices.BinarySearchFunc(versions, from, func(v version[T], at int64) int { return cmp.Compare(v.from, at) })
	if found {
		versions[i].def = def
		return versions
	}
	versions = slices.Insert(versions, i, version[T]{from, def})
	return versions[max(0, len(versions)-maxVersions):]
}

// inForce returns the version that counts at a time: before the first one, the first (R2.3).
func inForce[T any](versions []version[T], at int64) *T {
	if len(versions) == 0 {
		return nil
	}
	i := len(versions) - 1
	for i > 0 && versions[i].from > at {
		i--
	}
	return &versions[i].def
}

// account is a wallet or agency wallet as its definitions and the ledger make it.
type account struct {
	kind     string
	currency string // "" until it is known
	versions []version[topics.AccountDefinedBody]
	grants   []grant // in the order in which they burn
	volumes  []volume
	teams    []version[string] // that its user was in; "": none
	edges    edges
	dunning  dunning
	held     amount            // for what attempts that are open cover
	budgeted map[string]int    // by team: the number of the run whose period's budget it has got
	funded   int               // the last month in which it was funded by its schedule; 0: none
	owed     amount            // what is open of invoices for what is negative, or was to be
	billed   string            // the last day at whose end it got an invoice for what was negative
	invoice  int               // number of the one that its policy has asked for and that is open; 0: none
	lacks    moment            // since when it is negative by more than it has got invoices for
	defined  moment            // when it was defined last,
	expects  moment            // and so that it gets monthly credits; without an entry: never
	credited int               // the last month whose credits it got; 0: none
	payments map[string]amount // what is left to refund of each
	removals map[string]amount // what is left of each for refunds
	debtor   *debtor           // of a customer account: nil where nothing was recorded

	number       int // of a customer account, among those of its org that have one; 0: none
	numberedName string
}

type grant struct {
	id                 string
	left               amount
	expiresAt, granted int64 // expiresAt 0: never
}

func burnOrder(a, b grant) int {
	if (a.expiresAt == 0) != (b.expiresAt == 0) {
		return cmp.Compare(b.expiresAt, a.expiresAt) // the one that never expires is last
	}
	return cmp.Or(cmp.Compare(a.expiresAt, b.expiresAt), cmp.Compare(a.granted, b.granted), cmp.Compare(a.id, b.id))
}

func (w world) org(name string) *orgModel {
	o := w[name]
	if o == nil {
		o = &orgModel{plans: map[string][]version[topics.PlanDefinedBody]{}, rates: map[[2]string][]version[exact]{}, accounts: map[string]*account{},
			campaigns: map[string][]version[topics.CampaignDefinedBody]{}, sends: map[string]*sent{}, teams: map[string][]version[source]{}, licensers: map[string][]version[source]{}, budgets: map[string]*budget{}}
		w[name] = o
	}
	return o
}

func (o *orgModel) account(name string) *account {
	a := o.accounts[name]
	if a == nil {
		a = &account{}
		o.accounts[name] = a
	}
	return a
}

// rate is the org's conversion rate at a time; ok is false where it has none.
func (o *orgModel) rate(from, to string, at int64) (exact, bool) {
	if from == to {
		return one, true
	}
	x := inForce(o.rates[[2]string{from, to}], at)
	if x == nil {
		return exact{}, false
	}
	return *x, true
}

// effective is when a definition comes into force: when it says, else when it was recorded.
func effective(given string, in *input) int64 {
	if at, ok := micros(given); ok {
		return at
	}
	return in.recorded
}

// define takes a definition over that the ledger has applied. ok is false where its body cannot be read.
func (a *audit) define(o *orgModel, e *entry) (ok bool) {
	in := e.event
	body := bodyOf(kinds[in.kind])
	if body == nil || decode(a.inputs.bodyOf(in), body) != nil {
		return false
	}
	switch b := body.(type) {
	case *topics.OrgDefinedBody:
		o.versions, o.defined = with(o.versions, effective(b.EffectiveFrom, in), *b), a.now(e)
	case *topics.PlanDefinedBody:
		o.plans[b.Plan], o.planned = with(o.plans[b.Plan], effective(b.EffectiveFrom, in), *b), a.now(e)
	case *topics.CampaignDefinedBody:
		o.campaigns[b.Campaign] = with(o.campaigns[b.Campaign], effective(b.EffectiveFrom, in), *b)
	case *topics.CampaignRemovedBody:
		delete(o.campaigns, b.Campaign)
	case *topics.PlanRemovedBody:
		delete(o.plans, b.Plan)
	case *topics.FXRateDefinedBody:
		rate, err := parseExact(string(b.Rate))
		if err != nil {
			return false
		}
		key := [2]string{b.From, b.To}
		o.rates[key] = with(o.rates[key], effective(b.EffectiveFrom, in), rate)
	case *topics.CustomerSettingsBody:
		o.customers = with(o.customers, effective(b.EffectiveFrom, in), *b)
	case *topics.AccountDefinedBody:
		a.defineAccount(o, e, b)
	case *topics.AccountRemovedBody:
		removeAccount(o, b.Account)
	default:
		a.spend(o, e, body)
	}
	return true
}

func (a *audit) defineAccount(o *orgModel, e *entry, b *topics.AccountDefinedBody) {
	acct := o.account(b.Account)
	first := len(acct.versions) == 0
	if b.Funding != nil && b.Recharge != nil {
		own := *b.Recharge
		own.PaymentMethod = b.Funding.PaymentMethod // a funding source is recharged by its own
		b.Recharge = &own
	}
	a.paysRightly(o, e, b)
	a.profiled(o, e, b)
	acct.kind = b.Kind
	if b.Currency != "" {
		acct.currency = b.Currency
	}
	if b.Kind == "agency_wallet" {
		o.agency = b.Account
	}
	o.flagDefault(b, effective(b.EffectiveFrom, e.event))
	acct.versions = with(acct.versions, effective(b.EffectiveFrom, e.event), *b)
	acct.edges.define(b, first)
	acct.defined = a.now(e)
	if gives := func(v version[topics.PlanDefinedBody]) bool { return v.def.MonthlyCredits != nil }; b.MonthlyCredits != nil || slices.ContainsFunc(o.plans[b.Plan], gives) {
		acct.expects = acct.defined
	}
}

func removeAccount(o *orgModel, name string) {
	if o.agency == name {
		o.agency = ""
	}
	o.forgetDefault(name)
	acct := o.account(name)
	acct.teams, acct.number, acct.numberedName = nil, 0, ""
	acct.versions, acct.volumes, acct.edges = nil, nil, edges{}
	acct.credited, acct.funded = 0, 0
	acct.expects, acct.lacks = moment{}, moment{}
	acct.dunning.auto, acct.dunning.exhausted = 0, false
}

// zone is the org's at a time (R1.6).
func (o *orgModel) zone(at int64) *time.Location {
	def := inForce(o.versions, at)
	if def == nil {
		return time.UTC
	}
	zone, err := timezone.Load(def.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}
