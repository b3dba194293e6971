package arch

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMakePlaysAsManySeedsAsItSays: a default of one target must not turn a thousand seeds of another into one.
func TestMakePlaysAsManySeedsAsItSays(t *testing.T) {
	for _, tt := range []struct{ target, want string }{
		{"simulate-faults SEEDS=5", "PURSER_SIMULATE_SEEDS=5 PURSER_SIMULATE_FIRST= PURSER_SIMULATE_SEED= "},
		{"simulate-faults SEED=9", "PURSER_SIMULATE_SEED=9 "},
		{"torture", "PURSER_TORTURE_SEED=7 PURSER_TORTURE_MINUTES=25 "},
		{"torture SEED=11 MINUTES=3", "PURSER_TORTURE_SEED=11 PURSER_TORTURE_MINUTES=3 "},
	} {
		plan := exec.Command("make", append([]string{"-n"}, strings.Fields(tt.target)...)...)
		plan.Dir = "../.."
		plan.Env = []string{"PATH=" + os.Getenv("PATH")} // not what this test was started with
		out, err := plan.CombinedOutput()
		if err != nil {
			t.Fatalf("make -n %s: %v\n%s", tt.target, err, out)
		}
		if !strings.Contains(string(out), tt.want) {
			t.Errorf("make %s would run\n%swhich does not say %q", tt.target, out, tt.want)
		}
	}
}
