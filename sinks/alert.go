package sinks

import (
	"encoding/hex"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// Alert makes the record of one alert of a decision; the other arguments are those of Ledger.
func (e *Encoder) Alert(a *core.Alert, ev *core.Event, cause *kgo.Record, d *core.Decision) *kgo.Record {
	from := originOf(ev, cause, d)
	body := alertBody(a, &from)
	return e.marshalled(e.alert, topics.TypeAlert, body.Key, &from, cause, body)
}

// alertBody names the crossing by what caused it: an event, or a piece of due work, takes an account across an edge once.
func alertBody(a *core.Alert, from *origin) topics.AlertBody {
	identity := topics.IdentityOf(from.org, from.source, from.id)
	body := topics.AlertBody{
		Kind: string(a.Kind), Severity: severityOf(a.Kind), Org: from.org,
		Contacts: a.Contacts, Source: from.source, ID: from.id,
		Key: string(a.Kind) + "/" + hex.EncodeToString(identity[:]),
	}
	body.Attempt, body.Reason, body.Invoice, body.Send = a.Attempt, a.Why, a.Invoice, a.Send
	if a.Account == nil {
		return body
	}
	body.Key += "/" + a.Account.ID
	body.Recipients = topics.RecipientsOf(a.Customer)
	body.Account, body.Currency, body.Balance = a.Account.ID, a.Currency.String(), a.Balance.String()
	switch a.Kind {
	case core.LowBalance, core.OverCreditLimit, core.WithinCreditLimit:
		body.Threshold = a.Threshold.String()
	case core.NegativeBalance:
		body.ToCollect = a.ToCollect.String()
	}
	if a.Attempt != "" || a.Invoice != 0 || a.Send != "" || a.Kind == core.RecurringFailed {
		body.Amount = a.Amount.String()
	}
	if a.RetryAt != 0 {
		body.RetryAt = topics.FormatTime(a.RetryAt)
	}
	return body
}

func severityOf(kind core.AlertKind) string {
	switch kind {
	case core.NegativeBalance, core.RechargeExhausted, core.UnknownResult, core.AdjustmentInSuspense:
		return "critical"
	}
	if kind == core.WithinCreditLimit {
		return "info"
	}
	return "warning"
}
