package verify

import (
	"slices"
	"strconv"
	"time"

	"purser/topics"
)

// What spending accounts may pay is judged from their definitions alone (R7.1, R7.2, R7.5 to R7.7): an order, a send's part and a quote have to say
// the amount that is found here, and a rejection the reason.

// spendingAccount is one as its events make it.
type spendingAccount struct {
	currency string // "" where it was not given
	versions []version[spendingTerms]
}

type spendingTerms struct {
	topics.SpendingDefinedBody
	on bool
}

// spender is what limits know of one balance.
type spender struct {
	budget   amount // of which percentages are
	currency string
	periods  map[string]map[int64]amount
	recent   []usedAt // ascending
	dropped  int64    // what was used up to here is not in recent any more
}

type usedAt struct {
	at   int64
	used amount
}

const (
	spendingVersions = 32
	keptPeriods      = 24
	keptInstants     = 1000
	dayMicros        = int64(24 * time.Hour / time.Microsecond)
	keptMicros       = 2 * 365 * dayMicros
	orderLife        = 400 * dayMicros

	reasonActive      = "account_active"
	reasonInactive    = "account_inactive"
	reasonNotEligible = "not_eligible"
	reasonNothing     = "nothing_applies"
	reasonLimit       = "limit_reached"
	reasonNotCovered  = "order_not_covered"
	reasonNoOther     = "no_other_payer"
	reasonOrderExists = "order_exists"
	reasonKindFixed   = "kind_fixed"
	reasonNoSpending  = "unknown_spending_account"
)

func latestOf[T any](versions []version[T]) []version[T] {
	return versions[max(0, len(versions)-spendingVersions):]
}

// terms are those of a spending account at a time; nil where there is none.
func (o *orgModel) terms(id string, at int64) *spendingTerms {
	s := o.spending[id]
	if s == nil {
		return nil
	}
	return inForce(s.versions, at)
}

// onFrom says whether it is on at a time, or later.
func (s *spendingAccount) onFrom(at int64) bool {
	later := func(v version[spendingTerms]) bool { return v.def.on && v.from >= at }
	return inForce(s.versions, at).on || slices.ContainsFunc(s.versions, later)
}

// spends makes room for spending accounts.
func (o *orgModel) spends() {
	if o.spending == nil {
		o.spending, o.opened, o.orders = map[string]*spendingAccount{}, map[string]*spender{}, map[string]*ordered{}
		o.users = map[string][]version[topics.UserDefinedBody]{}
		o.setTo, o.sets = map[string]*budgets{}, map[string]int{}
	}
}

// spend is what the events say of spending accounts and their users.
func (a *audit) spend(o *orgModel, e *entry, body any) {
	in := e.event
	o.spends()
	switch b := body.(type) {
	case *topics.SpendingDefinedBody:
		a.defineSpending(o, e, b)
	case *topics.SpendingSwitchedBody:
		if s := o.spending[b.SpendingAccount]; s != nil {
			from := effective(b.EffectiveFrom, in)
			if was := *inForce(s.versions, from); was.on != b.On {
				was.on = b.On
				s.versions = latestOf(with(s.versions, max(from, s.versions[0].from), was))
			}
		}
	case *topics.SpendingCopiedBody:
		if s := o.spending[b.SpendingAccount]; s != nil {
			def := *inForce(s.versions, in.recorded)
			def.on = false
			if to := o.budgetsOf(b.SpendingAccount); to.given && !to.defined {
				def.Budget = to.figure
			}
			if b.Name != "" {
				def.Name = b.Name
			}
			o.spending[b.As] = &spendingAccount{s.currency, with(nil, in.recorded, def)}
		}
	case *topics.SpendingRemovedBody:
		if s := o.spending[b.SpendingAccount]; s != nil && s.onFrom(in.recorded) && !a.unsure() {
			a.report.find(CheckSpending, e.where, "the spending account %s was removed while it was on", b.SpendingAccount)
		}
		delete(o.spending, b.SpendingAccount)
		delete(o.setTo, b.SpendingAccount)
	case *topics.UserDefinedBody:
		o.users[b.User] = latestOf(with(o.users[b.User], effective(b.EffectiveFrom, in), *b))
	case *topics.UserRemovedBody:
		delete(o.users, b.User)
	}
}

