package verify

import (
	"strings"

	"purser/topics"
)

// subject compares what an entry says that it is about, an attempt, an invoice, a send, with the event that it decides, and with
// what has gone out: nothing may be named that is not there. Entries of the first releases name nothing.
func (a *audit) subject(e *entry) {
	b := &e.body
	if b.Attempt == "" && b.Invoice == 0 && b.Send == "" || a.blind {
		return
	}
	o := a.world.org(b.Org)
	if b.Attempt != "" {
		if _, _, at := o.attempt(b.Attempt); at == nil {
			a.report.find(CheckSubject, e.where, "it is about attempt %s, which never went out", b.Attempt)
		}
	}
	if b.Send != "" && o.sends[b.Send] == nil {
		a.report.find(CheckSubject, e.where, "it is about send %s, which nobody asked for", b.Send)
	}
	if strings.HasPrefix(b.Type, duePrefix) || e.event == nil {
		return
	}
	var asked struct {
		Attempt string        `json:"attempt"`
		Result  string        `json:"result"`
		Reason  string        `json:"reason"`
		Send    string        `json:"send"`
		Invoice topics.Number `json:"invoice"`
	}
	if decode(a.inputs.bodyOf(e.event), &asked) != nil {
		return
	}
	if b.Type != topics.TypeAttemptResolved {
		asked.Result, asked.Reason = "", ""
	}
	if asked.Result != failed {
		asked.Reason = ""
	}
	a.named(e, "attempt", b.Attempt, asked.Attempt)
	a.named(e, "result", b.Told, asked.Result)
	a.named(e, "reason", b.Why, asked.Reason)
	if n, _ := o.invoice(asked.Invoice); b.Invoice != 0 && b.Invoice != uint64(n) {
		a.report.find(CheckSubject, e.where, "it is about invoice %d, and the event that it decides is about %d", b.Invoice, n)
	}
	if asked.Send != "" {
		a.named(e, "send", b.Send, asked.Send)
	}
}

// named compares one name, where the entry gives it.
func (a *audit) named(e *entry, what, said, asked string) {
	if said != "" && said != asked {
		a.report.find(CheckSubject, e.where, "it is about %s %q, and the event that it decides is about %q", what, said, asked)
	}
}
