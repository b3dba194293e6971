package processors_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	. "purser/processors/core"
	"purser/processors/money"
)

// book is a partition in a map. Cold, it answers a look-up only after load, as a shell does that has to go to a store.
type book struct {
	cells    map[string]Cell
	progress Progress
	cold     bool
	loaded   map[string]bool
	missed   map[string]bool
	looked   map[string]bool // where it is not nil: all that was looked up
	touched  map[string]int  // since the last decision began
	hand     *Event          // what NewParked parks
	scratch  []byte
}

func newBook() *book {
	return &book{cells: map[string]Cell{}, loaded: map[string]bool{}, missed: map[string]bool{}, touched: map[string]int{}}
}

// load answers what was missed from now on.
func (b *book) load() {
	maps.Copy(b.loaded, b.missed)
	clear(b.missed)
}

// forget makes the book cold again.
func (b *book) forget() { clear(b.loaded) }

func look[C any, P interface {
	*C
	Cell
}](b *book, key []byte) (P, bool) {
	b.scratch = key
	if b.looked != nil {
		b.looked[string(key)] = true
	}
	if b.cold && !b.loaded[string(key)] {
		b.missed[string(key)] = true
		return nil, false
	}
	c, _ := b.cells[string(key)].(P)
	return c, true
}

func (b *book) Org(org string) (*Org, bool) {
	return look[Org](b, AppendOrgKey(b.scratch[:0], org))
}
func (b *book) Plan(org, id string) (*Plan, bool) {
	return look[Plan](b, AppendPlanKey(b.scratch[:0], org, id))
}
func (b *book) Account(org, id string) (*Account, bool) {
	return look[Account](b, AppendAccountKey(b.scratch[:0], org, id))
}
func (b *book) System(org, name string, c money.Currency) (*Account, bool) {
	return look[Account](b, AppendSystemKey(b.scratch[:0], org, name, c))
}
func (b *book) FX(org string, from, to money.Currency) (*FX, bool) {
	return look[FX](b, AppendFXKey(b.scratch[:0], org, from, to))
}
func (b *book) Queue(org, account string) (*Queue, bool) {
	return look[Queue](b, AppendQueueKey(b.scratch[:0], org, account))
}
func (b *book) Parked(org, account string, n uint64) (*Parked, bool) {
	return look[Parked](b, AppendParkedKey(b.scratch[:0], org, account, n))
}
func (b *book) Recharge(org, account string, n uint64) (*Recharge, bool) {
	return look[Recharge](b, AppendRechargeKey(b.scratch[:0], org, account, n))
}
func (b *book) Payments(org, account, reference string) (*Payments, bool) {
	return look[Payments](b, AppendPaymentsKey(b.scratch[:0], org, account, reference))
}
func (b *book) Removed(org, account, reference string) (*Removed, bool) {
	return look[Removed](b, AppendRemovedKey(b.scratch[:0], org, account, reference))
}
func (b *book) Burnt(org string, usage Identity) (*Burnt, bool) {
	return look[Burnt](b, AppendBurntKey(b.scratch[:0], org, usage))
}
func (b *book) Team(org, id string) (*Team, bool) {
	return look[Team](b, AppendTeamKey(b.scratch[:0], org, id))
}
func (b *book) Invoice(org string, n uint64) (*Invoice, bool) {
	return look[Invoice](b, AppendInvoiceKey(b.scratch[:0], org, n))
}
func (b *book) Campaign(org, id string) (*Campaign, bool) {
	return look[Campaign](b, AppendCampaignKey(b.scratch[:0], org, id))
}
func (b *book) Send(org, id string) (*Send, bool) {
	return look[Send](b, AppendSendKey(b.scratch[:0], org, id))
}
func (b *book) Covered(org, account string, n uint64) (*Covered, bool) {
	return look[Covered](b, AppendCoveredKey(b.scratch[:0], org, account, n))
}
func (b *book) Spending(org, id string) (*Spending, bool) {
	return look[Spending](b, AppendSpendingKey(b.scratch[:0], org, id))
}
func (b *book) Allowance(org, spending, user string) (*Allowance, bool) {
	return look[Allowance](b, AppendAllowanceKey(b.scratch[:0], org, spending, user))
}
func (b *book) CustomBudget(org, spending, user string) (*CustomBudget, bool) {
	return look[CustomBudget](b, AppendCustomBudgetKey(b.scratch[:0], org, spending, user))
}
func (b *book) Shopper(org, id string) (*Shopper, bool) {
	return look[Shopper](b, AppendShopperKey(b.scratch[:0], org, id))
}
func (b *book) Order(org, id string) (*Order, bool) {
	return look[Order](b, AppendOrderKey(b.scratch[:0], org, id))
}
func (b *book) Customer(org, account string) (*Customer, bool) {
	return look[Customer](b, AppendCustomerKey(b.scratch[:0], org, account))
}
func (b *book) Transaction(org, account, reference string) (*Transaction, bool) {
	return look[Transaction](b, AppendTransactionKey(b.scratch[:0], org, account, reference))
}
func (b *book) CustomerSettings(org string) (*CustomerSettings, bool) {
	return look[CustomerSettings](b, AppendCustomerSettingsKey(b.scratch[:0], org))
}
func (b *book) Progress() *Progress { return &b.progress }

