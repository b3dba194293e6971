package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

const (
	day   = 24 * time.Hour
	never = time.Hour // a late answer that no test waits for
)

// TestRecharges plays each token from a wallet whose balance is low to what becomes of it.
func TestRecharges(t *testing.T) {
	r := newRig(t)
	r.gateway("gateway", 50*time.Millisecond)
	for name, play := range map[string]func(*rig){
		"success": succeeds, "decline": isExhausted, "late": comesLate, "twice": saysItTwice, "contradictions": contradicts, "never": isNeverAnswered, "unknown": isUnknown,
	} {
		t.Run(name, func(t *testing.T) {
			outer := r.t
			defer func() { r.t = outer }()
			r.t = t
			play(r)
		})
	}
	r.is("dead letters", r.of(topics.DeadLetter, "mark", func(_ *kgo.Record, body map[string]any) string { return fmt.Sprint(body) }))
	if log := r.log.String(); strings.Contains(log, "card") || strings.Contains(log, "4242") {
		t.Errorf("the log repeats a token:\n%s", log)
	}
}

func succeeds(r *rig) {
	r.wallet("alice", "pm_success", 3)
	r.await("alice is credited", func() bool { return len(r.balances("alice")) > 0 })
	r.settled()
	r.is("balances", r.balances("alice"), "50.000000")
	r.is("results", r.results("alice"), "alice/1/1 succeeded")
	r.is("alerts", r.alerts("alice"))
}

// isExhausted: a card that is declined is tried again each day, and no more after the last attempt (R4.3, R4.4).
func isExhausted(r *rig) {
	r.wallet("bob", "pm_decline", 3)
	alerts := []string{"recharge_failed bob/1/1", "recharge_failed bob/1/2", "recharge_exhausted bob/1/3"}
	for n := range alerts {
		r.await("attempt is declined", func() bool { return len(r.alerts("bob")) > n })
		r.is("alerts", r.alerts("bob"), alerts[:n+1]...)
		r.tick(day)
	}
	r.tick(day)
	r.wallet("bobs-friend", "pm_success", 3)
	r.await("a recharge after that tick is credited", func() bool { return len(r.balances("bobs-friend")) > 0 })
	r.is("attempts", r.attempts("bob"), "bob/1/1", "bob/1/2", "bob/1/3")
	r.is("results", r.results("bob"), "bob/1/1 failed card_declined", "bob/1/2 failed card_declined", "bob/1/3 failed card_declined")
	r.is("balances", r.balances("bob"))
}

// comesLate: nothing is credited before its time.
func comesLate(r *rig) {
	r.wallet("carol", "pm_late_success", 3)
	r.wallet("carols-friend", "pm_late_decline", 3)
	r.await("carol is credited", func() bool { return len(r.balances("carol")) > 0 })
	r.await("her friend is not", func() bool { return len(r.alerts("carols-friend")) > 0 })
	r.is("balances", r.balances("carol"), "50.000000")
	r.is("results", r.results("carols-friend"), "carols-friend/1/1 failed card_declined")
	times := func(topic string) []string {
		return r.of(topic, "carol", func(record *kgo.Record, _ map[string]any) string {
			return record.Timestamp.Add(-50 * time.Millisecond).UTC().Format(time.RFC3339Nano)
		})
	}
	asked := r.of(topics.RechargeAttempt, "carol", func(record *kgo.Record, _ map[string]any) string {
		return record.Timestamp.UTC().Format(time.RFC3339Nano)
	})
	if answered := times(topics.PaymentResult); len(answered) != 1 || len(asked) != 1 || answered[0] < asked[0] {
		r.t.Errorf("asked at %q, answered 50 ms after %q", asked, answered)
	}
}

