package topics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/processors/core"
	"purser/processors/money"
)

var plainBodies = []string{
	usageBody,
	` { "currency" : "USD" , "cost" : 0.5 , "channel" : "c" , "account" : "w" } ` + "\n",
	`{"account":"w","channel":"c","quantity":7,"unit_cost":10.25,"currency":"USD"}`,
}

// These the cursor has to read: some are right, and none is plain.
var otherBodies = []string{
	`{"account":"w","channel":"c","cost":"1","currency":"USD","note":"x"}`,
	`{"account":"w","channel":"c","cost":"1","cost":"1","currency":"USD"}`,
	`{"account":"w","channel":"c","cost":1e2,"currency":"USD"}`,
	`{"account":"w","channel":"c","cost":01,"currency":"USD"}`,
	`{"account":"w","channel":"c","cost":1.,"currency":"USD"}`,
	`{"account":"w","channel":"c","cost":-1,"currency":"USD"}`,
	`{"account":"w","channel":"c","cost":,"currency":"USD"}`,
	`{"account":"w","channel":"c","cost":"1","unit_cost":"1","currency":"USD"}`,
	`{"account":"w","channel":"c","quantity":"1","currency":"USD"}`,
	`{"account":"w\u0031","channel":"c","cost":"1","currency":"USD"}`,
	`{"account":"é","channel":"c","cost":"1","currency":"USD"}`,
	`{"account":7,"channel":"c","cost":"1","currency":"USD"}`,
	`{"account":"","channel":"c","cost":"1","currency":"USD"}`,
	`{"account":"w","channel":"c","cost":"1","currency":"usd"}`,
	`{"account":"w","channel":"c","cost":null,"currency":"USD"}`,
	`{"account":"w","channel":"c","cost":"1","currency":"USD"}{}`,
	`{"account":"w","channel":"c","cost":"1","currency":"USD",}`,
	`{"account":"w","channel":"c","cost":"1","currency":"USD"`,
	`{"account":"` + strings.Repeat("w", MaxStringBytes+1) + `","channel":"c","cost":"1","currency":"USD"}`,
	`{}`, `[]`, ``, `{`, `{"account"`, `{"account":`, `{"account":"w`,
}

func TestPlainUsageIsRead(t *testing.T) {
	for _, body := range plainBodies {
		var u core.Usage
		require.True(t, plainUsage([]byte(body), &u), body)
	}
	for _, body := range otherBodies {
		var u core.Usage
		require.False(t, plainUsage([]byte(body), &u), body)
	}
}

// What is read the short way must be what the cursor reads, and nothing may be read that it refuses.
func FuzzPlainUsage(f *testing.F) {
	for _, body := range append(plainBodies, otherBodies...) {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		plain := core.Usage{Quantity: money.One}
		if !plainUsage(body, &plain) {
			return
		}
		d, other := NewDecoder(), core.Usage{Quantity: money.One}
		d.anyUsage(body, &other)
		if d.cursor.bad != nil {
			t.Fatalf("%q is plain usage, and refused: %s", body, d.cursor.bad.Text())
		}
		require.Equal(t, other, plain, "%q", body)
	})
}
