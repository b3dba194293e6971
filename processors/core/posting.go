package core

import "purser/processors/money"

// Draft is an entry in the making: what it would move between which accounts. Nothing is changed until post, so a draft
// can be given up at any point: on a look-up that misses, or when a balance would leave its range.
type Draft struct {
	Sides   []side
	moves   []move
	Missing bool // a look-up has missed: the draft is of no use but to have asked
}

// side is an account in the entry. A system account that nothing was ever posted to does not exist yet.
type side struct {
	Account   *Account
	Recharge  *Recharge // with which the account's next automatic attempt goes on, where there is one
	fresh     bool      // the account has no cell yet: the entry makes one, where it posts to it
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

func (t *Draft) reset() Draft {
	clear(t.Sides) // so that no cell is kept in memory by the last decision that named it
	return Draft{Sides: t.Sides[:0], moves: t.moves[:0]}
}

// Account returns the side of a wallet or agency wallet, after looking up the recharge that the entry may make go on (R4.6).
func (t *Draft) Account(b Book, a *Account) int {
	for i := range t.Sides {
		if t.Sides[i].Account == a {
			return i
		}
	}
	s := side{Account: a, currency: a.Currency}
	if n := a.Dunning.Auto; n != 0 && !a.Dunning.Going {
		r, known := b.Recharge(a.Org, a.ID, n)
		s.Recharge, t.Missing = r, t.Missing || !known
	}
	if a.Kind == KindFundingSource { // which may go on by an invoice, that the org gives its number
		_, known := b.Org(a.Org)
		t.Missing = t.Missing || !known
	}
	t.Sides = append(t.Sides, s)
	return len(t.Sides) - 1
}

// Fresh returns the side of an account that has no cell yet, and gets one with the entry: a is what it will be.
func (t *Draft) Fresh(a *Account) int {
	t.Sides = append(t.Sides, side{Account: a, fresh: true, currency: a.Currency})
	return len(t.Sides) - 1
}

// System returns the side of a system account, after looking it up.
func (t *Draft) System(b Book, org, name string, c money.Currency) int {
	for i := range t.Sides {
		if s := &t.Sides[i]; s.name == name && s.currency == c {
			return i
		}
	}
	a, known := b.System(org, name, c)
	t.Missing = t.Missing || !known
	t.Sides = append(t.Sides, side{Account: a, name: name, currency: c})
	return len(t.Sides) - 1
}

// Move adds a posting, whose two sides sum to zero (R1.4); nothing is no posting. The bucket is that of the wallet among the two.
func (t *Draft) Move(from, to int, amount money.Amount, bucket Bucket, grant string) error {
	if amount == 0 {
		return nil
	}
	if amount < 0 || t.Sides[from].currency != t.Sides[to].currency {
		panic("processors: a posting of less than nothing, or between currencies")
	}
	t.moves = append(t.moves, move{from, to, amount, bucket, grant})
	if err := t.Sides[from].change(-amount, bucket); err != nil {
		return err
	}
	return t.Sides[to].change(amount, bucket)
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

// Fits says whether every balance stays in its range, and otherwise leaves the figures of the first that does not in d.
// The purchased bucket is in range where the balance is: it is never above it, and falls only when no grant is left.
func (d *Decision) Fits() bool {
	for i := range d.Draft.Sides {
		s := &d.Draft.Sides[i]
		var balance money.Amount
		if s.Account != nil {
			balance = s.Account.Balance
		}
		if _, err := balance.Add(s.balance); err != nil {
			d.Had, d.Needed = balance, s.balance
			return false
		}
	}
	return true
}

// Post turns the draft into the entry: postings, the accounts' new balances and their lines. Grants are changed before it.
func (d *Decision) Post(b Book, org string) {
	entry := b.Progress().Entry + 1
	for i := range d.Draft.Sides {
		s := &d.Draft.Sides[i]
		if s.moves == 0 {
			continue
		}
		switch {
		case s.Account == nil:
			s.Account = b.NewSystem(org, s.name, s.currency)
			s.Account.Kind, s.Account.Currency = KindSystem, s.currency
		case s.fresh:
			as := s.Account
			s.Account = b.NewAccount(org, as.ID)
			s.Account.Kind, s.Account.Currency = as.Kind, as.Currency
		default:
			b.Touch(s.Account)
		}
		d.Lines = append(d.Lines, s.Account.post(s, entry))
	}
	for i := range d.Draft.moves {
		m := &d.Draft.moves[i]
		from, to := &d.Draft.Sides[m.from], &d.Draft.Sides[m.to]
		d.Postings = append(d.Postings, Posting{
			From: from.Account, To: to.Account, Amount: m.amount, Currency: from.currency, Bucket: m.bucket, Grant: m.grant,
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

// Posted says whether the entry has a line for the account, and so has touched it.
func (t *Draft) Posted(a *Account) bool {
	for i := range t.Sides {
		if t.Sides[i].Account == a {
			return t.Sides[i].moves > 0
		}
	}
	return false
}
