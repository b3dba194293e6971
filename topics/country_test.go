package topics

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCurrencyOfACountry(t *testing.T) {
	for country, want := range map[string]string{
		"US": "USD", "FR": "EUR", "JP": "JPY", "KW": "KWD", "GB": "GBP", "CH": "CHF", "HR": "EUR", "BG": "EUR", "VE": "VES", "SL": "SLE",
	} {
		code, ok := CurrencyOf(country)
		require.True(t, ok, country)
		require.Equal(t, want, code.String(), country)
	}
	for _, country := range []string{"", "us", "USA", "XX", "ZZ", "840", "EU1", "AQ"} {
		code, ok := CurrencyOf(country)
		require.False(t, ok, "%s has %s", country, code)
	}
}
