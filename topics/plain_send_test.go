package topics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/processors/core"
)

var plainSends = []string{
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"12.5","currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"triggered","estimated_cost":12,"currency":"USD","add_funds":true}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug","quantity":"2","unit_price":"7.25"},{"unit_price":1,"item":"pen"}],"currency":"USD","add_funds":false}`,
	` { "lines" : [ { "item" : "mug" , "unit_price" : 0.5 } ] , "estimated_cost" : "3" , "currency" : "USD" , "origin" : "manual" , "sender" : "w" , "campaign" : "c" , "send" : "s" } `,
}

// These the cursor has to read: some are right, and none is plain.
var otherSends = []string{
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD","note":"x"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD","spending_account":"g"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug","unit_price":"1","catalogs":["c"]}],"currency":"USD"}`,
	`{"send":"s1","send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"automatic","estimated_cost":"1","currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug"}],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug","unit_price":"1","colour":"red"}],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug","item":"pen","unit_price":"1"}],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug","unit_price":"1"},],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"mug","quantity":"999999999999","unit_price":"999999999999"}],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":null,"estimated_cost":"1","currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","lines":[` + strings.Repeat(`{"item":"m","unit_price":1},`, MaxLines) + `{"item":"m","unit_price":1}],"currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD","add_funds":"true"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD","add_funds":truex}`,
	`{"send":"","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD"}`,
	`{"send":"s\u0031","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD"}`,
	`{"send":"s1","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1","currency":"USD"}{}`,
	`{}`, ``, `[`, `{"lines":[{`, `{"send":"s1"`,
}

func TestPlainSendsAreRead(t *testing.T) {
	for _, body := range plainSends {
		require.True(t, plainSend([]byte(body), &core.SendRequest{}, &sending{}), body)
	}
	for _, body := range otherSends {
		require.False(t, plainSend([]byte(body), &core.SendRequest{}, &sending{}), body)
	}
}

// What is read the short way must be what the cursor reads, and nothing may be read that it refuses.
func FuzzPlainSend(f *testing.F) {
	for _, body := range append(plainSends, otherSends...) {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := NewDecoder()
		d.lines = append(d.lines, core.OrderLine{Item: "an older one"})
		var q, other core.SendRequest
		s, read := sending{lines: d.lines[:0]}, sending{}
		if !plainSend(body, &q, &s) {
			return
		}
		d.anySend(body, &other, &read)
		if d.cursor.bad != nil {
			t.Fatalf("%q is a plain send, and refused: %s", body, d.cursor.bad.Text())
		}
		require.Equal(t, other, q, "%q", body)
		require.Equal(t, len(read.lines), len(s.lines), "%q", body)
		for i := range read.lines {
			require.Equal(t, read.lines[i], s.lines[i], "%q", body)
		}
		read.lines, s.lines = nil, nil
		require.Equal(t, read, s, "%q", body)
	})
}
