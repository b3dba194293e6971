package processors

import "purser/processors/money"

// draft is an entry in the making: what it would move between which accounts. Nothing is changed until post, so a draft
// can be given up at any point: on a look-up that misses, or when a balance would leave its range.
type draft struct {
	sides   []side
	moves   []move
	missing bool // a look-up has missed: the draft is of no use but to have asked
}

// side is an account in the entry. A system account that nothing was ever posted to does not exist yet.
type side struct {
	account   *Account
	recharge  *Recharge // with which the account's next automatic attempt goes on, where there is one
	name      string    // of a system account
	currency  money.Currency
	moves     int
	balance   money.Amount // change of the balance
	purchased money.Amount // change of the purchased bucket
}

// move is a posting between two sides.
type move struct {
	from, to int
	amount   money.Amount
	bucket   Bucket
	grant    string
}

func (t *draft) reset() draft {
	clear(t.sides) // so that no cell is kept in memory by the last decision that named it
	return draft{sides: t.sides[:0], moves: t.moves[:0]}
}

// account returns the side of a wallet or agency wallet, after looking up the recharge that the entry may make go on (R4.6).
func (t *draft) account(b Book, a *Account) int {
	for i := range t.sides {
		if t.sides[i].account == a {
			return i
		}
	}
	s := side{account: a, currency: a.Currency}
	if n := a.Dunning.Auto; n != 0 && !a.Dunning.Going {
		r, known := b.Recharge(a.Org, a.ID, n)
		s.recharge, t.missing = r, t.missing || !known
	}
	if a.Kind == KindFundingSource { // which may go on by an invoice, that the org gives its number
		_, known := b.Org(a.Org)
		t.missing = t.missing || !known
	}
	t.sides = append(t.sides, s)
	return len(t.sides) - 1
}

// system returns the side of a system account, after looking it up.
func (t *draft) system(b Book, org, name string, c money.Currency) int {
	for i := range t.sides {
		if s := &t.sides[i]; s.name == name && s.currency == c {
			return i
		}
	}
	a, known := b.System(org, name, c)
	t.missing = t.missing || !known
	t.sides = append(t.sides, side{account: a, name: name, currency: c})
	return len(t.sides) - 1
}

// move adds a posting, whose two sides sum to zero (R1.4); nothing is no posting. The bucket is that of the wallet among the two.
func (t *draft) move(from, to int, amount money.Amount, bucket Bucket, grant string) error {
	if amount == 0 {
		return nil
	}
	if amount < 0 || t.sides[from].currency != t.sides[to].currency {
		panic("processors: a posting of less than nothing, or between currencies")
	}
	t.moves = append(t.moves, move{from, to, amount, bucket, grant})
	if err := t.sides[from].change(-amount, bucket); err != nil {
		return err
	}
	return t.sides[to].change(amount, bucket)
}

func (s *side) change(by money.Amount, bucket Bucket) (err error) {
	s.moves++
	if s.balance, err = s.balance.Add(by); err != nil {
		return err
	}
	if s.name == "" && bucket == Purchased {
		s.purchased, err = s.purchased.Add(by)
	}
	return err
}

// fits says whether every balance stays in its range, and otherwise leaves the figures of the first that does not in d.
// The purchased bucket is in range where the balance is: it is never above it, and falls only when no grant is left.
func (d *Decision) fits() bool {
	for i := range d.draft.sides {
		s := &d.draft.sides[i]
		var balance money.Amount
		if s.account != nil {
			balance = s.account.Balance
		}
		if _, err := balance.Add(s.balance); err != nil {
			d.Had, d.Needed = balance, s.balance
			return false
		}
	}
	return true
}

// post turns the draft into the entry: postings, the accounts' new balances and their lines. Grants are changed before it.
func (d *Decision) post(b Book, org string) {
	entry := b.Progress().Entry + 1
	for i := range d.draft.sides {
		s := &d.draft.sides[i]
		if s.moves == 0 {
			continue
		}
		if s.account == nil {
			s.account = b.NewSystem(org, s.name, s.currency)
			s.account.Kind, s.account.Currency = KindSystem, s.currency
		} else {
			b.Touch(s.account)
		}
		d.Lines = append(d.Lines, s.account.post(s, entry))
	}
	for i := range d.draft.moves {
		m := &d.draft.moves[i]
		from, to := &d.draft.sides[m.from], &d.draft.sides[m.to]
		d.Postings = append(d.Postings, Posting{
			From: from.account, To: to.account, Amount: m.amount, Currency: from.currency, Bucket: m.bucket, Grant: m.grant,
		})
	}
}

// post changes the account as its side says, and returns its line, the next in the account's history (R3.10).
func (a *Account) post(s *side, entry uint64) Line {
	a.Balance += s.balance // fits has checked the range
	a.Purchased += s.purchased
	if a.Kind != KindSystem {
		a.assertBuckets()
	}
	line := Line{Account: a, Seq: a.Seq + 1, Previous: a.Last, Balance: a.Balance, Purchased: a.Purchased}
	a.Seq, a.Last = line.Seq, entry
	return line
}

// assertBuckets stops everything where money would have come from nowhere.
func (a *Account) assertBuckets() {
	sum := a.Purchased
	for i := range a.Grants {
		sum += a.Grants[i].Amount
	}
	if sum != a.Balance {
		panic("processors: the balance of " + a.ID + " is not the sum of its buckets")
	}
}

// posted says whether the entry has a line for the account, and so has touched it.
func (t *draft) posted(a *Account) bool {
	for i := range t.sides {
		if t.sides[i].account == a {
			return t.sides[i].moves > 0
		}
	}
	return false
}
