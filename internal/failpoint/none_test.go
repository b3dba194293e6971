//go:build !failpoints

package failpoint_test

import (
	"testing"

	"purser/internal/failpoint"
)

// TestNothingCanBeSwitchedOff in a build that is not one of the tests'.
func TestNothingCanBeSwitchedOff(t *testing.T) {
	t.Setenv("PURSER_FAILPOINT", "off:fence")
	if failpoint.Off("fence") {
		t.Error("a rule can be switched off by the environment")
	}
}
