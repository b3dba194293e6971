package topics

// AgreedPrice is what a customer account pays for one of a product, whatever anyone else pays (R8.9).
type AgreedPrice struct {
	Product   string `json:"product"`
	UnitPrice Number `json:"unit_price"`
}

// SaleLine is one thing that a transaction is for.
type SaleLine struct {
	Product       string `json:"product"`
	ProductType   string `json:"product_type,omitempty"`
	ProductFamily string `json:"product_family,omitempty"`
	Quantity      Number `json:"quantity,omitempty"`   // default: 1
	UnitPrice     Number `json:"unit_price,omitempty"` // default: the account's own, which comes before it
}

// BilledLine is a line with what it comes to.
type BilledLine struct {
	Product       string `json:"product"`
	ProductType   string `json:"product_type,omitempty"`
	ProductFamily string `json:"product_family,omitempty"`
	Quantity      string `json:"quantity"`
	UnitPrice     string `json:"unit_price"`
	Agreed        bool   `json:"agreed,omitempty"` // the price is the account's own
	Amount        string `json:"amount"`
}