func (a *audit) defineSpending(o *orgModel, e *entry, b *topics.SpendingDefinedBody) {
	s, from := o.spending[b.SpendingAccount], effective(b.EffectiveFrom, e.event)
	switch {
	case s == nil:
		s = &spendingAccount{}
		o.spending[b.SpendingAccount] = s
	case s.onFrom(from) && !a.unsure():
		a.report.find(CheckSpending, e.where, "the spending account %s was changed while it was on", b.SpendingAccount)
	}
	if s.currency == "" {
		s.currency = b.Currency
	}
	o.budgetsOf(b.SpendingAccount).defined = true
	s.versions = latestOf(with(s.versions, from, spendingTerms{SpendingDefinedBody: *b}))
}

// unsure says that a definition, or what was spent, may be among what is gone.
func (a *audit) unsure() bool { return a.blind || a.report.Forgotten > 0 }

// refusedSpending checks why a definition was refused: it is because the account is on only while it is.
func (a *audit) refusedSpending(o *orgModel, e *entry) {
	var b topics.SpendingDefinedBody
	if e.body.Reason != reasonActive || a.unsure() || decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	if s := o.spending[b.SpendingAccount]; s == nil || !s.onFrom(effective(b.EffectiveFrom, e.event)) {
		a.report.find(CheckSpending, e.where, "a change of the spending account %s was refused because it was on, and it was not", b.SpendingAccount)
	}
}

// verdict is what a spending account pays of an order, or why nothing.
type verdict struct {
	terms   *spendingTerms
	balance string
	unknown bool // what the balance starts with cannot be said: it is taken at its word
	has     amount
	cost    amount
	amount  amount
	why     string
}

// wish is what is ordered, or asked about.
type wish struct {
	user, currency string
	lines          []topics.OrderLine
	at             int64
}

// judgeSpending says what a spending account pays of an order by itself (R7.7).
func (a *audit) judgeSpending(o *orgModel, e *entry, id string, w *wish) (v verdict) {
	v.cost, v.terms = a.linesCost(e, w.lines), o.terms(id, w.at)
	if v.terms == nil {
		v.why = reasonNoSpending
		return v
	}
	if v.balance = spendingPrefix + id; v.terms.Type != shared {
		v.balance += "/" + w.user
	}
	currency := o.spending[id].currency
	if currency == "" {
		currency = w.currency
	}
	taken := len(o.account(v.balance).versions) > 0
	s := a.spenderOf(o, e, id, v.terms, v.balance)
	v.unknown = s == nil
	if v.has = a.hasOf(o, e, s, v.balance, currency); v.unknown {
		return v
	}
	switch {
	case !v.terms.usable(o, w.at):
		v.why = reasonInactive
	case !v.terms.lets(o, w.user, w.at):
		v.why = reasonNotEligible
	case w.currency != currency:
		v.why = reasonCurrency
	case taken:
		v.why = reasonKindFixed
	default:
		v.amount, v.why = a.bounded(o, e, v.terms, s, a.mayPay(e, v.terms, s.budget, w.lines), v.has, w.at)
		v.why = o.settled(v.amount, v.cost, v.why, w.at)
	}
	return v
}

// settled says whether an amount is of use: where bills are split any, else the whole.
func (o *orgModel) settled(sum, cost amount, why string, at int64) string {
	org := inForce(o.versions, at)
	switch {
	case org == nil || !org.SplitBilling:
		if sum < cost {
			return reasonNotCovered
		}
		return ""
	case sum > 0:
		return ""
	}
	return why
}

