package topics

import "testing"

func TestNamesTakeAPrefix(t *testing.T) {
	names := Names{Prefix: "eu."}
	if got := names.Of(Usage); got != "eu.usage" {
		t.Fatalf("Of(usage) = %q", got)
	}
	for i, full := range names.Inputs() {
		if index, ok := names.Input(full); !ok || index != i {
			t.Errorf("Input(%q) = %d, %v; want %d", full, index, ok, i)
		}
	}
	for _, full := range []string{"usage", "eu.ledger", "eu.", "", "eu.usage2", "us.usage"} {
		if index, ok := names.Input(full); ok {
			t.Errorf("Input(%q) = %d: it is no input of this installation", full, index)
		}
	}
}

func TestInputIndexIsTheOrderOfOffsets(t *testing.T) {
	for i, topic := range Inputs {
		if got := InputIndex(topic); got != i {
			t.Errorf("InputIndex(%q) = %d, want %d", topic, got, i)
		}
	}
	if got := InputIndex(Ledger); got != -1 {
		t.Errorf("InputIndex(ledger) = %d, but the ledger is no input", got)
	}
}
