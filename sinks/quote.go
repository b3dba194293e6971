package sinks

import (
	"strconv"

	"purser/processors/core"
	"purser/topics"
)

// quoteBody says what each spending account of a user would pay (R7.8), with all that he is told of it (R7.10).
func quoteBody(q *core.Quote) *topics.QuoteBody {
	b := &topics.QuoteBody{
		User: q.User, Cost: q.Cost.String(), Currency: q.Currency.String(), Accounts: make([]topics.QuotedBody, len(q.Accounts)), More: q.More,
	}
	for i := range q.Accounts {
		a := &q.Accounts[i]
		s := spentBody(&a.Spent)
		b.Accounts[i] = topics.QuotedBody{
			SpendingAccount: s.SpendingAccount, Name: s.Name, Description: s.Description, Tooltip: s.Tooltip, CostCentre: s.CostCentre, Type: s.Type,
			Start: s.Start, End: s.End, Currency: a.Spent.Spending.Currency.String(), Available: a.Available.String(), Applies: a.Reason == core.ReasonNone,
			Reason: string(a.Reason), Amount: a.Spent.Amount.String(),
		}
	}
	return b
}

// appendQuote writes a topics.QuoteBody, where there is one.
func appendQuote(b []byte, q *topics.QuoteBody) []byte {
	if q == nil {
		return b
	}
	b = topics.AppendJSONString(append(b, `,"quote":{"user":`...), q.User)
	b = topics.AppendJSONString(append(b, `,"cost":`...), q.Cost)
	b = topics.AppendJSONString(append(b, `,"currency":`...), q.Currency)
	b = append(b, `,"accounts":[`...)
	for i := range q.Accounts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, &q.Accounts[i])
	}
	if b = append(b, ']'); q.More {
		b = append(b, `,"more":true`...)
	}
	return append(b, '}')
}

func appendQuoted(b []byte, a *topics.QuotedBody) []byte {
	b = topics.AppendJSONString(append(b, `{"spending_account":`...), a.SpendingAccount)
	b = appendGiven(b, `,"name":`, a.Name)
	b = appendGiven(b, `,"description":`, a.Description)
	b = appendGiven(b, `,"tooltip":`, a.Tooltip)
	b = appendGiven(b, `,"cost_centre":`, a.CostCentre)
	b = topics.AppendJSONString(append(b, `,"type":`...), a.Type)
	b = topics.AppendJSONString(append(b, `,"start":`...), a.Start)
	b = appendGiven(b, `,"end":`, a.End)
	b = topics.AppendJSONString(append(b, `,"currency":`...), a.Currency)
	b = topics.AppendJSONString(append(b, `,"available":`...), a.Available)
	b = strconv.AppendBool(append(b, `,"applies":`...), a.Applies)
	b = appendGiven(b, `,"reason":`, a.Reason)
	b = topics.AppendJSONString(append(b, `,"amount":`...), a.Amount)
	return append(b, '}')
}