// spenderOf is what limits know of a balance, or will when it is opened; nil where that cannot be said.
func (a *audit) spenderOf(o *orgModel, e *entry, id string, terms *spendingTerms, balance string) *spender {
	if s := o.opened[balance]; s != nil {
		return s
	}
	start, known := a.startOf(o, e, id, balance, &terms.SpendingDefinedBody)
	if !known {
		return nil
	}
	return &spender{budget: start}
}

// hasOf is what there is on a balance, or what it will start with.
func (a *audit) hasOf(o *orgModel, e *entry, s *spender, balance, currency string) amount {
	switch {
	case len(o.account(balance).versions) > 0 || s == nil:
		return 0 // another account's name
	case o.opened[balance] == nil:
		return s.budget
	}
	return a.books.of(e.body.Org, balance, currency).balance - o.account(balance).held
}

// usable says whether it may be used at a time: on, on its days (R7.1).
func (t *spendingTerms) usable(o *orgModel, at int64) bool {
	day := o.day(at).Format(time.DateOnly)
	return t.on && day >= t.Start && (t.End == "" || day <= t.End)
}

// day is the civil day in the org's zone, as midnight in UTC.
func (o *orgModel) day(at int64) time.Time {
	year, month, day := time.UnixMicro(at).In(o.zone(at)).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// lets says whether a user may use it (R7.2).
func (t *spendingTerms) lets(o *orgModel, user string, at int64) bool {
	f := t.EligibleFor
	if f == nil || len(f.Catalogs)+len(f.Groups)+len(f.Users) == 0 {
		return false
	}
	is := inForce(o.users[user], at)
	if is == nil {
		is = &topics.UserDefinedBody{}
	}
	meet := func(selected, names []string) bool {
		return len(selected) == 0 || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(selected, name) })
	}
	return meet(f.Users, []string{user}) && meet(f.Groups, is.Groups) && meet(f.Catalogs, is.Catalogs)
}

// mayPay is what the lines cost that an account may pay, each unit up to the item limit (R7.5, R7.6).
func (a *audit) mayPay(e *entry, terms *spendingTerms, budget amount, lines []topics.OrderLine) (sum amount) {
	for i := range lines {
		l := &lines[i]
		if !maySpend(&terms.SpendingDefinedBody, l) {
			continue
		}
		price := l.UnitPrice
		for j := range terms.Limits {
			limit := &terms.Limits[j]
			if limit.Per != "item" {
				continue
			}
			most := a.limitOf(e, limit, budget)
			if x, err := parseExact(string(price)); err == nil && exactOf(most).cmp(x) < 0 {
				price = topics.Number(most.String())
			}
		}
		sum += a.costOf(e, &topics.SendRequestedBody{Lines: []topics.SendLine{{Item: l.Item, Quantity: l.Quantity, UnitPrice: price}}})
	}
	return sum
}

// limitOf is a limit as an amount.
func (a *audit) limitOf(e *entry, l *topics.SpendingLimit, budget amount) amount {
	if l.Percent == "" {
		return a.figure(e, l.Amount)
	}
	percent, err := parseExact(string(l.Percent))
	if err != nil {
		a.report.find(CheckSpending, e.where, "a limit of %q %% was applied", l.Percent)
		return 0
	}
	hundredth := exact{one.n, 2}
	sum, err := exactOf(max(budget, 0)).times(percent).times(hundredth).round()
	if err != nil {
		return 1 << 62
	}
	return sum
}

