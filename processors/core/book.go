// Package core is what every kind of event is decided with: cells and their keys, events, the Book that looks them up, the Decision that comes of them
// and its postings, versions in force, and time by ticks. It knows no kind of event.
package core

import "purser/processors/money"

// Book is what the core sees of one partition: its cells, loaded by the shell.
//
// Each look-up answers (cell, true) when the answer is known: the cell is nil when it does not exist. It answers
// (nil, false) when the cell has to be loaded first; the book remembers the key. Decide then returns Miss having changed
// nothing, the shell loads everything that was remembered and calls again. So what an event needs is known only here,
// and a decision asks for all that it can before it gives up.
//
// A cell that a decision changes, it changes in place after its last look-up, and then hands to Touch once: from then on
// the shell owns writing it. New cells come from the New functions, which touch them.
type Book interface {
	Org(org string) (*Org, bool)
	Plan(org, id string) (*Plan, bool)
	Account(org, id string) (*Account, bool)
	System(org, name string, c money.Currency) (*Account, bool)
	FX(org string, from, to money.Currency) (*FX, bool)
	Queue(org, account string) (*Queue, bool)
	Parked(org, account string, n uint64) (*Parked, bool)
	Recharge(org, account string, n uint64) (*Recharge, bool)
	Payments(org, account, reference string) (*Payments, bool)
	Removed(org, account, reference string) (*Removed, bool)
	Burnt(org string, usage Identity) (*Burnt, bool)
	Team(org, id string) (*Team, bool)
	Invoice(org string, n uint64) (*Invoice, bool)
	Campaign(org, id string) (*Campaign, bool)
	Covered(org, account string, recharge uint64) (*Covered, bool)
	Send(org, id string) (*Send, bool)
	Spending(org, id string) (*Spending, bool)
	Allowance(org, spending, user string) (*Allowance, bool)
	CustomBudget(org, spending, user string) (*CustomBudget, bool)
	Shopper(org, id string) (*Shopper, bool)
	Order(org, id string) (*Order, bool)
	Customer(org, account string) (*Customer, bool)
	Transaction(org, account, reference string) (*Transaction, bool)
	CustomerSettings(org string) (*CustomerSettings, bool)
	Periods(org string) (*Periods, bool)
	DraftDay(org string, day int32) (*DraftDay, bool)
	Progress() *Progress // always loaded

	NewOrg(org string) *Org
	NewPlan(org, id string) *Plan
	NewAccount(org, id string) *Account
	NewSystem(org, name string, c money.Currency) *Account
	NewFX(org string, from, to money.Currency) *FX
	NewQueue(org, account string) *Queue
	NewParked(org, account string, n uint64) *Parked // Event and Record are filled in by the shell from the record in hand
	NewRecharge(org, account string, n uint64) *Recharge
	NewPayments(org, account, reference string) *Payments
	NewRemoved(org, account, reference string) *Removed
	NewBurnt(org string, usage Identity) *Burnt // in the place of one that there may be: a repetition after the duplicate window
	NewTeam(org, id string) *Team
	NewInvoice(org string, n uint64) *Invoice
	NewCampaign(org, id string) *Campaign
	NewCovered(org, account string, recharge uint64) *Covered
	NewSend(org, id string) *Send
	NewSpending(org, id string) *Spending
	NewAllowance(org, spending, user string) *Allowance
	NewCustomBudget(org, spending, user string) *CustomBudget
	NewShopper(org, id string) *Shopper
	NewOrder(org, id string) *Order
	NewCustomer(org, account string) *Customer
	NewTransaction(org, account, reference string) *Transaction
	NewCustomerSettings(org string) *CustomerSettings
	NewPeriods(org string) *Periods
	NewDraftDay(org string, day int32) *DraftDay

	Touch(c Cell)
	Delete(c Cell)
}
