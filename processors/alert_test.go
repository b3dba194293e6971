package processors_test

import (
	"fmt"
	"testing"

	. "purser/processors/core"
)

// alerts are an entry's, as text.
func alerts(e *entry) []string {
	var all []string
	for _, a := range e.Alerts {
		if a.Attempt != "" {
			all = append(all, fmt.Sprintf("%s %s of %v %v", a.Kind, a.Attempt, a.Amount, a.Contacts))
			continue
		}
		all = append(all, fmt.Sprintf("%s %s %v %v below %v collect %v %v", a.Kind, a.Account.ID, a.Balance, a.Currency, a.Threshold, a.ToCollect, a.Contacts))
	}
	return all
}

func TestR4_9_AlertsAtTheEdgeOnly(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	expect(t, "a new account has crossed nothing", alerts(w.send(watched("w", "10"))), nil)
	expect(t, "up to the threshold", alerts(w.send(pay("w", "10"))), nil)
	expect(t, "below", alerts(w.send(cost("w", "call", "0.000001"))), []string{
		"low_balance w 9.999999 USD below 10.000000 collect 0.000000 [ops@acme.test]",
	})
	expect(t, "still below", alerts(w.send(cost("w", "call", "5"))), nil)
	expect(t, "at zero", alerts(w.send(cost("w", "call", "4.999999"))), nil)
	expect(t, "below zero", alerts(w.send(cost("w", "call", "12.345678"))), []string{
		"negative_balance w -12.345678 USD below 0.000000 collect 12.350000 [ops@acme.test]",
	})
	expect(t, "still below zero", alerts(w.send(cost("w", "call", "1"))), nil)
	expect(t, "back above both", alerts(w.send(pay("w", "100"))), nil)
	expect(t, "both at once", alerts(w.send(cost("w", "call", "100"))), []string{
		"low_balance w -13.345678 USD below 10.000000 collect 0.000000 [ops@acme.test]",
		"negative_balance w -13.345678 USD below 0.000000 collect 13.350000 [ops@acme.test]",
	})
}

func TestR4_9_ADefinitionMovesTheThreshold(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(pay("w", "10"))
	expect(t, "above the balance", alerts(w.send(watched("w", "20"))), []string{
		"low_balance w 10.000000 USD below 20.000000 collect 0.000000 [ops@acme.test]",
	})
	w.clock += second
	expect(t, "below it again", alerts(w.send(watched("w", "5"))), nil)
	expect(t, "armed", alerts(w.send(cost("w", "call", "6"))), []string{
		"low_balance w 4.000000 USD below 5.000000 collect 0.000000 [ops@acme.test]",
	})
}

func TestR4_9_AnExpiryAndTheAgencysWalletAlertToo(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	house := watched("house", "5")
	house.Account.Kind = KindAgencyWallet
	w.send(house)
	w.send(pay("house", "5"))
	w.send(watched("w", "1"))
	w.send(grant("w", "3", start+day))
	expect(t, "agency", alerts(w.send(cost("w", "call", "2"))), []string{
		"low_balance house 3.000000 USD below 5.000000 collect 0.000000 [ops@acme.test]",
	})
	before := len(w.log)
	w.tick(start + day)
	expect(t, "expiry", alerts(&w.log[before]), []string{"low_balance w 0.000000 USD below 1.000000 collect 0.000000 [ops@acme.test]"})
}

// TestR4_9_AThresholdThatComesIntoForceIsNoticedWithTheNextEntry, and not by an event that posts nothing on the account.
func TestR4_9_AThresholdThatComesIntoForceIsNoticedWithTheNextEntry(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(agency("house"))
	house := from(start+hour, watched("house", "5"))
	house.Account.Kind = KindAgencyWallet
	w.send(house)
	w.send(wallet("w", "", ""))
	w.clock += day
	expect(t, "a cost of zero", alerts(w.send(cost("w", "call", "0"))), nil)
	expect(t, "a payment of zero", alerts(w.send(pay("house", "0"))), nil)
	expect(t, "a posting", alerts(w.send(pay("house", "1"))), []string{
		"low_balance house 1.000000 USD below 5.000000 collect 0.000000 [ops@acme.test]",
	})
}
