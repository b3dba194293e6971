package story

import (
	_ "embed"
	"fmt"
)

//go:embed three-months.txt
var threeMonths []byte

//go:embed store-and-customer.txt
var storeAndCustomer []byte

// ThreeMonths tells of prepaid wallets, funding sources, teams and sends.
func ThreeMonths() (*Script, error) { return told("three-months.txt", threeMonths) }

// StoreAndCustomer tells of spending accounts and customer accounts.
func StoreAndCustomer() (*Script, error) { return told("store-and-customer.txt", storeAndCustomer) }

func told(name string, text []byte) (*Script, error) {
	s, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}