// saysItTwice: the second one changes nothing, whichever it is (R4.7).
func saysItTwice(r *rig) {
	r.wallet("dave", "pm_success_twice", 3)
	r.wallet("daves-friend", "pm_decline_twice", 3)
	r.await("both are told twice", func() bool { return len(r.results("dave")) == 2 && len(r.results("daves-friend")) == 2 })
	r.settled()
	r.is("results", r.results("dave"), "dave/1/1 succeeded", "dave/1/1 succeeded")
	r.is("balances", r.balances("dave"), "50.000000")
	r.is("alerts", r.alerts("dave"))
	r.is("alerts", r.alerts("daves-friend"), "recharge_failed daves-friend/1/1")
}

// contradicts: the money moved, whatever else is said, and someone is told of the dispute (R4.7).
func contradicts(r *rig) {
	r.wallet("erin", "pm_success_then_decline", 3)
	r.wallet("frank", "pm_decline_then_success", 3)
	r.await("both are told twice", func() bool { return len(r.results("erin")) == 2 && len(r.results("frank")) == 2 })
	r.settled()
	r.is("results", r.results("erin"), "erin/1/1 succeeded", "erin/1/1 failed card_declined")
	r.is("balances", r.balances("erin"), "50.000000")
	r.is("alerts", r.alerts("erin"), "recharge_disputed erin/1/1")
	r.is("results", r.results("frank"), "frank/1/1 failed card_declined", "frank/1/1 succeeded")
	r.is("balances", r.balances("frank"), "50.000000")
	r.is("alerts", r.alerts("frank"), "recharge_failed frank/1/1", "recharge_disputed frank/1/1")
}

// isNeverAnswered: after a day someone is told, once, and the card is not charged for it again (R4.7).
func isNeverAnswered(r *rig) {
	r.wallet("grace", "pm_never", 3)
	r.await("the gateway has the attempt", func() bool { return strings.Contains(r.log.String(), "attempt=grace/1/1") })
	r.tick(day)
	r.await("it is told", func() bool { return len(r.alerts("grace")) > 0 })
	r.tick(7 * day)
	r.wallet("graces-friend", "pm_success", 3)
	r.await("a recharge after that tick is credited", func() bool { return len(r.balances("graces-friend")) > 0 })
	r.is("alerts", r.alerts("grace"), "recharge_unresolved grace/1/1")
	r.is("attempts", r.attempts("grace"), "grace/1/1")
	r.is("results", r.results("grace"))
}

func isUnknown(r *rig) {
	r.wallet("heidi", "tok_4242_card", 3)
	r.await("it is declined", func() bool { return len(r.alerts("heidi")) > 0 })
	r.is("results", r.results("heidi"), "heidi/1/1 failed unknown_payment_method")
}

// TestDeclinesAreCountedByTheAttempt and not from memory: each one is answered by another gateway.
func TestDeclinesAreCountedByTheAttempt(t *testing.T) {
	r := newRig(t)
	r.wallet("alice", "pm_decline_2_then_success", 7)
	for n := range 3 {
		stop := r.gateway("gateway", never)
		r.await("it answers", func() bool { return len(r.results("alice")) > n })
		stop()
		r.settled()
		r.tick(day)
		r.await("the next attempt is there", func() bool { return n == 2 || len(r.attempts("alice")) == n+2 })
	}
	r.is("results", r.results("alice"), "alice/1/1 failed card_declined", "alice/1/2 failed card_declined", "alice/1/3 succeeded")
	r.is("balances", r.balances("alice"), "50.000000")
}

// TestALateAnswerSurvivesARestart: what a gateway has not answered when it stops, the next one answers, also where attempts after it
// were answered.
func TestALateAnswerSurvivesARestart(t *testing.T) {
	r := newRig(t)
	stop := r.gateway("gateway", never)
	r.wallet("alice", "pm_late_success", 3)
	r.wallet("bob", "pm_success", 3)
	r.await("bob is credited", func() bool { return len(r.balances("bob")) > 0 })
	r.is("results for alice", r.results("alice"))
	stop()
	r.gateway("gateway", time.Millisecond)
	r.await("alice is credited", func() bool { return len(r.balances("alice")) > 0 })
	r.await("bob's is answered again", func() bool { return len(r.results("bob")) == 2 })
	r.settled()
	r.is("balances", r.balances("alice"), "50.000000")
	r.is("balances", r.balances("bob"), "50.000000")
}

