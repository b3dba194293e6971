package gateway

import (
	"strconv"
	"strings"
)

// Token is a payment method that the gateway knows, by its name, and what comes of charging it.
type Token struct {
	Name string // N stands for a number
	Does string // for people

	answers []answer // nil: by the number of the attempt
}

// answer is one result of an attempt.
type answer struct {
	succeeded bool
	late      bool
}

var (
	success = answer{succeeded: true}
	decline = answer{}
)

// counted is the token that is declined a number of times.
const counted = "pm_decline_N_then_success"

// maxDeclines is the greatest N: a policy allows no more than a hundred attempts.
const maxDeclines = 99

// Tokens are all of them.
var Tokens = []Token{
	{"pm_success", "succeeds", []answer{success}},
	{"pm_decline", "is declined, each time", []answer{decline}},
	{counted, "is declined for attempts 1 to N of a recharge (N from 1 to " + strconv.Itoa(maxDeclines) + "), and then succeeds", nil},
	{"pm_late_success", "succeeds, after the time of gateway-late", []answer{{succeeded: true, late: true}}},
	{"pm_late_decline", "is declined, after the time of gateway-late", []answer{{late: true}}},
	{"pm_success_twice", "succeeds, and says so twice, in two events", []answer{success, success}},
	{"pm_decline_twice", "is declined, and says so twice, in two events", []answer{decline, decline}},
	{"pm_success_then_decline", "contradicts itself: a success, and then a decline of the same attempt", []answer{success, decline}},
	{"pm_decline_then_success", "contradicts itself: a decline, and then a success of the same attempt", []answer{decline, success}},
	{"pm_never", "is never answered", []answer{}},
}

// Unknown is what a token is called that is none of these. It is never repeated: it may be a real one.
const Unknown = "unknown"

// The reasons of declines.
const (
	reasonDeclined = "card_declined"
	reasonUnknown  = "unknown_payment_method"
)

// behaviour is how attempt number n of a recharge is answered, by nothing but its token and its number, so that it is answered the
// same whenever that is done again. Name is that of the token in the list, or Unknown.
func behaviour(token string, n int) (name string, answers []answer) {
	if declines, ok := countOf(token); ok {
		if n <= declines {
			return counted, []answer{decline}
		}
		return counted, []answer{success}
	}
	for _, t := range Tokens {
		if t.Name == token && t.Name != counted {
			return t.Name, t.answers
		}
	}
	return Unknown, []answer{decline}
}

// countOf is the number in a counted token. It is written in one way only.
func countOf(token string) (int, bool) {
	before, after, _ := strings.Cut(counted, "N")
	digits, ok1 := strings.CutPrefix(token, before)
	digits, ok2 := strings.CutSuffix(digits, after)
	n, err := strconv.Atoi(digits)
	return n, ok1 && ok2 && err == nil && n >= 1 && n <= maxDeclines && strconv.Itoa(n) == digits
}
