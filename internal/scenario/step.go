package scenario

import (
	"fmt"
	"time"
)

// read checks a step's line with a scribe that has seen the lines above it.
func (s *Step) read(by *scribe) error {
	switch s.Kind {
	case StepClock:
		_, err := s.clock()
		return err
	case StepCheck:
		_, err := s.question()
		return err
	default:
		_, err := by.records(s.words, s.json)
		return err
	}
}

func (s *Step) clock() (time.Time, error) {
	w := &words{rest: s.words[1:], usage: "now TIME"}
	t, _ := time.Parse(time.RFC3339Nano, w.time("the broker's time"))
	if w.more() {
		w.failf("expected the end of the line, found %q", w.take(""))
	}
	return t, w.err
}

// question is what a check asks.
type question struct {
	about    string // account, customer, history, waiting, recharges, invoices, team, spells, send, spending-account, order, periods, ledger
	account  string
	send     string
	currency string // of one of the rest of the world's accounts
	org      string // "": the scenario's
}

const questionUsage = "check account ACCOUNT [CUR] | history ACCOUNT [CUR] | waiting ACCOUNT | recharges ACCOUNT | invoices ACCOUNT | team TEAM | spells ACCOUNT | customer ACCOUNT | send SEND | spending-account ID | order ORDER | periods | ledger, then [in ORG]"

func (s *Step) question() (question, error) {
	w := &words{rest: s.words, usage: questionUsage}
	q := question{about: w.take("account, history, waiting, recharges, invoices, team, spells, send, spending-account, order, periods or ledger")}
	switch q.about {
	case "account", "history", "waiting", "recharges", "invoices", "team", "spells", "spending-account", "customer":
		q.account = w.take("an account")
	case "send", "order":
		q.send = w.take("a send")
	case "ledger", "periods":
	default:
		w.failf("expected account, history, waiting, recharges, invoices, team, spells, send, spending-account, order, periods or ledger, found %q", q.about)
	}
	if w.more() && w.rest[0] != "in" {
		q.currency = w.take("a currency")
	}
	if w.skip("in") {
		q.org = w.take("an org")
	}
	if w.more() {
		w.failf("expected the end of the line, found %q", w.take(""))
	}
	if len(q.currency) != 0 && len(q.currency) != 3 {
		w.failf("expected a currency, found %q", q.currency)
	}
	if w.err != nil {
		return q, fmt.Errorf("a check: %w", w.err)
	}
	return q, nil
}
