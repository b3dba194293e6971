package topics

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestZones(t *testing.T) {
	for _, name := range []string{"Europe/Paris", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "EST5EDT", "Africa/Dar_es_Salaam"} {
		zone, err := Zone(name)
		require.NoError(t, err, name)
		require.Equal(t, name, zone.String())
		again, err := Zone(name)
		require.NoError(t, err)
		require.Same(t, zone, again)
	}
	for _, name := range []string{"", "UTC"} {
		zone, err := Zone(name)
		require.NoError(t, err)
		require.Same(t, time.UTC, zone)
	}
	for _, name := range []string{
		"Local", "Mars/Olympus", "europe/paris", "Europe//Paris", "Europe/./Paris", "Europe/Paris/", "/Europe/Paris",
		"../Europe/Paris", "posix/Europe/Paris", "right/Europe/Paris", "posixrules", "Europe", "tzdata.zi", "Europe/Paris\x00",
	} {
		_, err := Zone(name)
		require.Error(t, err, name)
	}
}

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
