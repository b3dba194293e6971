package topics

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"purser/processors/core"
	"purser/processors/money"
)

// maxLimitDays is how far a limit looks back.
const maxLimitDays = 365

// spendingDefined decodes SpendingDefinedBody.
func (d *Decoder) spendingDefined(ev *core.Event) {
	c, t := &d.cursor, &core.SpendingTerms{}
	kind := ""
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "spending_account":
			t.ID = strings.Clone(c.ident(name))
		case "currency":
			t.Currency, _ = c.currency(name)
		case "type":
			kind, _ = c.str(name)
		case "start":
			t.Start = c.civilDay(name)
		case "end":
			t.End = c.civilDay(name)
		case "budget":
			t.Budget, _ = c.amount(name)
		case "eligible_for":
			c.eligible(name, t)
		case "items":
			t.Items = c.listed(name)
		case "catalogs":
			t.Shelves = c.listed(name)
		case "limits":
			t.Limits = c.limits(name)
		case "reloads":
			t.Reloads = c.reloads(name)
		case "effective_from":
			ev.From = c.instant(name)
		default:
			if !c.label(name, &t.Labels) {
				c.skip(name)
			}
		}
	}
	c.finish()
	t.Shared = kind == "shared"
	c.checkSpending(t, kind)
	ev.Spending = t
	d.canon.spending(t, ev.From)
}

// label reads what decides nothing.
func (c *cursor) label(name string, l *core.SpendingLabels) bool {
	var into *string
	switch name {
	case "name":
		into = &l.Name
	case "description":
		into = &l.Description
	case "tooltip":
		into = &l.Tooltip
	case "cost_centre":
		into = &l.CostCentre
	default:
		return false
	}
	*into = strings.Clone(c.ident(name))
	return true
}

func (c *cursor) checkSpending(t *core.SpendingTerms, kind string) {
	switch {
	case t.ID == "":
		c.missing("spending_account", "the spending account's id")
	case strings.Contains(t.ID, "/"):
		c.refuse(ReasonBadString, "spending_account", "expected an id without a slash, came "+quoted(t.ID))
	case kind == "":
		c.missing("type", "one of standard, shared")
	case !t.Shared && kind != "standard":
		c.refuse(ReasonBadValue, "type", "expected one of standard, shared, came "+quoted(kind))
	case t.Start == 0:
		c.missing("start", "its first day")
	case t.End != 0 && t.End < t.Start:
		c.refuse(ReasonConflict, "end", "expected a day that is not before start, came an earlier one")
	}
}