// bounded is the smallest of what the lines leave, order limits, what is left of timeframes and the balance; why says which it was.
func (a *audit) bounded(o *orgModel, e *entry, terms *spendingTerms, s *spender, may, has amount, at int64) (sum amount, why string) {
	sum, why = may, reasonNothing
	bound := func(by amount, reason string) {
		if by = max(by, 0); by < sum {
			sum, why = by, reason
		}
	}
	for i := range terms.Limits {
		switch l := &terms.Limits[i]; l.Per {
		case "item":
		case "order":
			bound(a.limitOf(e, l, s.budget), reasonLimit)
		default:
			bound(a.limitOf(e, l, s.budget)-s.usedIn(l, at, o.day(at)), reasonLimit)
		}
	}
	bound(has, reasonInsufficient)
	return sum, why
}

// periodOf is the first day of the week, month or year that a day is in.
func periodOf(per string, day time.Time) int64 {
	switch per {
	case "week":
		day = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "month":
		day = day.AddDate(0, 0, 1-day.Day())
	default:
		day = day.AddDate(0, 0, 1-day.YearDay())
	}
	return day.Unix()
}

// usedIn is what was used in the time that a limit looks at: of days, in the one that includes the instant and in which the most was.
func (s *spender) usedIn(l *topics.SpendingLimit, at int64, day time.Time) (most amount) {
	if s == nil {
		return 0
	}
	if l.Per != "days" {
		return s.periods[l.Per][periodOf(l.Per, day)]
	}
	days, _ := strconv.ParseInt(string(l.Days), 10, 32)
	length := days * dayMicros
	ends := []int64{at}
	for _, u := range s.recent {
		if u.at > at && u.at < at+length {
			ends = append(ends, u.at)
		}
	}
	for _, end := range ends {
		sum := amount(0)
		for _, u := range s.recent {
			if u.at > end-length && u.at <= end {
				sum += u.used
			}
		}
		most = max(most, sum)
	}
	return most
}

// use notes what is spent, in the kinds of timeframes that there are limits for.
func (s *spender) use(terms *spendingTerms, sum amount, at int64, day time.Time) (counted []string) {
	for i := range terms.Limits {
		per := terms.Limits[i].Per
		if sum == 0 || per == "item" || per == "order" || slices.Contains(counted, per) {
			continue
		}
		counted = append(counted, per)
		if per == "days" {
			s.useAt(at, sum)
			continue
		}
		if s.periods == nil {
			s.periods = map[string]map[int64]amount{}
		}
		if s.periods[per] == nil {
			s.periods[per] = map[int64]amount{}
		}
		of := s.periods[per]
		if of[periodOf(per, day)] += sum; len(of) > keptPeriods {
			oldest := periodOf(per, day)
			for first := range of {
				oldest = min(oldest, first)
			}
			delete(of, oldest)
		}
	}
	return counted
}

func (s *spender) find(at int64) (i int, found bool) {
	return slices.BinarySearchFunc(s.recent, at, func(u usedAt, at int64) int { return int(min(max(u.at-at, -1), 1)) })
}

func (s *spender) useAt(at int64, sum amount) {
	i, found := s.find(at)
	if !found {
		s.recent = slices.Insert(s.recent, i, usedAt{at: at})
	}
	s.recent[i].used += sum
	for last := s.recent[len(s.recent)-1].at; s.recent[0].at <= last-keptMicros; s.recent = s.recent[1:] {
		s.dropped = s.recent[0].at
	}
	if len(s.recent) > keptInstants {
		s.recent[1].used += s.recent[0].used
		s.recent = s.recent[1:]
	}
}

// back gives back what was used of timeframes (R7.9).
func (s *spender) back(counted []string, sum amount, at int64, day time.Time) {
	for _, per := range counted {
		if per != "days" {
			of, first := s.periods[per], periodOf(per, day)
			if of[first] -= min(sum, of[first]); of[first] == 0 {
				delete(of, first)
			}
			continue
		}
		i, _ := s.find(at)
		if at <= s.dropped || i == len(s.recent) {
			continue
		}
		if s.recent[i].used -= min(sum, s.recent[i].used); s.recent[i].used == 0 {
			s.recent = slices.Delete(s.recent, i, i+1)
		}
	}
}
