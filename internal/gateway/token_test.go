package gateway

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// words are the results of attempt number n.
func words(token string, n int) string {
	name, answers := behaviour(token, n)
	said := name + ":"
	for _, a := range answers {
		said += " " + a.to(&topics.RechargeAttemptBody{}, name).Result
	}
	return said
}

func TestBehaviours(t *testing.T) {
	for _, test := range []struct {
		token string
		n     int
		want  string
	}{
		{"pm_success", 1, "pm_success: succeeded"},
		{"pm_decline", 7, "pm_decline: failed"},
		{"pm_decline_2_then_success", 2, counted + ": failed"},
		{"pm_decline_2_then_success", 3, counted + ": succeeded"},
		{"pm_decline_99_then_success", 99, counted + ": failed"},
		{"pm_late_success", 1, "pm_late_success: succeeded"},
		{"pm_late_decline", 1, "pm_late_decline: failed"},
		{"pm_success_twice", 1, "pm_success_twice: succeeded succeeded"},
		{"pm_decline_twice", 1, "pm_decline_twice: failed failed"},
		{"pm_success_then_decline", 1, "pm_success_then_decline: succeeded failed"},
		{"pm_decline_then_success", 1, "pm_decline_then_success: failed succeeded"},
		{"pm_never", 1, "pm_never:"},
		{"pm_decline_0_then_success", 1, "unknown: failed"},
		{"pm_decline_02_then_success", 1, "unknown: failed"},
		{"pm_decline_+2_then_success", 1, "unknown: failed"},
		{"pm_decline_100_then_success", 1, "unknown: failed"},
		{"pm_decline__then_success", 1, "unknown: failed"},
		{counted, 1, "unknown: failed"},
		{"unknown", 1, "unknown: failed"},
		{"PM_SUCCESS", 1, "unknown: failed"},
		{"", 1, "unknown: failed"},
	} {
		if got := words(test.token, test.n); got != test.want {
			t.Errorf("attempt %d with %q: %s, want %s", test.n, test.token, got, test.want)
		}
	}
}

// TestTheDocumentHasTheTokens holds the list of docs/connect-a-gateway.md against the code.
func TestTheDocumentHasTheTokens(t *testing.T) {
	page, err := os.ReadFile("../../docs/connect-a-gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range Tokens {
		if line := "| `" + token.Name + "` | " + token.Does + " |\n"; !strings.Contains(string(page), line) {
			t.Errorf("it lacks: %s", line)
		}
	}
	if n := strings.Count(string(page), "\n| `pm_"); n != len(Tokens) {
		t.Errorf("it lists %d tokens, there are %d", n, len(Tokens))
	}
}

// TestWhatIsNoAttempt is passed over, with a complaint that repeats nothing of it, unless it is another type of event.
func TestWhatIsNoAttempt(t *testing.T) {
	attempt := func(kind, body string) *kgo.Record {
		return &kgo.Record{Key: []byte("acme"), Value: []byte(body), Headers: []kgo.RecordHeader{{Key: "ce_type", Value: []byte(kind)}}}
	}
	for _, body := range []string{
		`4111111111111111`, `{"attempt":4111111111111111}`, `{"attempt":"a/1/1","number":1,"payment_method":"pm_success"}`,
		`{"attempt":"a/1/1","number":0,"payment_method":"pm_success","idempotency_key":"k"}`, ``,
	} {
		_, err := readAttempt(attempt(topics.TypeRechargeAttempt, body), topics.Names{}, time.Second)
		if err == nil || strings.Contains(err.Error(), "4111") {
			t.Errorf("%q: %v", body, err)
		}
	}
	if a, err := readAttempt(attempt("recharge-attempt.withdrawn", `{}`), topics.Names{}, time.Second); err != nil || len(a.results) > 0 {
		t.Errorf("another type: %+v, %v", a, err)
	}
}

// TestNothingIsCommittedPastWhatIsOpen: the offsets of a partition wait for the first attempt that is not answered.
func TestNothingIsCommittedPastWhatIsOpen(t *testing.T) {
	var w waiting
	began := time.Now()
	at := func(partition int32, offset int64, due time.Duration) *attempt {
		a := &attempt{record: &kgo.Record{Partition: partition, Offset: offset}, due: began.Add(due)}
		w.add(a)
		return a
	}
	late, soon, other := at(0, 1, time.Minute), at(0, 2, 0), at(1, 1, 0)
	if got := w.take(began); got != soon {
		t.Fatalf("first comes %+v", got)
	}
	if done := w.answer([]*attempt{soon}); len(done) > 0 {
		t.Errorf("%v is done while an earlier one is open", done)
	}
	if got := w.take(began); got != other {
		t.Fatalf("then comes %+v", got)
	}
	if done := w.answer([]*attempt{other}); len(done) != 1 || done[0] != other.record {
		t.Errorf("done: %v", done)
	}
	if got := w.take(began.Add(time.Second)); got != nil {
		t.Errorf("%+v came early", got)
	}
	if got := w.take(began.Add(time.Minute)); got != late {
		t.Errorf("last comes %+v", got)
	}
	if done := w.answer([]*attempt{late}); len(done) != 1 || done[0] != soon.record {
		t.Errorf("done: %v", done)
	}
	lost := at(0, 3, 0)
	w.forget([]int32{0})
	if got := w.take(began); got != nil {
		t.Errorf("%+v was forgotten", got)
	}
	if done := w.answer([]*attempt{lost}); len(done) > 0 {
		t.Errorf("done: %v", done)
	}
}