func (b *book) NewOrg(org string) *Org {
	c := &Org{ID: org}
	b.add(AppendOrgKey(nil, org), c)
	return c
}
func (b *book) NewPlan(org, id string) *Plan {
	c := &Plan{Org: org, ID: id}
	b.add(AppendPlanKey(nil, org, id), c)
	return c
}
func (b *book) NewAccount(org, id string) *Account {
	c := &Account{Org: org, ID: id}
	b.add(AppendAccountKey(nil, org, id), c)
	return c
}
func (b *book) NewSystem(org, name string, cur money.Currency) *Account {
	c := &Account{Org: org, ID: name, Kind: KindSystem, Currency: cur}
	b.add(AppendSystemKey(nil, org, name, cur), c)
	return c
}
func (b *book) NewFX(org string, from, to money.Currency) *FX {
	c := &FX{Org: org, From: from, To: to}
	b.add(AppendFXKey(nil, org, from, to), c)
	return c
}
func (b *book) NewQueue(org, account string) *Queue {
	c := &Queue{Org: org, Account: account}
	b.add(AppendQueueKey(nil, org, account), c)
	return c
}
func (b *book) NewParked(org, account string, n uint64) *Parked {
	c := &Parked{Event: *b.hand}
	b.add(AppendParkedKey(nil, org, account, n), c)
	return c
}

func (b *book) NewRecharge(org, account string, n uint64) *Recharge {
	c := &Recharge{Org: org, Account: account, Number: n}
	b.add(AppendRechargeKey(nil, org, account, n), c)
	return c
}

func (b *book) NewPayments(org, account, reference string) *Payments {
	c := &Payments{Org: org, Account: account, Reference: reference}
	b.add(AppendPaymentsKey(nil, org, account, reference), c)
	return c
}
func (b *book) NewRemoved(org, account, reference string) *Removed {
	c := &Removed{Org: org, Account: account, Reference: reference}
	b.add(AppendRemovedKey(nil, org, account, reference), c)
	return c
}

