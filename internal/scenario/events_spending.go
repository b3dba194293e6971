package scenario

import (
	"strings"

	"purser/topics"
)

func readSpending(w *words, r *record) any {
	b := topics.SpendingDefinedBody{SpendingAccount: w.take("the spending account's id"), Type: w.take("standard or shared"), Start: "2026-01-01"}
	options(w, r, func() bool {
		switch {
		case w.skip("name"):
			b.Name = w.take("a name")
		case w.skip("about"):
			b.Description = w.take("a description in a word")
		case w.skip("tooltip"):
			b.Tooltip = w.take("a tooltip in a word")
		case w.skip("cost-centre"):
			b.CostCentre = w.take("a cost centre")
		case w.skip("start"):
			b.Start = w.take("a day")
		case w.skip("end"):
			b.End = w.take("a day")
		case w.skip("currency"):
			b.Currency = w.take("a currency")
		case w.skip("budget"):
			b.Budget = topics.Number(w.take("an amount"))
		case w.skip("limit"):
			b.Limits = append(b.Limits, readLimit(w))
		case w.skip("reload"):
			b.Reloads = append(b.Reloads, readReload(w))
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return readSelection(w, &b)
		}
		return true
	})
	return b
}

// readSelection reads for whom a spending account is, and for what.
func readSelection(w *words, b *topics.SpendingDefinedBody) bool {
	selected := func() *topics.SpendingFor {
		if b.EligibleFor == nil {
			b.EligibleFor = &topics.SpendingFor{}
		}
		return b.EligibleFor
	}
	switch {
	case w.skip("for-catalogs"):
		selected().Catalogs = w.list("catalogs")
	case w.skip("for-groups"):
		selected().Groups = w.list("groups")
	case w.skip("for-users"):
		selected().Users = w.list("users")
	case w.skip("items"):
		b.Items = &topics.SpendingList{Mode: w.take("include or exclude"), Names: w.list("items")}
	case w.skip("catalogs"):
		b.Catalogs = &topics.SpendingList{Mode: w.take("include or exclude"), Names: w.list("catalogs")}
	default:
		return false
	}
	return true
}

// readLimit reads item 25, order 50% or 30-days 100.
func readLimit(w *words) topics.SpendingLimit {
	l := topics.SpendingLimit{Per: w.take("item, order, week, month, year or 30-days")}
	if days, found := strings.CutSuffix(l.Per, "-days"); found {
		l.Per, l.Days = "days", topics.Number(days)
	}
	amount := w.take("an amount or a percentage")
	if percent, found := strings.CutSuffix(amount, "%"); found {
		l.Percent = topics.Number(percent)
	} else {
		l.Amount = topics.Number(amount)
	}
	return l
}

// readReload reads set 100 every month from 2026-01-31.
func readReload(w *words) topics.SpendingReload {
	r := topics.SpendingReload{Type: w.take("set or add"), Amount: topics.Number(w.take("an amount"))}
	if !w.skip("every") {
		w.failf("expected every, and how often it reloads")
	}
	r.Every = w.take("day, week, month, quarter, year or 10-days")
	if days, found := strings.CutSuffix(r.Every, "-days"); found {
		r.Every, r.Days = "days", topics.Number(days)
	}
	if !w.skip("from") {
		w.failf("expected from, and the first day")
	}
	r.Effective = w.take("a day")
	return r
}

func readSetBudgets(w *words, r *record) any {
	b := topics.BudgetsSetBody{SpendingAccount: w.take("the spending account's id"), Amount: topics.Number(w.take("an amount"))}
	options(w, r, nil)
	return b
}

func readImportBudgets(w *words, r *record) any {
	b := topics.BudgetsImportedBody{SpendingAccount: w.take("the spending account's id")}
	options(w, r, func() bool {
		if !w.skip("user") {
			return false
		}
		b.Budgets = append(b.Budgets, topics.BudgetBody{User: w.take("a user"), Amount: topics.Number(w.take("an amount"))})
		return true
	})
	return b
}

func readSwitch(on bool) func(*words, *record) any {
	return func(w *words, r *record) any {
		b := topics.SpendingSwitchedBody{SpendingAccount: w.take("the spending account's id"), On: on}
		options(w, r, func() bool {
			if !w.skip("effective") {
				return false
			}
			b.EffectiveFrom = w.time("the time from which it counts")
			return true
		})
		return b
	}
}

func readCopySpending(w *words, r *record) any {
	b := topics.SpendingCopiedBody{SpendingAccount: w.take("the spending account's id"), As: w.take("the copy's id")}
	options(w, r, func() bool {
		if !w.skip("name") {
			return false
		}
		b.Name = w.take("a name")
		return true
	})
	return b
}

func readRemoveSpending(w *words, r *record) any {
	b := topics.SpendingRemovedBody{SpendingAccount: w.take("the spending account's id")}
	options(w, r, nil)
	return b
}

func readUser(w *words, r *record) any {
	b := topics.UserDefinedBody{User: w.take("the user's id")}
	options(w, r, func() bool {
		switch {
		case w.skip("groups"):
			b.Groups = w.list("groups")
		case w.skip("sees"):
			b.Catalogs = w.list("catalogs")
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return false
		}
		return true
	})
	return b
}

func readRemoveUser(w *words, r *record) any {
	b := topics.UserRemovedBody{User: w.take("the user's id")}
	options(w, r, nil)
	return b
}

func readOrder(w *words, r *record) any {
	b := topics.OrderPlacedBody{Order: w.take("the order's reference")}
	options(w, r, func() bool {
		switch {
		case w.skip("by"):
			b.User = w.take("a user")
		case w.skip("on"):
			b.SpendingAccount = w.take("a spending account")
		case w.skip("rest"):
			b.OtherPayer = w.take("a wallet or a funding source")
		case w.skip("line"):
			b.Lines = append(b.Lines, readOrderLine(w))
		case w.skip("currency"):
			b.Currency = w.take("a currency")
		default:
			return false
		}
		return true
	})
	return b
}

func readCancelOrder(w *words, r *record) any {
	b := topics.OrderCancelledBody{Order: w.take("the order's reference")}
	options(w, r, nil)
	return b
}
