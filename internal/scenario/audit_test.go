package scenario

import (
	"strings"
	"testing"

	"purser/processors/core"
	"purser/processors/money"
)

var usd = money.Currency{'U', 'S', 'D'}

// entry is a right decision: the first entry of both its accounts moves 100 to a wallet that has two grants.
func entry() (*audit, *core.Decision) {
	a := newAudit()
	wallet := &core.Account{
		Meta: core.Meta{Key: "w"}, Org: "o", ID: "loc-1", Kind: core.KindWallet, Currency: usd,
		Balance: 100, Purchased: 80, Seq: 1, Last: 1,
		Grants: []core.Grant{{ID: "g", Amount: 15, ExpiresAt: 9}, {ID: "h", Amount: 5}},
	}
	world := &core.Account{
		Meta: core.Meta{Key: "s"}, Org: "o", ID: "world:payments", Kind: core.KindSystem, Currency: usd,
		Balance: -100, Seq: 1, Last: 1,
	}
	d := &core.Decision{
		Org:      "o",
		Postings: []core.Posting{{From: world, To: wallet, Amount: 100, Currency: usd}},
		Lines:    []core.Line{{Account: world, Seq: 1, Balance: -100}, {Account: wallet, Seq: 1, Balance: 100, Purchased: 80}},
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
		spoil      func(*core.Decision)
	}{
		{"nothing moved", "greater than zero", func(d *core.Decision) { d.Postings[0].Amount = 0 }},
		{"another currency", "a posting in EUR", func(d *core.Decision) { d.Postings[0].Currency = money.Currency{'E', 'U', 'R'} }},
		{"balance after it", "its postings add up to", func(d *core.Decision) { d.Lines[1].Balance++ }},
		{"balance in the cell", "its postings add up to", func(d *core.Decision) { d.Lines[1].Account.Balance++ }},
		{"line missing", "2 accounts were posted to and 1", func(d *core.Decision) { d.Lines = d.Lines[:1] }},
		{"line twice", "did not post to it", func(d *core.Decision) { d.Lines[1] = d.Lines[0] }},
		{"sequence", "from sequence number 0 to 2", func(d *core.Decision) { d.Lines[0].Seq = 2 }},
		{"previous", "names entry 7 as the one before", func(d *core.Decision) { d.Lines[0].Previous = 7 }},
		{"last", "names entry 0 as the one before 1", func(d *core.Decision) { d.Lines[0].Account.Last = 9 }},
		{"buckets", "its buckets add up to", func(d *core.Decision) { d.Lines[1].Account.Purchased-- }},
		{"empty grant", "keeps grant g at 0", func(d *core.Decision) {
			d.Lines[1].Account.Purchased += 15
			d.Lines[1].Account.Grants[0].Amount = 0
		}},
		{"order of grants", "burns first", func(d *core.Decision) {
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
