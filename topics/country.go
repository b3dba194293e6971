package topics

import (
	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"purser/processors/money"
)

// changed lists the countries whose currency is another one than in the tables of golang.org/x/text, which stand at 2017.
var changed = map[string]string{
	"BG": "EUR", // 2026
	"CW": "XCG", // 2025
	"HR": "EUR", // 2023
	"MR": "MRU", // 2018
	"SL": "SLE", // 2022
	"ST": "STN", // 2018
	"SX": "XCG", // 2025
	"VE": "VES", // 2018
	"ZW": "ZWG", // 2024
}

// CurrencyOf returns the legal tender of a country by its ISO 3166 code (R2.4).
func CurrencyOf(country string) (money.Currency, bool) {
	if code, ok := changed[country]; ok {
		return money.Currency([]byte(code)), true
	}
	if len(country) != 2 || !capital(country[0]) || !capital(country[1]) {
		return money.Currency{}, false
	}
	region, err := language.ParseRegion(country)
	if err != nil || !region.IsCountry() {
		return money.Currency{}, false
	}
	unit, ok := currency.FromRegion(region)
	if !ok {
		return money.Currency{}, false
	}
	code, err := money.ParseCurrency(unit.String())
	return code, err == nil
}

func capital(c byte) bool { return c >= 'A' && c <= 'Z' }

// country reads a country and answers with its currency; the zero value where none is given.
func (c *cursor) country(field string) money.Currency {
	s, given := c.str(field)
	if !given || s == "" {
		return money.Currency{}
	}
	code, ok := CurrencyOf(s)
	if !ok {
		c.refuse(ReasonBadCountry, field, `expected an ISO 3166 code such as "US", came `+quoted(s))
	}
	return code
}
