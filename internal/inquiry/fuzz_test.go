package inquiry

import "testing"

// FuzzRow reads a ledger body that is not of this program: no answer, or one whose moves add up.
func FuzzRow(f *testing.F) {
	f.Add([]byte(`{"entry":1,"postings":[{"from":"a","to":"b","amount":"1.5","currency":"USD"}],"balances":[{"account":"a","currency":"USD","balance":"1","seq":1}]}`), "a", "USD")
	f.Add([]byte(`{"balances":[{"account":"a","seq":1}],"postings":[{"from":"a","to":"a","amount":"9999999999999999999"}]}`), "a", "")
	f.Fuzz(func(t *testing.T, body []byte, account, currency string) {
		r, ok, err := rowOf(body, account, currency)
		if err != nil || !ok {
			return
		}
		sum := r.Total
		for _, m := range r.Moves {
			sum -= m.Amount
		}
		if sum != 0 {
			t.Fatalf("the moves %+v do not add up to %v", r.Moves, r.Total)
		}
	})
}
