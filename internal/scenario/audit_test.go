package scenario

import (
	"strings"
	"testing"

	"purser/processors"
	"purser/processors/money"
)

var usd = money.Currency{'U', 'S', 'D'}

// entry is a right decision: the first entry of both its accounts moves 100 to a wallet that has two grants.
func entry() (*audit, *processors.Decision) {
	a := newAudit()
	wallet := &processors.Account{
		Meta: processors.Meta{Key: "w"}, Org: "o", ID: "loc-1", Kind: processors.KindWallet, Currency: usd,
		Balance: 100, Purchased: 80, Seq: 1, Last: 1,
		Grants: []processors.Grant{{ID: "g", Amount: 15, ExpiresAt: 9}, {ID: "h", Amount: 5}},
	}
	world := &processors.Account{
		Meta: processors.Meta{Key: "s"}, Org: "o", ID: "world:payments", Kind: processors.KindSystem, Currency: usd,
		Balance: -100, Seq: 1, Last: 1,
	}
	d := &processors.Decision{
		Org:      "o",
		Postings: []processors.Posting{{From: world, To: wallet, Amount: 100, Currency: usd}},
		Lines:    []processors.Line{{Account: world, Seq: 1, Balance: -100}, {Account: wallet, Seq: 1, Balance: 100, Purchased: 80}},
	}
	return &a, d
}

func TestAuditPassesWhatIsRight(t *testing.T) {
	a, d := entry()
	if err := a.entry(d, 1); err != nil {
		t.Error(err)
	}
}

func TestAuditSeesEachThingThatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spoil      func(*processors.Decision)
	}{
		{"nothing moved", "greater than zero", func(d *processors.Decision) { d.Postings[0].Amount = 0 }},
		{"another currency", "a posting in EUR", func(d *processors.Decision) { d.Postings[0].Currency = money.Currency{'E', 'U', 'R'} }},
		{"balance after it", "its postings add up to", func(d *processors.Decision) { d.Lines[1].Balance++ }},
		{"balance in the cell", "its postings add up to", func(d *processors.Decision) { d.Lines[1].Account.Balance++ }},
		{"line missing", "2 accounts were posted to and 1", func(d *processors.Decision) { d.Lines = d.Lines[:1] }},
		{"line twice", "did not post to it", func(d *processors.Decision) { d.Lines[1] = d.Lines[0] }},
		{"sequence", "from sequence number 0 to 2", func(d *processors.Decision) { d.Lines[0].Seq = 2 }},
		{"previous", "names entry 7 as the one before", func(d *processors.Decision) { d.Lines[0].Previous = 7 }},
		{"last", "names entry 0 as the one before 1", func(d *processors.Decision) { d.Lines[0].Account.Last = 9 }},
		{"buckets", "its buckets add up to", func(d *processors.Decision) { d.Lines[1].Account.Purchased-- }},
		{"empty grant", "keeps grant g at 0", func(d *processors.Decision) {
			d.Lines[1].Account.Purchased += 15
			d.Lines[1].Account.Grants[0].Amount = 0
		}},
		{"order of grants", "burns first", func(d *processors.Decision) {
			g := d.Lines[1].Account.Grants
			g[0], g[1] = g[1], g[0]
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, d := entry()
			c.spoil(d)
			if err := a.entry(d, 1); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
