package stores_test

import (
	"testing"

	"purser/internal/verify"
	"purser/internal/verify/stores"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/inmem"
)

func TestACheckpointIsReadAsItWasSaved(t *testing.T) {
	account := &core.Account{
		Meta: core.Meta{Key: string(core.AppendAccountKey(nil, "acme", "w-1"))}, Org: "acme", ID: "w-1",
		Kind: core.KindWallet, Currency: money.Currency{'E', 'U', 'R'}, Balance: -7_450_000, Purchased: -7_450_000, Seq: 2, Last: 9,
	}
	progress := &core.Progress{Meta: core.Meta{Key: core.ProgressKey}, Offsets: make([]int64, 5)}
	store := new(inmem.Checkpoint)
	err := store.Save(t.Context(), &state.Save{
		Partition: 3, To: state.Position{Changelog: 12, Ledger: 34, Entry: 1},
		Cells: []state.Image{
			{Key: account.Key, Value: state.AppendCell(nil, account)}, {Key: progress.Key, Value: state.AppendCell(nil, progress)},
		},
		Rows: []state.LedgerRow{{Entry: 1, Offset: 30, Org: "acme", Body: []byte("{}"), Mark: []byte("mark")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := stores.Checkpoint{Store: store}
	changelog, ledger, err := c.Position(t.Context(), 3)
	if err != nil || changelog != 12 || ledger != 34 {
		t.Errorf("at %d and %d, %v", changelog, ledger, err)
	}
	var accounts []verify.Account
	at, err := c.Cells(t.Context(), 3, func(key string, value []byte) error {
		a, ok, err := stores.ReadCell(key, value)
		if ok {
			accounts = append(accounts, a)
		}
		return err
	})
	want := verify.Account{Org: "acme", ID: "w-1", Currency: "EUR", Balance: account.Balance.String(), Purchased: account.Purchased.String(), Seq: 2, Last: 9, Wallet: true}
	if err != nil || at != 12 || len(accounts) != 1 || accounts[0] != want {
		t.Errorf("at %d: %+v, %v", at, accounts, err)
	}
	var rows []verify.Row
	err = c.Rows(t.Context(), 3, func(r verify.Row) error { rows = append(rows, r); return nil })
	if err != nil || len(rows) != 1 || rows[0].Entry != 1 || rows[0].Offset != 30 || string(rows[0].Body) != "{}" || string(rows[0].Mark) != "mark" {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestWhatIsNoAccountIsPassedOver(t *testing.T) {
	key := string(core.AppendAccountKey(nil, "acme", "w-1"))
	for name, c := range map[string]struct {
		key   string
		value []byte
	}{
		"deleted": {key, state.AppendDeleted(nil)}, "a tombstone": {key, nil}, "another kind": {"q\x1facme\x1fw-1", []byte("?")}, "no key": {"", nil},
	} {
		if _, ok, err := stores.ReadCell(c.key, c.value); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if _, _, err := stores.ReadCell(key, []byte("damaged")); err == nil {
		t.Error("a damaged cell was read")
	}
}