// TestAnsweredAgainIsTheSame: a gateway that begins from the first attempt, as one does whose offsets are lost, writes the same
// events, and they change nothing.
func TestAnsweredAgainIsTheSame(t *testing.T) {
	r := newRig(t)
	stop := r.gateway("one", never)
	tokens := []string{"pm_success", "pm_decline", "pm_decline_1_then_success", "pm_success_twice", "pm_success_then_decline", "pm_decline_then_success", "tok_x"}
	accounts := []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace"}
	for i, account := range accounts {
		r.wallet(account, tokens[i], 3)
	}
	whole := func() (all []string) {
		for _, account := range accounts {
			all = append(all, r.of(topics.PaymentResult, account, func(record *kgo.Record, _ map[string]any) string {
				return fmt.Sprintf("%d %s %s %v", record.Partition, record.Key, record.Value, record.Headers)
			})...)
		}
		return all
	}
	r.await("all are answered", func() bool { return len(whole()) == 10 })
	stop()
	first := whole()
	r.settled()
	entries := func() []string {
		return r.of(topics.Ledger, "acme", func(_ *kgo.Record, body map[string]any) string { return fmt.Sprint(body["type"]) })
	}
	decided := len(entries())
	r.gateway("two", never)
	r.await("all are answered again", func() bool { return len(whole()) == 20 })
	twice := slices.Concat(first, first)
	slices.Sort(twice)
	if got := slices.Sorted(slices.Values(whole())); !slices.Equal(got, twice) {
		t.Errorf("the answers are\n%s\nwant each twice:\n%s", strings.Join(got, "\n"), strings.Join(first, "\n"))
	}
	r.settled()
	if now := len(entries()); now != decided+1 { // that of settled
		t.Errorf("the ledger had %d entries, and has %d", decided, now)
	}
}

// TestTheRateIsKept: attempts that were there before are answered one after the other.
func TestTheRateIsKept(t *testing.T) {
	const attempts, rate = 6, 20
	r := newRig(t)
	for i := range attempts {
		r.wallet(fmt.Sprintf("w%d", i), "pm_success", 3)
	}
	began := time.Now()
	r.gateway("gateway", never, rate)
	var last time.Time
	for i := range attempts {
		account := fmt.Sprintf("w%d", i)
		r.await(account+" is credited", func() bool { return len(r.balances(account)) > 0 })
		r.of(topics.PaymentResult, account, func(record *kgo.Record, _ map[string]any) string {
			last = record.Timestamp.Add(time.Millisecond) // to which records are dated
			return ""
		})
	}
	if took := last.Sub(began); took < (attempts-1)*time.Second/rate {
		t.Errorf("%d results came within %v", attempts, took)
	}
}

// TestGatewaysShareTheAttempts: one that joins takes some, one that leaves gives them back, and every wallet is credited once.
func TestGatewaysShareTheAttempts(t *testing.T) {
	r := newRig(t)
	stop := r.gateway("gateway", 20*time.Millisecond)
	credited := func(n int) {
		r.t.Helper()
		for i := range n {
			account := fmt.Sprintf("w%d", i)
			r.await(account+" is credited", func() bool { return len(r.balances(account)) > 0 })
		}
	}
	tokens := []string{"pm_success", "pm_late_success"}
	for i := range 30 {
		r.wallet(fmt.Sprintf("w%d", i), tokens[i%2], 3)
		switch i {
		case 10:
			r.gateway("gateway", 20*time.Millisecond)
		case 20:
			stop()
		}
	}
	credited(30)
	r.settled()
	for i := range 30 {
		r.is("balances", r.balances(fmt.Sprintf("w%d", i)), "50.000000")
	}
}
