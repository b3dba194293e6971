package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

const unanswered = `define: org
org: acme
currency: USD
---
define: account
org: acme
account: silent
kind: wallet
recharge: {when_balance_lower_than: 10, amount: 50, payment_method: pm_never}
---
define: account
org: acme
account: refused
kind: wallet
recharge: {when_balance_lower_than: 10, amount: 40, payment_method: pm_decline, attempts: 1}
`

const betterCard = `define: account
org: acme
account: refused
kind: wallet
recharge: {when_balance_lower_than: 10, amount: 40, payment_method: pm_success, attempts: 1}
`

// TestRechargesThatSomeoneHasToLookAt: a gateway that never answers, a card that is declined, and a result of an attempt that never
// was. Each is told of, and what the page says makes it good.
func TestRechargesThatSomeoneHasToLookAt(t *testing.T) {
	s := newSystem(t).hurry()
	s.env = append(s.env, "PURSER_MAX_TICK_AHEAD=0s")
	connector := "CONNECTOR=" + s.names.Prefix + "gateway"
	s.cards()
	_, http := s.runServing("process,checkpoint")
	s.must("apply", "-f", s.file("unanswered.yaml", unanswered))
	s.waitFor("one card is asked and the other refused", patience, func() bool { // what is not answered before the tick is unresolved after it
		_, asked := s.attempted("silent/1/1")
		return asked && strings.Contains(s.shell(`curl -fsS "http://$HTTP/metrics" || true`, http), `purser_alerts_total{kind="recharge_exhausted"} 1`)
	})
	s.must("tick", "--until", time.Now().Add(25*time.Hour).UTC().Format(time.RFC3339))
	s.produce(s.event(topics.PaymentResult, "ghost", topics.TypeAttemptResolved, topics.AttemptResolvedBody{Attempt: "silent/77/1", Result: "succeeded", Payment: "ch_77"}))

	page := s.runbook("recharges")
	seen := ""
	for _, what := range []string{
		`purser_alerts_total\{kind="recharge_exhausted"\} 1`, `purser_alerts_total\{kind="recharge_unresolved"\} 1`, `purser_alerts_total\{kind="unknown_attempt"\} 1`,
		regexp.QuoteMeta(s.names.Of(topics.RechargeAttempt)), `acme +\| +silent .* open `, `acme +\| +refused .* exhausted +\| card_declined`, `unknown_attempt`, `"attempt":"silent/1/1"`,
	} {
		looks := regexp.MustCompile(what)
		s.waitFor("docs/runbooks/recharges.md shows "+what, patience, func() bool {
			if !looks.MatchString(seen) {
				seen = page.walk("How to look", http, connector, "ATTEMPT=silent/1/1")
			}
			return looks.MatchString(seen)
		})
	}

	key := s.attempt("silent/1/1").IdempotencyKey
	page.walk("How to go on where nobody answers", "SOURCE=purser/gateway", "KEY="+key, "RESULT=succeeded", "ORG=acme", "ATTEMPT=silent/1/1")
	s.balanceIs("silent", "50")

	s.must("apply", "-f", s.file("better.yaml", betterCard))
	page.walk("How to go on where a card is no good", "ID=case-1", "ORG=acme", "ACCOUNT=refused", "AMOUNT=25", "CURRENCY=USD")
	s.balanceIs("refused", "25")

	page.walk("How to go on where results contradict each other, or are of nothing",
		"ID=case-2", "ORG=acme", "ACCOUNT=silent", "PAYMENT=ch_77", "AMOUNT=50", "CURRENCY=USD")
	s.balanceIs("silent", "100")
	s.verifyInputs(6)
}

func (s *system) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// attempt is a recharge attempt of acme as it went out.
func (s *system) attempt(id string) topics.RechargeAttemptBody {
	s.t.Helper()
	found, ok := s.attempted(id)
	if !ok {
		s.t.Fatalf("no attempt %s went out", id)
	}
	return found
}

// attempted looks for a recharge attempt among those that went out.
func (s *system) attempted(id string) (found topics.RechargeAttemptBody, ok bool) {
	s.t.Helper()
	topic := s.names.Of(topics.RechargeAttempt)
	reader := committed.NewReader(s.client())
	spans, err := reader.Spans(s.t.Context(), topic)
	if err != nil {
		s.t.Fatal(err)
	}
	for p, span := range spans[topic] {
		err := reader.Read(s.t.Context(), topic, int32(p), span, func(r *kgo.Record) error {
			var b topics.RechargeAttemptBody
			if err := json.Unmarshal(r.Value, &b); err == nil && b.Attempt == id {
				found = b
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return found, found.Attempt != ""
}

// balanceIs waits until an account of acme has a balance of so many whole units.
func (s *system) balanceIs(account, units string) {
	s.t.Helper()
	s.waitFor(account+" has "+units, patience, func() bool {
		out, err := s.command("balance", "acme", account).CombinedOutput()
		return err == nil && strings.HasPrefix(string(out), units+".000000 USD")
	})
}
