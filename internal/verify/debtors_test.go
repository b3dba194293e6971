package verify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDebtorsAreRankedWithinTheirCurrency: 9,000 yen are less than 100 dollars, and who owes nothing is no debtor.
func TestDebtorsAreRankedWithinTheirCurrency(t *testing.T) {
	r, other := newReport(), newReport()
	for n := range 7 {
		r.Debtors.note("JPY", Debtor{"acme", fmt.Sprint("yen-", n), amount(-1000*(n+1)) * 1_000_000})
	}
	other.Debtors.note("USD", Debtor{"acme", "small", -1})
	other.Debtors.note("USD", Debtor{"acme", "large", -100_000_000})
	other.Debtors.note("USD", Debtor{"acme", "even", 0})
	other.Debtors.note("USD", Debtor{"acme", "rich", 5_000_000})
	other.Debtors.note("JPY", Debtor{"beta", "yen", -9_000_000_000})
	r.merge(other)
	var out strings.Builder
	require.NoError(t, r.Write(&out))
	require.Contains(t, out.String(), `largest debtors in JPY:
  beta yen  -9000 JPY
  acme yen-6  -7000 JPY
  acme yen-5  -6000 JPY
  acme yen-4  -5000 JPY
  acme yen-3  -4000 JPY
largest debtors in USD:
  acme large  -100 USD
  acme small  -0.000001 USD
verified:`)
}
