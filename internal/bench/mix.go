package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"purser/internal/load"
	"purser/topics"
)

// goalSend is what a send, or what follows one, may take of the application's CPU, in µs.
const goalSend = 8.0

// goalTransaction is likewise of a transaction of a customer account, with what it allocates.
const goalTransaction = 12.0

// goalOrder is likewise of an order that a spending account pays.
const goalOrder = 12.0

// mixWallets are few enough that the engine takes all of them in by events: the copy of a member would be in no team.
const mixWallets = 2_000

// mixVariants compare the full mix with usage alone, on the same world.
func (o *options) mixVariants() []variant {
	all := []variant{
		{Name: "pass-through, 2 workers", Copy: true},
		{Name: "usage alone", Wallets: mixWallets, Redis: true},
		{Name: "usage alone, where wallets recharge and usage can be reversed", Wallets: mixWallets, Redis: true, World: load.Full},
		{Name: "90 % usage, 6 % sends, 2 % payments, 2 % others", Wallets: mixWallets, Redis: true, World: load.Full, Mix: load.Full},
	}
	return o.chosen(all, len(all)-1)
}

// kindVariants are each kind of event alone. What follows something cannot be without it, and is among its part.
func (o *options) kindVariants() []variant {
	sends, payments, others := load.Mix{Sends: 100}, load.Mix{Payments: 100}, load.Mix{Others: 100}
	kinds := []variant{
		{Name: "usage", Mix: load.Mix{Usage: 100}},
		{Name: "sends, half of them followed by approvals, adjustments and cancellations", Mix: sends, CPUGoal: goalSend},
		{Name: "send.requested alone", Mix: sends, Only: topics.TypeSendRequested, CPUGoal: goalSend},
		{Name: "payments", Mix: payments},
		{Name: "payment.received alone", Mix: payments, Only: topics.TypePaymentReceived},
		{Name: "recharge-attempt.resolved alone", Mix: payments, Only: topics.TypeAttemptResolved},
		{Name: "others", Mix: others},
		{Name: "account.defined alone", Mix: others, Only: topics.TypeAccountDefined},
		{Name: "team-member.joined alone", Mix: others, Only: topics.TypeMemberJoined},
		{Name: "transfer.requested alone", Mix: others, Only: topics.TypeTransferRequested},
		{Name: "transaction.recorded alone, half of them invoices and half payments", Mix: others, Only: topics.TypeTransactionRecorded, CPUGoal: goalTransaction},
		{Name: "order.placed alone: five lines, on one of three spending accounts with four limits", Mix: others, Only: topics.TypeOrderPlaced, CPUGoal: goalOrder},
	}
	for i := range kinds {
		kinds[i].Wallets, kinds[i].Redis, kinds[i].World = mixWallets, true, load.Full
	}
	return o.chosen(kinds, 2)
}

// chosen are the rows that were asked for, or else all of them, and of those a quick run takes one.
func (o *options) chosen(all []variant, quick int) []variant {
	if o.rows == "" && o.quick {
		return all[quick : quick+1]
	}
	return slices.DeleteFunc(all, func(v variant) bool { return !strings.Contains(v.Name, o.rows) })
}

func (l *lab) mix(ctx context.Context) error {
	if err := l.sample(ctx); err != nil {
		return err
	}
	return l.compare(ctx, "mix", l.o.mixVariants())
}

// kinds are measured one after the other: so many applications at once would not fit into memory.
func (l *lab) kinds(ctx context.Context) error {
	for _, v := range l.o.kindVariants() {
		if err := l.compare(ctx, "kinds", []variant{v}); err != nil {
			return err
		}
	}
	return nil
}

func (o *options) mixTakes() time.Duration  { return o.compareTakes(o.mixVariants()) }
func (o *options) kindsTake() time.Duration { return o.compareTakes(o.kindVariants()) }
