//go:build failpoints

package failpoint

import (
	"os"
	"strings"
)

var off, _ = strings.CutPrefix(os.Getenv("PURSER_FAILPOINT"), prefix)

const prefix = "off:"

// Off says whether a rule is switched off: PURSER_FAILPOINT=off:rule.
func Off(rule string) bool { return off == rule }
