package processors_test

import (
	"testing"

	. "purser/processors/core"
)

func TestR2_1_R2_2_Judge(t *testing.T) {
	const window = 7 * day
	for _, c := range []struct {
		name     string
		seen     Result
		payload  uint64
		after    Time
		replayed uint64
		want     Verdict
	}{
		{"the same again", Applied, 1, hour, 0, Duplicate},
		{"of a refusal, which gets no second answer", Refused, 1, hour, 0, Duplicate},
		{"of what waits", Waiting, 1, hour, 0, Duplicate},
		{"at the end of the window", Applied, 1, window, 0, Duplicate},
		{"after it", Applied, 1, window + 1, 0, New},
		{"recorded before it, on another topic", Applied, 1, -hour, 0, Duplicate},
		{"another payload", Applied, 2, hour, 0, Conflict},
		{"another payload of a refusal", Refused, 2, hour, 0, Conflict},
		{"another payload after the window", Applied, 2, window + 1, 0, New},
		{"a dead letter's replay", Refused, 1, hour, 7, Replay},
		{"a replay of what waited in vain", Expired, 1, hour, 7, Replay},
		{"a replay of what was applied meanwhile", Applied, 1, hour, 7, Duplicate},
		{"a replay of what waits again", Waiting, 1, hour, 7, Duplicate},
		{"a replay of an older dead letter", Refused, 1, hour, 6, Duplicate},
		{"a replay with another payload", Refused, 2, hour, 7, Conflict},
	} {
		ev := &Event{Payload: c.payload, RecordedAt: start + c.after}
		if got := Judge(Seen{Payload: 1, Result: c.seen, Entry: 7, At: start}, ev, window, c.replayed); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Applied.String(), "applied"}, {Refused.String(), "refused"}, {Waiting.String(), "waiting"}, {Expired.String(), "expired"},
		{NoBasis.String(), ""}, {ByDefault.String(), "default"}, {ByRateCard.String(), "rate_card"},
		{NoBucket.String(), ""}, {Purchased.String(), "purchased"}, {Complimentary.String(), "complimentary"},
		{KindAgencyWallet.String(), "agency_wallet"}, {KindNone.String(), ""}, {Result(200).String(), "unknown"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
