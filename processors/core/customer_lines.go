package core

import "purser/processors/money"

// AgreedPrice is what an account pays for one of a product (R8.9).
type AgreedPrice struct {
	Product string
	Price   money.Factor
}

// SaleLine is one thing that a transaction of a customer account is for.
type SaleLine struct {
	Product  string
	Type     string // of the product; "": none is said
	Family   string // likewise
	Quantity money.Factor
	Price    money.Factor // of one, where Priced; otherwise it is the account's own
	Priced   bool
}

// BilledLine is a line with what it comes to.
type BilledLine struct {
	SaleLine
	Amount money.Amount
	Agreed bool // Price is the account's own
}

// NoPrice is why a transaction is refused: a line has no price, and the account has none of its own for the product.
const NoPrice Reason = "no_price"
