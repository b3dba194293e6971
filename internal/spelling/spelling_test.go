package spelling_test

import (
	"testing"

	"purser/internal/spelling"
)

func TestNearest(t *testing.T) {
	names := []string{"plan", "plane", "account", "fx-rate"}
	for misspelt, want := range map[string]string{
		"plan": "plan", "plna": "plan", "planes": "plane", "acount": "account", "fx_rate": "fx-rate", "": "", "multipliers": "", "accxxxxt": "",
	} {
		if got := spelling.Nearest(misspelt, names); got != want {
			t.Errorf("%q is taken for %q, want %q", misspelt, got, want)
		}
	}
}
