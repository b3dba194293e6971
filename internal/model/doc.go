// Package model decides what the rules say, a second time: from docs/rules.md alone, with decimals and maps, and without a
// line of the core's code. Random histories are decided by both, and both have to say the same (histories_test.go).
//
// It reads what upstreams write, records with JSON bodies, and says what becomes of each: a list of facts, as text that a
// reader can compare. It is slow and keeps everything; nothing but tests uses it.
//
//	R1.1–R1.3  figures.go      decimals, bounds, rounding
//	R1.4       entry.go        postings, and the balances after them
//	R1.6       calendar.go     months of a zone
//	R1.7       due.go          what a tick runs, in due order
//	R2.1, R2.2 model.go        duplicates and conflicts
//	R2.3, R2.4 definitions.go  versions, what is refused, currencies
//	R3.1–R3.6  usage.go        prices, volumes, burning
//	R3.7       credits.go      grants, monthly credits, expiry
//	R3.8       payments.go     payments, removals, refunds
//	R3.9       reversal.go     voids and corrections
//	R4.1–R4.8  recharge.go     recharges, results, dunning
//	R4.9       alerts.go       crossings
//	R5.1–R5.3  funding.go      funding sources, their schedules, transfers (R5.8)
//	R5.4, R5.9 teams.go        teams, who is in them, their licences (R5.7)
//	R5.5, R5.6 budgets.go      what each member gets, and what waits for a card
//	R5.2, R5.10 covering.go    recharges that cover something of their own
//	R6.1–R6.4  sends.go        campaigns, and sends that are asked for
//	R6.5–R6.9  steps.go        what follows a send
//	R6.7, R9.3 invoices.go     invoices, and the end of a day
//	R7.1, R7.2 spending.go     spending accounts, and who may use them
//	R7.5–R7.10 orders.go       what they pay of orders, limits, cancellations, quotes
//	R6.10      parts.go        what a spending account pays of a send
//	R8.1, R8.2 customers.go    transactions of customer accounts, and what is allocated
//	R8.7       periods.go      accounting periods
//	R8.3–R8.6  credit.go       credit terms, limits, statuses
//	R10.2      waiting.go      usage without an account
//
// Another kind of event takes three things, each in one place: a function that reads its body and returns what decides it, in a
// file of its own here and in the table kinds (model.go); where it brings due work, a line in due.go; and a generator in the table
// generators of draw_test.go. All properties then hold for it, too.
package model
