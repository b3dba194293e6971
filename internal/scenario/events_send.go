package scenario

import (
	"strings"

	"purser/topics"
)

func readCampaign(w *words, r *record) any {
	b := topics.CampaignDefinedBody{Campaign: w.take("the campaign's id"), Payer: strings.ReplaceAll(w.take("sender or funding-source"), "-", "_")}
	options(w, r, func() bool {
		switch {
		case w.skip("from"):
			b.FundingSource = w.take("a funding source")
		case w.skip("approval"):
			b.Approval = true
		case w.skip("add-funds"):
			b.AddFunds = true
		case w.skip("effective"):
			b.EffectiveFrom = w.time("the time from which it counts")
		default:
			return false
		}
		return true
	})
	return b
}

func readRemoveCampaign(w *words, r *record) any {
	b := topics.CampaignRemovedBody{Campaign: w.take("the campaign's id")}
	options(w, r, nil)
	return b
}

func readSend(w *words, r *record) any {
	b := topics.SendRequestedBody{Send: w.take("the send's reference"), Origin: "manual"}
	options(w, r, func() bool {
		switch {
		case w.skip("by"):
			b.Sender = w.take("a wallet")
		case w.skip("in-campaign"):
			b.Campaign = w.take("a campaign")
		case w.skip("triggered"):
			b.Origin = "triggered"
		case w.skip("add-funds"):
			b.AddFunds = true
		case w.skip("line"):
			l := readSendLine(w)
			if w.skip("of") {
				l.Catalogs = w.list("catalogs")
			}
			b.Lines = append(b.Lines, l)
		case w.skip("on"):
			b.SpendingAccount = w.take("a spending account")
		case w.skip("cost"):
			b.EstimatedCost = topics.Number(w.take("an amount"))
		case w.skip("currency"):
			b.Currency = w.take("a currency")
		default:
			return false
		}
		return true
	})
	return b
}

// readSendLine reads mug 2x19.90.
func readSendLine(w *words) topics.SendLine {
	l := topics.SendLine{Item: w.take("an item")}
	price := w.take("a price such as 19.90 or 2x19.90")
	if quantity, each, many := strings.Cut(price, "x"); many {
		l.Quantity, price = topics.Number(quantity), each
	}
	l.UnitPrice = topics.Number(price)
	return l
}

func readApproval(w *words, r *record) any {
	b := topics.SendApprovedBody{Send: w.take("the send's reference")}
	options(w, r, nil)
	return b
}

func readDecline(w *words, r *record) any {
	b := topics.SendDeclinedBody{Send: w.take("the send's reference")}
	options(w, r, nil)
	return b
}

func readCancellation(w *words, r *record) any {
	b := topics.SendCancelledBody{Send: w.take("the send's reference")}
	options(w, r, nil)
	return b
}

func readAdjustment(w *words, r *record) any {
	b := topics.SendAdjustedBody{Send: w.take("the send's reference")}
	if !w.skip("to") {
		w.failf("expected to AMOUNT CUR")
	}
	b.FinalCost, b.Currency = topics.Number(w.take("an amount")), w.take("a currency")
	options(w, r, nil)
	return b
}