func (b *book) NewBurnt(org string, usage Identity) *Burnt {
	c := &Burnt{}
	b.add(AppendBurntKey(nil, org, usage), c)
	return c
}
func (b *book) NewTeam(org, id string) *Team {
	c := &Team{Org: org, ID: id}
	b.add(AppendTeamKey(nil, org, id), c)
	return c
}
func (b *book) NewInvoice(org string, n uint64) *Invoice {
	c := &Invoice{Org: org, Number: n}
	b.add(AppendInvoiceKey(nil, org, n), c)
	return c
}
func (b *book) NewSpending(org, id string) *Spending {
	c := &Spending{Org: org, ID: id}
	b.add(AppendSpendingKey(nil, org, id), c)
	return c
}
func (b *book) NewAllowance(org, spending, user string) *Allowance {
	c := &Allowance{Org: org, Spending: spending, User: user}
	b.add(AppendAllowanceKey(nil, org, spending, user), c)
	return c
}
func (b *book) NewCustomBudget(org, spending, user string) *CustomBudget {
	c := &CustomBudget{Org: org, Spending: spending, User: user}
	b.add(AppendCustomBudgetKey(nil, org, spending, user), c)
	return c
}
func (b *book) NewShopper(org, id string) *Shopper {
	c := &Shopper{Org: org, ID: id}
	b.add(AppendShopperKey(nil, org, id), c)
	return c
}
func (b *book) NewOrder(org, id string) *Order {
	c := &Order{Org: org, ID: id}
	b.add(AppendOrderKey(nil, org, id), c)
	return c
}
func (b *book) NewCampaign(org, id string) *Campaign {
	c := &Campaign{Org: org, ID: id}
	b.add(AppendCampaignKey(nil, org, id), c)
	return c
}
func (b *book) NewSend(org, id string) *Send {
	c := &Send{Org: org, ID: id}
	b.add(AppendSendKey(nil, org, id), c)
	return c
}

func (b *book) NewCovered(org, account string, n uint64) *Covered {
	c := &Covered{Org: org, Account: account, Recharge: n}
	b.add(AppendCoveredKey(nil, org, account, n), c)
	return c
}

func (b *book) NewCustomer(org, account string) *Customer {
	c := &Customer{Org: org, Account: account}
	b.add(AppendCustomerKey(nil, org, account), c)
	return c
}
func (b *book) NewTransaction(org, account, reference string) *Transaction {
	c := &Transaction{Org: org, Account: account, Reference: reference}
	b.add(AppendTransactionKey(nil, org, account, reference), c)
	return c
}

func (b *book) Periods(org string) (*Periods, bool) {
	return look[Periods](b, AppendPeriodsKey(b.scratch[:0], org))
}

func (b *book) DraftDay(org string, day int32) (*DraftDay, bool) {
	return look[DraftDay](b, AppendDraftDayKey(b.scratch[:0], org, day))
}

func (b *book) NewPeriods(org string) *Periods {
	c := &Periods{Org: org}
	b.add(AppendPeriodsKey(nil, org), c)
	return c
}

func (b *book) NewDraftDay(org string, day int32) *DraftDay {
	c := &DraftDay{Org: org, Day: day}
	b.add(AppendDraftDayKey(nil, org, day), c)
	return c
}

func (b *book) NewCustomerSettings(org string) *CustomerSettings {
	c := &CustomerSettings{Org: org}
	b.add(AppendCustomerSettingsKey(nil, org), c)
	return c
}

func (b *book) add(key []byte, c Cell) {
	c.Head().Key = string(key)
	if b.cells[string(key)] != nil {
		panic("a cell was made that there is")
	}
	b.cells[string(key)] = c
	b.Touch(c)
}

func (b *book) Touch(c Cell) { b.touched[c.Head().Key]++ }

func (b *book) Delete(c Cell) {
	key := c.Head().Key
	if b.cells[key] != c {
		panic("a cell was deleted that there is not")
	}
	b.touched[key]++
	delete(b.cells, key)
}

// due returns the cell that is due first, if one is due by then.
func (b *book) due(until Time) (Cell, bool) {
	var first Cell
	for _, c := range b.cells {
		h := c.Head()
		if h.NextDue == 0 || h.NextDue > max(until, DueNow) {
			continue
		}
		if first == nil || cmp.Or(cmp.Compare(h.NextDue, first.Head().NextDue), strings.Compare(h.Key, first.Head().Key)) < 0 {
			first = c
		}
	}
	return first, first != nil
}

// print is every cell in the order of the keys, to the last field.
func (b *book) print() string {
	var s strings.Builder
	for _, key := range slices.Sorted(maps.Keys(b.cells)) {
		fmt.Fprintf(&s, "%q %s\n", key, printCell(b.cells[key]))
	}
	fmt.Fprintf(&s, "%+v\n", b.progress)
	return s.String()
}