// civilDay reads a civil day such as 2026-03-01; 0 where none is given. The epoch itself is no day.
func (c *cursor) civilDay(field string) int32 {
	s, _ := c.str(field)
	if s == "" {
		return 0
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil || at.Year() < 1971 {
		c.refuse(ReasonBadTime, field, `expected a day such as "2026-03-01", from 1971 on, came `+quoted(s))
		return 0
	}
	return int32(at.Unix() / (24 * 60 * 60))
}

// eligible reads SpendingFor.
func (c *cursor) eligible(field string, t *core.SpendingTerms) {
	c.within(field, func() {
		for ok := c.enter('{', ""); ok && c.more(); {
			switch name := c.name(); name {
			case "catalogs":
				t.Catalogs = c.names(name)
			case "groups":
				t.Groups = c.names(name)
			case "users":
				t.Users = c.names(name)
			default:
				c.skip(name)
			}
		}
	})
}

// names reads a list of names that is kept, ascending and each once.
func (c *cursor) names(field string) []string {
	names := c.namesHere(field)
	for i := range names {
		names[i] = strings.Clone(names[i])
	}
	return names
}

// namesHere is names whose strings may point into the record.
func (c *cursor) namesHere(field string) (names []string) {
	for ok := c.enter('[', field); ok && c.more(); {
		name := c.ident(field)
		if name == "" {
			c.refuse(ReasonBadString, field, "expected a name, came nothing")
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// listed reads SpendingList.
func (c *cursor) listed(field string) (l core.Listed) {
	mode, given := "", false
	c.within(field, func() {
		for given = c.enter('{', ""); given && c.more(); {
			switch name := c.name(); name {
			case "mode":
				mode, _ = c.str(name)
			case "names":
				l.Names = c.names(name)
			default:
				c.skip(name)
			}
		}
		switch l.Include = mode == "include"; {
		case given && mode == "":
			c.missing("mode", "one of include, exclude")
		case given && !l.Include && mode != "exclude":
			c.refuse(ReasonBadValue, "mode", "expected one of include, exclude, came "+quoted(mode))
		}
	})
	return l
}

// limits reads a list of SpendingLimit.
func (c *cursor) limits(field string) (limits []core.Limit) {
	for ok := c.enter('[', field); ok && c.more(); {
		c.within(field+"."+strconv.Itoa(len(limits)), func() { limits = append(limits, c.limit()) })
	}
	return limits
}

var limitKinds = map[string]core.LimitKind{
	"item": core.PerItem, "order": core.PerOrder, "week": core.PerWeek, "month": core.PerMonth, "year": core.PerYear, "days": core.PerDays,
}

func (c *cursor) limit() (l core.Limit) {
	per, byAmount, byPercent, days := "", false, false, int64(0)
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "per":
			per, _ = c.str(name)
		case "amount":
			l.Amount, byAmount = c.amount(name)
		case "percent":
			l.Percent, byPercent = c.factor(name)
		case "days":
			days = c.whole(name, maxLimitDays)
		default:
			c.skip(name)
		}
	}
	l.Kind, l.Days = limitKinds[per], int32(days)
	switch {
	case per == "":
		c.missing("per", "one of item, order, week, month, year, days")
	case l.Kind == 0:
		c.refuse(ReasonBadValue, "per", "expected one of item, order, week, month, year, days, came "+quoted(per))
	case byPercent && l.Kind.Timeframe():
		c.refuse(ReasonConflict, "percent", "expected an amount for a timeframe, came a percentage")
	case byPercent && byAmount:
		c.refuse(ReasonConflict, "percent", "expected an amount or a percentage, came both")
	case byPercent && l.Percent.IsZero():
		c.refuse(ReasonBadNumber, "percent", "expected a percentage greater than zero, came zero")
	case !byPercent && !byAmount:
		c.missing("amount", "what may be spent")
	case l.Kind == core.PerDays && days == 0:
		c.missing("days", "how many days it looks back on")
	case l.Kind != core.PerDays && days != 0:
		c.refuse(ReasonConflict, "days", "expected none but of a limit per days, came "+strconv.FormatInt(days, 10))
	}
	return l
}

func (w *canon) spending(t *core.SpendingTerms, from core.Time) {
	w.text(t.ID)
	w.currency(t.Currency)
	for _, text := range [...]string{t.Labels.Name, t.Labels.Description, t.Labels.Tooltip, t.Labels.CostCentre} {
		w.text(text)
	}
	w.flag(t.Shared)
	w.count(int(t.Start))
	w.count(int(t.End))
	w.amount(t.Budget)
	for _, names := range [...][]string{t.Catalogs, t.Groups, t.Users, t.Items.Names, t.Shelves.Names} {
		w.names(names)
	}
	w.flag(t.Items.Include)
	w.flag(t.Shelves.Include)
	w.count(len(t.Limits))
	for i := range t.Limits {
		l := &t.Limits[i]
		w.count(int(l.Kind))
		w.amount(l.Amount)
		w.factor(l.Percent)
		w.count(int(l.Days))
	}
	if len(t.Reloads) > 0 { // others have the hash that they had before there were any
		w.reloads(t.Reloads)
	}
	w.time(from)
}

func (w *canon) names(names []string) {
	w.count(len(names))
	for _, name := range names {
		w.text(name)
	}
}

// spendingSwitched decodes SpendingSwitchedBody.
func (d *Decoder) spendingSwitched(ev *core.Event) {
	c, q := &d.cursor, &core.SpendingSwitch{}
	given := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "spending_account":
			q.Spending = strings.Clone(c.ident(name))
		case "on":
			given = c.json.PeekKind() != 'n'
			q.On = c.boolean(name)
		case "effective_from":
			q.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Spending == "":
		c.missing("spending_account", "the spending account's id")
	case !given:
		c.missing("on", "true or false")
	}
	ev.Switch = q
	w := &d.canon
	w.text(q.Spending)
	w.flag(q.On)
	w.time(q.EffectiveFrom)
}

// spendingCopied decodes SpendingCopiedBody.
func (d *Decoder) spendingCopied(ev *core.Event) {
	c, q := &d.cursor, &core.SpendingCopy{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "spending_account":
			q.Spending = strings.Clone(c.ident(name))
		case "as":
			q.As = strings.Clone(c.ident(name))
		case "name":
			q.Name = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Spending == "":
		c.missing("spending_account", "the id of the one that is copied")
	case q.As == "":
		c.missing("as", "the copy's id")
	case strings.Contains(q.As, "/"):
		c.refuse(ReasonBadString, "as", "expected an id without a slash, came "+quoted(q.As))
	}
	ev.Copy = q
	w := &d.canon
	w.text(q.Spending)
	w.text(q.As)
	w.text(q.Name)
}

// userDefined decodes UserDefinedBody.
func (d *Decoder) userDefined(ev *core.Event) {
	c, v := &d.cursor, &core.ShopperVersion{}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "user":
			v.ID = strings.Clone(c.ident(name))
		case "groups":
			v.Groups = c.names(name)
		case "catalogs":
			v.Catalogs = c.names(name)
		case "effective_from":
			v.EffectiveFrom = c.instant(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	if v.ID == "" {
		c.missing("user", "the user's id")
	}
	ev.Shopper = v
	w := &d.canon
	w.text(v.ID)
	w.names(v.Groups)
	w.names(v.Catalogs)
	w.time(v.EffectiveFrom)
}

// orderPlaced decodes OrderPlacedBody. Its strings may point into the record: what outlives it is cloned by who keeps it.
func (d *Decoder) orderPlaced(ev *core.Event) {
	c, q := &d.cursor, &core.OrderRequest{}
	hasCurrency := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "order":
			q.Order = c.ident(name)
		case "user":
			q.User = c.ident(name)
		case "spending_account":
			q.Spending = c.ident(name)
		case "other_payer":
			q.Payer = c.ident(name)
		case "lines":
			q.Lines = c.orderLines(name)
		case "currency":
			q.Currency, hasCurrency = c.currency(name)
		default:
			c.skip(name)
		}
	}
	c.finish()
	switch {
	case q.Order == "":
		c.missing("order", "the order's own reference")
	case q.User == "":
		c.missing("user", "who orders")
	case q.Spending == "":
		c.missing("spending_account", "the spending account that pays")
	case len(q.Lines) == 0:
		c.missing("lines", "what is ordered")
	case !hasCurrency:
		c.missing("currency", "that of the prices")
	}
	if c.bad == nil {
		c.costOf(q.Lines)
	}
	ev.Order = q
	d.canon.order(q)
}

