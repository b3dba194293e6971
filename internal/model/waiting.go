package model

import (
	"slices"
	"time"
)

const patience = 24 * time.Hour // R10.2, R3.9

// waiting is an event that waits for something that it names.
type waiting struct {
	*event
	account         string // usage: that is not defined
	usage           string // a reversal: whose usage is not known
	since, deadline time.Time
	due             time.Time // a reversal: when it is looked at again
}

func (t *turn) wait() *waiting {
	t.fact.Result = "waiting"
	since := t.now(t.e.Recorded)
	return &waiting{event: t.e, since: since, deadline: since.Add(patience)}
}

// waitForAccount: usage is given up in the order in which it came, also where a first tick has put the time back since (R10.2).
func (t *turn) waitForAccount(account string) *waiting {
	w := t.wait()
	w.account = account
	for _, before := range t.o.waiting {
		if before.account == account && before.deadline.After(w.deadline) {
			w.deadline = before.deadline
		}
	}
	return w
}

// waitForUsage: a minute after it came, the usage is looked for (R3.9).
func (t *turn) waitForUsage(usage string) *waiting {
	w := t.wait()
	w.usage, w.due = usage, w.since.Add(time.Minute)
	return w
}

// workOff decides what has waited for accounts that are defined by now, in the order in which it came (R10.2).
func (m *Model) workOff() {
	for _, o := range m.inOrder() {
		for _, w := range slices.Clone(o.waiting) {
			if !o.accounts[w.account].defined() {
				continue
			}
			o.waiting = without(o.waiting, w)
			t := m.turn(w.event, true)
			w.decide(t)
			t.fact.DeadLetter = t.fact.Result != "applied"
		}
	}
}

// givenUp ends the waiting of what has waited in vain.
func (m *Model) givenUp(w *waiting, why string, at time.Time) {
	m.tell(&Fact{Org: w.Org, Due: true, At: stamp(at), Result: "expired", Reason: why, Type: w.Type, ID: w.ID, DeadLetter: true})
}

func without(all []*waiting, w *waiting) []*waiting {
	return slices.DeleteFunc(slices.Clone(all), func(other *waiting) bool { return other == w })
}