// printCell follows the pointers that %+v would print as addresses.
func printCell(c Cell) string {
	switch c := c.(type) {
	case *Org:
		var zones []string
		plain := *c
		plain.Versions = slices.Clone(c.Versions)
		for i := range plain.Versions {
			zones = append(zones, plain.Versions[i].Zone.String())
			plain.Versions[i].Zone = nil
		}
		return fmt.Sprintf("%+v %v", plain, zones)
	case *Parked:
		return fmt.Sprintf("%v %v %+v", c.Deadline, c.NextDue, c.Event.Usage)
	case *Plan:
		var credits []MonthlyCredits
		plain := *c
		plain.Versions = slices.Clone(c.Versions)
		for i := range plain.Versions {
			if m := plain.Versions[i].Credits; m != nil {
				credits = append(credits, *m)
			}
			plain.Versions[i].Credits = nil
		}
		return fmt.Sprintf("%+v %+v", plain, credits)
	case *Account:
		var policies []RechargePolicy
		var terms []FundingTerms
		plain := *c
		plain.Versions = slices.Clone(c.Versions)
		for i := range plain.Versions {
			if p := plain.Versions[i].Recharge; p != nil {
				policies = append(policies, *p)
			}
			if t := plain.Versions[i].Terms; t != nil {
				terms = append(terms, *t)
			}
			plain.Versions[i].Recharge, plain.Versions[i].Credits, plain.Versions[i].Terms = nil, nil, nil
		}
		return fmt.Sprintf("%+v %+v %+v", plain, policies, terms)
	case *Recharge:
		return fmt.Sprintf("%+v", *c)
	case *Payments:
		return fmt.Sprintf("%+v", *c)
	case *Removed:
		return fmt.Sprintf("%+v", *c)
	case *Burnt:
		var cards []RateCard
		plain := *c
		if c.Card != nil {
			cards = append(cards, *c.Card)
		}
		plain.Card = nil
		return fmt.Sprintf("%+v %+v", plain, cards)
	case *Team:
		var budgets []Budget
		plain := *c
		plain.Versions = slices.Clone(c.Versions)
		for i := range plain.Versions {
			if budget := plain.Versions[i].Budget; budget != nil {
				budgets = append(budgets, *budget)
			}
			plain.Versions[i].Budget = nil
		}
		return fmt.Sprintf("%+v %+v", plain, budgets)
	case *Covered:
		return fmt.Sprintf("%+v", *c)
	case *Invoice:
		return fmt.Sprintf("%+v", *c)
	case *Campaign:
		return fmt.Sprintf("%+v", *c)
	case *Send:
		return fmt.Sprintf("%+v", *c)
	case *Periods:
		plain := *c
		plain.Plan, plain.Bulk = nil, nil
		return fmt.Sprintf("%+v %+v %+v", plain, c.Plan, c.Bulk)
	case *DraftDay:
		return fmt.Sprintf("%+v", *c)
	case *CustomerSettings:
		return fmt.Sprintf("%+v", *c)
	case *Customer:
		return fmt.Sprintf("%+v", *c)
	case *Transaction:
		return fmt.Sprintf("%+v", *c)
	case *Spending:
		var terms []SpendingTerms
		plain := *c
		plain.Versions = slices.Clone(c.Versions)
		for i := range plain.Versions {
			terms = append(terms, *plain.Versions[i].Terms)
			plain.Versions[i].Terms = nil
		}
		return fmt.Sprintf("%+v %+v", plain, terms)
	case *CustomBudget:
		return fmt.Sprintf("%+v", *c)
	case *Allowance:
		return fmt.Sprintf("%+v", *c)
	case *Shopper:
		return fmt.Sprintf("%+v", *c)
	case *Order:
		return fmt.Sprintf("%+v", *c)
	case *FX:
		return fmt.Sprintf("%+v", *c)
	case *Queue:
		return fmt.Sprintf("%+v", *c)
	}
	panic("a cell of a kind that nobody prints")
}
