package topics

// Event types of the budgets of spending accounts (R7.3).
const (
	TypeBudgetsSet      = "spending-budgets.set"
	TypeBudgetsImported = "spending-budgets.imported"
)

// SpendingReload gives balances money again and again (R7.4).
type SpendingReload struct {
	Every     string `json:"every"`          // day, week, month, quarter, year or days
	Days      Number `json:"days,omitempty"` // of days: how many
	Type      string `json:"type"`           // set or add
	Amount    Number `json:"amount"`
	Effective string `json:"effective"` // the first day
}

// BudgetsSetBody sets what every balance of a spending account has, and starts with.
type BudgetsSetBody struct {
	SpendingAccount string `json:"spending_account"`
	Amount          Number `json:"amount"`
}

// BudgetsImportedBody sets what the balances of some users have, and start with: all of them, or none.
type BudgetsImportedBody struct {
	SpendingAccount string       `json:"spending_account"`
	Budgets         []BudgetBody `json:"budgets"`
}

// BudgetBody is the budget of one user.
type BudgetBody struct {
	User   string `json:"user"`
	Amount Number `json:"amount"`
}