func (w *canon) order(q *core.OrderRequest) {
	for _, text := range [...]string{q.Order, q.User, q.Spending, q.Payer} {
		w.text(text)
	}
	w.currency(q.Currency)
	w.count(len(q.Lines))
	for i := range q.Lines {
		l := &q.Lines[i]
		w.text(l.Item)
		w.names(l.Shelves)
		w.factor(l.Quantity)
		w.factor(l.Price)
	}
}

func (c *cursor) orderLines(field string) []core.OrderLine {
	return c.linesOf(field, "what is ordered")
}

// fewLines are as many as most orders and sends have.
const fewLines = 6

// linesOf reads lines; what is what an item is.
func (c *cursor) linesOf(field, what string) (lines []core.OrderLine) {
	for ok := c.enter('[', field); ok && c.more(); {
		if lines == nil {
			lines = make([]core.OrderLine, 0, fewLines)
		}
		c.withinEntry(field, len(lines), func() { lines = append(lines, c.orderLine(what)) })
	}
	return lines
}

func (c *cursor) orderLine(what string) core.OrderLine {
	l, hasPrice := core.OrderLine{Quantity: money.One}, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "item":
			l.Item = c.ident(name)
		case "catalogs":
			l.Shelves = c.namesHere(name)
		case "quantity":
			if f, given := c.factor(name); given {
				l.Quantity = f
			}
		case "unit_price":
			l.Price, hasPrice = c.factor(name)
		default:
			c.skip(name)
		}
	}
	switch {
	case l.Item == "":
		c.missing("item", what)
	case !hasPrice:
		c.missing("unit_price", "what one of it costs")
	}
	return l
}

// SpendingBody is the body of a version of a spending account.
func SpendingBody(t *core.SpendingTerms, from core.Time) SpendingDefinedBody {
	b := SpendingDefinedBody{
		SpendingAccount: t.ID, Currency: t.Currency.String(), Name: t.Labels.Name, Description: t.Labels.Description, Tooltip: t.Labels.Tooltip,
		CostCentre: t.Labels.CostCentre, Type: SpendingType(t), Start: dayText(t.Start), End: dayText(t.End), EffectiveFrom: timeText(from),
	}
	if t.Budget != 0 {
		b.Budget = Number(t.Budget.String())
	}
	if len(t.Catalogs)+len(t.Groups)+len(t.Users) > 0 {
		b.EligibleFor = &SpendingFor{Catalogs: t.Catalogs, Groups: t.Groups, Users: t.Users}
	}
	b.Items, b.Catalogs = listBody(&t.Items), listBody(&t.Shelves)
	for i := range t.Limits {
		b.Limits = append(b.Limits, limitBody(&t.Limits[i]))
	}
	for i := range t.Reloads {
		b.Reloads = append(b.Reloads, reloadBody(&t.Reloads[i]))
	}
	return b
}

// SpendingType is the type of a spending account as it is written.
func SpendingType(t *core.SpendingTerms) string {
	if t.Shared {
		return "shared"
	}
	return "standard"
}

// dayText is a civil day as it is written; "" for none.
func dayText(day int32) string {
	if day == 0 {
		return ""
	}
	return string(AppendDay(nil, day))
}

func listBody(l *core.Listed) *SpendingList {
	switch {
	case l.Include:
		return &SpendingList{Mode: "include", Names: l.Names}
	case len(l.Names) > 0:
		return &SpendingList{Mode: "exclude", Names: l.Names}
	}
	return nil
}

func limitBody(l *core.Limit) SpendingLimit {
	b := SpendingLimit{Per: l.Kind.String()}
	if l.Percent.IsZero() {
		b.Amount = Number(l.Amount.String())
	} else {
		b.Percent = Number(l.Percent.String())
	}
	if l.Days != 0 {
		b.Days = whole(int64(l.Days))
	}
	return b
}

// UserBody is the body of a version of a user.
func UserBody(v *core.ShopperVersion) UserDefinedBody {
	return UserDefinedBody{User: v.ID, Groups: v.Groups, Catalogs: v.Catalogs, EffectiveFrom: timeText(v.EffectiveFrom)}
}
