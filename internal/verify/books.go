package verify

import (
	"cmp"
	"strings"

	"purser/topics"
)

// book is an account as the postings of the ledger make it. Accounts of the system have one in each currency.
type book struct {
	org, account, currency string
	balance, purchased     amount
	seq, last              uint64

	touched bool // by the entry under examination
	change  amount
	bought  amount // change of what is purchased
}

// books are those of a partition, by bookKey.
type books map[string]*book

func bookKey(org, account, currency string) string {
	return string(appendBookKey(nil, org, account, currency))
}

func appendBookKey(dst []byte, org, account, currency string) []byte {
	dst = append(append(dst, org...), 0x1f)
	dst = append(append(dst, account...), 0x1f)
	return append(dst, currency...)
}

func (b books) of(org, account, currency string) *book {
	var room [128]byte
	scratch := appendBookKey(room[:0], org, account, currency)
	k := b[string(scratch)] // allocates nothing
	if k == nil {
		key := string(scratch)
		k = &book{org: key[:len(org)], account: key[len(org)+1 : len(org)+1+len(account)], currency: key[len(key)-len(currency):]}
		b[key] = k
	}
	return k
}

// isSystem says that a name is one of the accounts that stand for the rest of the world.
func isSystem(account string) bool {
	return account == suspense || strings.HasPrefix(account, "world:") || strings.HasPrefix(account, "expense:") || strings.HasPrefix(account, "revenue:")
}

// post moves the postings of an entry into the books and compares its lines with them.
func (a *audit) post(e *entry) {
	moved := a.move(e)
	var sums []sum
	for i := range e.body.Balances {
		sums = a.line(e, &e.body.Balances[i], sums)
	}
	for _, s := range sums {
		if s.amount != 0 {
			a.report.find(CheckZeroSum, e.where, "its balances move by %s %s in sum", s.amount, s.currency)
		}
	}
	for _, k := range moved {
		if !k.touched {
			continue
		}
		a.report.find(CheckBalance, e.where, "%s is posted to and has no balance after it", k.account)
		k.balance += k.change
		k.clear()
	}
	if e.body.Result != resultApplied && len(e.body.Postings)+len(e.body.Balances) > 0 {
		a.report.find(CheckPosting, e.where, "a %s event has postings", e.body.Result)
	}
}

// move adds up what the postings change.
func (a *audit) move(e *entry) []*book {
	moved := make([]*book, 0, 2*len(e.body.Postings))
	for i := range e.body.Postings {
		p := &e.body.Postings[i]
		sum, err := parseAmount(p.Amount)
		if err != nil || sum <= 0 || p.From == p.To {
			a.report.find(CheckPosting, e.where, "a posting of %q from %s to %s", p.Amount, p.From, p.To)
			continue
		}
		from, to := a.books.of(e.body.Org, p.From, p.Currency), a.books.of(e.body.Org, p.To, p.Currency)
		for _, side := range [...]struct {
			book *book
			by   amount
		}{{from, -sum}, {to, sum}} {
			side.book.touched = true
			side.book.change += side.by
			if p.Bucket != complimentary {
				side.book.bought += side.by
			}
			moved = append(moved, side.book)
		}
	}
	return moved
}

// sum is what the lines of an entry move in a currency.
type sum struct {
	currency string
	amount   amount
}

// line compares an account's line with its book, which then goes on from what the line says, so that one mistake is
// found once.
func (a *audit) line(e *entry, l *topics.BalanceBody, sums []sum) []sum {
	k := a.books.of(e.body.Org, l.Account, l.Currency)
	balance, err := parseAmount(l.Balance)
	if err != nil {
		a.report.find(CheckBalance, e.where, "the balance of %s is %q", l.Account, l.Balance)
		return sums
	}
	if !k.touched {
		a.report.find(CheckBalance, e.where, "%s has a balance after it and no posting, or two balances", l.Account)
	}
	if want, err := k.balance.add(k.change); err != nil || want != balance {
		a.report.find(CheckBalance, e.where, "the balance of %s is %s, its postings make it %s", l.Account, l.Balance, k.balance+k.change)
	}
	if l.Seq != k.seq+1 {
		a.report.find(CheckSequence, e.where, "%s has the number %d after %d", l.Account, l.Seq, k.seq)
	}
	if l.Previous != k.last {
		a.report.find(CheckSequence, e.where, "%s names entry %d as its previous one; that is %d", l.Account, l.Previous, k.last)
	}
	a.purchased(e, k, l)
	sums = addTo(sums, l.Currency, balance-k.balance)
	k.balance, k.seq, k.last = balance, l.Seq, e.body.Entry
	k.clear()
	return sums
}

// purchased compares the part of a wallet that is not complimentary; a line that does not show it says it is all of the balance.
func (a *audit) purchased(e *entry, k *book, l *topics.BalanceBody) {
	if isSystem(l.Account) {
		return
	}
	shown := cmp.Or(l.Purchased, l.Balance)
	purchased, err := parseAmount(shown)
	if err != nil || purchased != k.purchased+k.bought {
		a.report.find(CheckBalance, e.where, "purchased of %s is %s, its postings make it %s", l.Account, shown, k.purchased+k.bought)
	}
	k.purchased = purchased
}

func (k *book) clear() { k.touched, k.change, k.bought = false, 0, 0 }

func addTo(sums []sum, currency string, by amount) []sum {
	for i := range sums {
		if sums[i].currency == currency {
			sums[i].amount += by
			return sums
		}
	}
	return append(sums, sum{currency, by})
}
