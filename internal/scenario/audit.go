package scenario

import (
	"fmt"
	"sort"

	"purser/processors/core"
	"purser/processors/money"
)

// audit keeps books of its own, from the postings alone, and after every entry compares them with what the core says:
// the rules that hold whatever a file expects (R1.4, R3.5, R3.10).
type audit struct {
	accounts map[string]*audited
	attempts attempts
}

type audited struct {
	account *core.Account
	balance money.Amount
	seq     uint64
	last    uint64
}

func newAudit() audit { return audit{accounts: map[string]*audited{}, attempts: newAttempts()} }

// clone is the same books once more.
func (a *audit) clone() audit {
	accounts := make(map[string]*audited, len(a.accounts))
	for key, at := range a.accounts {
		same := *at
		accounts[key] = &same
	}
	return audit{accounts: accounts, attempts: a.attempts.clone()}
}

// entry takes one decision that has a ledger number into the books. Its error says which rule the decision breaks.
func (a *audit) entry(d *core.Decision, number uint64) error {
	touched := map[string]bool{}
	for i := range d.Postings {
		p := &d.Postings[i]
		if p.Amount <= 0 {
			return fmt.Errorf("a posting of %s from %s to %s: postings are greater than zero", p.Amount, p.From.ID, p.To.ID)
		}
		if p.From.Currency != p.Currency || p.To.Currency != p.Currency {
			return fmt.Errorf("a posting in %s from %s in %s to %s in %s", p.Currency, p.From.ID, p.From.Currency, p.To.ID, p.To.Currency)
		}
		a.of(p.From).balance -= p.Amount
		a.of(p.To).balance += p.Amount
		touched[p.From.Key], touched[p.To.Key] = true, true
	}
	if len(d.Lines) != len(touched) {
		return fmt.Errorf("%d accounts were posted to and %d have a balance after it", len(touched), len(d.Lines))
	}
	for i := range d.Lines {
		if err := a.line(&d.Lines[i], touched, number); err != nil {
			return err
		}
	}
	if err := a.attempts.emitted(d); err != nil {
		return err
	}
	return a.zeroSum(d.Org)
}

func (a *audit) of(account *core.Account) *audited {
	at := a.accounts[account.Key]
	if at == nil {
		at = &audited{}
		a.accounts[account.Key] = at
	}
	at.account = account
	return at
}

func (a *audit) line(l *core.Line, touched map[string]bool, number uint64) error {
	id, at := l.Account.ID, a.of(l.Account)
	switch {
	case !touched[l.Account.Key]:
		return fmt.Errorf("%s has a balance after an entry that did not post to it, or two of them", id)
	case l.Balance != at.balance || l.Account.Balance != at.balance:
		return fmt.Errorf("%s stands at %s, its postings add up to %s (R1.4)", id, l.Account.Balance, at.balance)
	case l.Seq != at.seq+1 || l.Account.Seq != l.Seq:
		return fmt.Errorf("%s goes from sequence number %d to %d (R3.10)", id, at.seq, l.Seq)
	case l.Previous != at.last || l.Account.Last != number:
		return fmt.Errorf("%s names entry %d as the one before %d, it is %d (R3.10)", id, l.Previous, number, at.last)
	}
	delete(touched, l.Account.Key)
	at.seq, at.last = l.Seq, number
	return buckets(l.Account)
}

// buckets checks that a wallet is the sum of its parts, and that no grant is empty, below zero or out of its place (R3.5).
func buckets(a *core.Account) error {
	if a.Kind != core.KindWallet {
		return nil
	}
	sum := a.Purchased
	for i := range a.Grants {
		g := &a.Grants[i]
		sum += g.Amount
		if g.Amount <= 0 {
			return fmt.Errorf("%s keeps grant %s at %s", a.ID, g.ID, g.Amount)
		}
		if i > 0 && burnsAfter(&a.Grants[i-1], g) {
			return fmt.Errorf("%s keeps grant %s before %s, which burns first (R3.5)", a.ID, a.Grants[i-1].ID, g.ID)
		}
	}
	if sum != a.Balance {
		return fmt.Errorf("%s stands at %s, its buckets add up to %s", a.ID, a.Balance, sum)
	}
	return nil
}

// burnsAfter says that a grant burns after another: it never expires or expires later, or it was given later, or at the
// same time under a later id.
func burnsAfter(a, b *core.Grant) bool {
	switch {
	case a.ExpiresAt != b.ExpiresAt:
		return a.ExpiresAt == 0 || b.ExpiresAt != 0 && a.ExpiresAt > b.ExpiresAt
	case a.GrantedAt != b.GrantedAt:
		return a.GrantedAt > b.GrantedAt
	}
	return a.ID > b.ID
}

// zeroSum checks that an org's accounts sum to zero in each currency.
func (a *audit) zeroSum(org string) error {
	sums := map[money.Currency]money.Amount{}
	for _, at := range a.accounts {
		if at.account.Org == org {
			sums[at.account.Currency] += at.balance
		}
	}
	var wrong []string
	for c, sum := range sums {
		if sum != 0 {
			wrong = append(wrong, fmt.Sprintf("%s's accounts in %s sum to %s, not to zero (R1.4)", org, c, sum))
		}
	}
	sort.Strings(wrong)
	if len(wrong) > 0 {
		return fmt.Errorf("%s", wrong[0])
	}
	return nil
}
