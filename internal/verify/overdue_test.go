package verify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/record"
	"purser/topics"
)

// tells is a tick that is written at the time that it tells.
func (s *scene) tells(t time.Time) *kgo.Record {
	tick := s.in(0, topics.RefillTick, topics.TypeTick, "tells", `{"time":"`+rfc(t)+`"}`)
	tick.Timestamp = t
	return tick
}

var (
	february = time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)
	nextDay  = time.Date(2026, 1, 25, 0, 0, 0, 0, time.UTC)
)

// undone is work that nobody did, and what the auditor has to say of it.
var undone = []struct {
	name, want string
	do         func(*scene)
}{
	{"a grant that expires with its month", "of the grant monthly/2026-01 of w-7 has expired and is still there", func(s *scene) { s.tells(february) }},
	{"a month's credits", "w-7 has not got its credits of 2026-02, 20", func(s *scene) { s.tells(february) }},
	{"a month's credits of a wallet that never got any", "w-13 has not got its credits of 2026-02, 20", func(s *scene) {
		s.definitionOf(topics.TypeAccountDefined, "o1", `{"account":"w-13","kind":"wallet","currency":"USD","plan":"free"}`)
		s.tells(february)
	}},
	{"a month's credits of the wallet's own", "w-13 has not got its credits of 2026-02, 7", func(s *scene) {
		s.definitionOf(topics.TypeAccountDefined, "o1", `{"account":"w-13","kind":"wallet","currency":"USD","monthly_credits":{"amount":"7"}}`)
		s.tells(february)
	}},
	{"a month's funding", "s-6 was not funded for 2026-02, with 30", func(s *scene) {
		s.definitionOf(topics.TypeAccountDefined, "o2", `{"account":"s-6","kind":"funding_source","currency":"USD","funding":{"name":"n","payment_type":"invoice","schedule":{"every":"month","amount":"30"}}}`)
		s.tells(february)
	}},
	{"an attempt without a result", "s-3/5/2 has no result for more than a day", func(s *scene) { s.tells(nextDay) }},
	{"an attempt without a result, before a later turn of the clock", "s-3/2/1 has no result for more than a day", func(s *scene) {
		body(s.told, func(b *topics.LedgerEntryBody) { b.Result = resultRefused })
	}},
	{"a retry", "s-3/5/2 has failed, and was neither made again nor given up", func(s *scene) {
		no := s.result("o3", "s-3/5/2", failed)
		s.out(no, no, topics.TypeAttemptResolved, resultApplied, "", nil)
		s.about(no, rechargeFailed, "s-3", "s-3/5/2")
		s.tells(nextDay)
	}},
	{"a send that waits for a card", "the send n-20 waits for a card for more than a day", func(s *scene) {
		ask := s.sendFunds("20", "9")
		s.emits(s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil), ask, "s-3/6/1 9 tok add_funds")
		s.answer(ask, "a-20", "pending", fundsPending)
		s.tells(nextDay)
	}},
	{"the end of a day", "s-2 is negative by 7 without an invoice", func(s *scene) { s.tells(nextDay) }},
	{"usage that waits for its wallet", "it waits since entry", func(s *scene) { s.tells(nextDay.Add(time.Hour)) }},
	{"a cell of its own accord", `the cell "t-1" was due at 2026-01-21T00:00:00Z, and the last tick was at 2026-01-23T23:00:00Z`, func(s *scene) {
		s.cellDue("t-1", at(21).Add(-12*time.Hour))
	}},
}

// cellDue appends a cell that has work to do at a time.
func (s *scene) cellDue(key string, t time.Time) {
	s.append(&kgo.Record{Topic: topics.Changelog, Key: []byte(key), Value: fmt.Appendf(nil, `{"next_due":%d}`, t.UnixMicro()), Timestamp: at(20)})
}

func TestWhatWasDueAndIsNotDoneIsFound(t *testing.T) {
	opts := brokers(t)
	for i, p := range undone {
		t.Run(p.name, func(t *testing.T) {
			s := newScene(fmt.Sprintf("undone-%d.", i))
			p.do(s)
			r := s.verify(t, opts, true)
			for _, f := range r.Findings {
				if f.Check == CheckOverdue && strings.Contains(f.What, p.want) {
					return
				}
			}
			t.Errorf("it does not say %q, but %v", p.want, r.Findings)
		})
	}
}

// What may still be done in time, and what nobody was told the time for, is not overdue.
func TestWhatIsNotDueIsNotOverdue(t *testing.T) {
	opts := brokers(t)
	for i, p := range []struct {
		name string
		do   func(*scene)
	}{
		{"a tick that was refused", func(s *scene) {
			s.letter(s.tells(february), "clock_ahead", 0)
		}},
		{"a cell that is due later", func(s *scene) { s.cellDue("t-1", at(24)) }},
		{"a cell that was worked off", func(s *scene) {
			s.cellDue("t-1", at(21))
			s.cellDue("t-1", at(25))
		}},
		{"a cell that is gone", func(s *scene) {
			s.cellDue("t-1", at(21))
			s.append(&kgo.Record{Topic: topics.Changelog, Key: []byte("t-1"), Timestamp: at(20)})
		}},
		{"an attempt that may have gone out after the tick was read", func(s *scene) {
			ask := s.in(record.Good, topics.Account, topics.TypeRechargeRequested, "o4", `{"account":"w-6","amount":"5","currency":"USD","payment_method":"other"}`)
			s.emits(s.out(ask, ask, topics.TypeRechargeRequested, resultApplied, "", nil), ask, "w-6/3/1 5 other manual")
			s.answer(ask, "o4", "pending", "")
			s.in(0, topics.RefillTick, topics.TypeTick, "o5", `{"time":"`+rfc(at(23).Add(23*time.Hour/2))+`"}`)
		}},
	} {
		t.Run(p.name, func(t *testing.T) {
			s := newScene(fmt.Sprintf("done-%d.", i))
			p.do(s)
			if r := s.verify(t, opts, true); r.Differences > 0 {
				t.Errorf("%v", r.Findings)
			}
		})
	}
}
