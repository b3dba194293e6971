package statement

import (
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/topics"
)

// words say what a posting of an entry was, to an account: the kind that it is added up under, and the line's own words.
func words(b *topics.LedgerEntryBody, p *topics.PostingBody, account string) (kind, line string) {
	if p.From == core.WorldBudget && (b.Order != nil || b.Spending != nil) {
		return same("starting amount of a spending account")
	}
	switch b.Type {
	case topics.TypeUsageRecorded, topics.TypeUsageCorrected, topics.TypeUsageVoided:
		return usageWords(b)
	case topics.TypePaymentReceived:
		if b.Transaction != nil {
			return transactionWords(b)
		}
		return same("payment")
	case topics.TypePaymentRefunded:
		return same("refund of a payment")
	case topics.TypeCreditsGranted:
		return same("complimentary credits granted")
	case topics.TypeCreditsRemoved:
		return same("credits removed")
	case topics.TypeAttemptResolved:
		return rechargeWords(b, p)
	case topics.TypeInvoicePaid:
		return about("payment of an invoice", number(b.Invoice))
	case topics.TypeTransferRequested:
		return transferWords(b, account)
	case topics.TypeLicencePurchased:
		return same("licence")
	case topics.TypeSendRequested, topics.TypeSendApproved:
		return about("send", b.Send)
	case topics.TypeSendAdjusted:
		return about("send, adjusted to its final cost", b.Send)
	case topics.TypeSendCancelled:
		return about("send, cancelled", b.Send)
	case topics.TypeOrderPlaced, topics.TypeOrderCancelled:
		return orderWords(b)
	case topics.TypeTransactionRecorded, topics.TypeTransactionPosted, due(core.DraftPosted), due(core.ChargePosted):
		return transactionWords(b)
	case topics.TypeMemberJoined, topics.TypeMemberLeft, topics.TypeTeamDefined, due(core.BudgetRun):
		return same("budget of a team")
	case due(core.BudgetReloaded):
		return same("budget reloaded")
	case due(core.BudgetSet):
		return same("budget set")
	case due(core.CreditsGiven):
		return same("monthly complimentary credits")
	case due(core.GrantExpired):
		return same("complimentary credits expired")
	default:
		return same(strings.NewReplacer(".", " ", "_", " ", "-", " ").Replace(strings.TrimPrefix(b.Type, duePrefix)))
	}
}

// orderWords name the order, and where it is billed (R7.10).
func orderWords(b *topics.LedgerEntryBody) (kind, line string) {
	kind = "order"
	if b.Type == topics.TypeOrderCancelled {
		kind = "order, cancelled"
	}
	if b.Order == nil {
		return same(kind)
	}
	name := b.Order.Order
	if b.Order.CostCentre != "" {
		name += ", cost centre " + b.Order.CostCentre
	}
	return about(kind, name)
}

// rechargeWords tell the money that came in from what it pays for in the same entry (R5.5, R5.7, R6.3).
func rechargeWords(b *topics.LedgerEntryBody, p *topics.PostingBody) (kind, line string) {
	switch {
	case b.Transaction != nil:
		return transactionWords(b)
	case p.From == core.WorldPayments:
		return about("recharge by card", b.Attempt)
	case p.To == core.RevenueLicences:
		return same("licence")
	case b.Send != "":
		return about("send", b.Send)
	case !isSystem(p.From) && !isSystem(p.To):
		return same("budget of a team")
	default:
		return same("paid with a recharge")
	}
}

// transactionWords name the transaction of a customer account.
func transactionWords(b *topics.LedgerEntryBody) (kind, line string) {
	if b.Transaction == nil {
		return same("transaction")
	}
	return about(strings.ReplaceAll(b.Transaction.Kind, "_", " "), b.Transaction.Transaction)
}

func same(kind string) (string, string) { return kind, kind }

// about adds the name of what it is about, where the entry gives it: those of the first releases do not.
func about(kind, name string) (string, string) {
	if name == "" {
		return same(kind)
	}
	return kind, kind + ": " + name
}

func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// usageWords name the channel and how much of it was used.
func usageWords(b *topics.LedgerEntryBody) (kind, line string) {
	kind = "usage"
	if b.Price != nil && b.Price.Channel != "" {
		kind += ", " + strings.ReplaceAll(b.Price.Channel, "_", " ")
	}
	line = kind
	switch {
	case b.Type == topics.TypeUsageVoided:
		kind, line = kind+", voided", line+", voided"
	case b.Type == topics.TypeUsageCorrected:
		kind, line = kind+", corrected", line+", corrected"
	case b.Price != nil && b.Price.Quantity != "":
		line += ": " + b.Price.Quantity
	}
	return kind, line
}

// transferWords name the other account.
func transferWords(b *topics.LedgerEntryBody, account string) (kind, line string) {
	for i := range b.Balances {
		other := b.Balances[i].Account
		if other == account || isSystem(other) {
			continue
		}
		for _, p := range b.Postings {
			if p.From == account {
				return "transfer to another account", "transfer to " + other
			}
		}
		return "transfer from another account", "transfer from " + other
	}
	return same("transfer")
}
