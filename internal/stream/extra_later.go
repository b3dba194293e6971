//go:build laterrelease

package stream

import (
	"encoding/binary"

	"purser/processors/core"
)

// addExtra of a release to come, which keeps something of a cell that this one knows nothing of: the transaction that last
// changed it under that release. It shows what a group of both makes of the other's cells.
func addExtra(h *core.Meta) {
	if h.Form >= 2 {
		h.Extra = string(binary.AppendUvarint([]byte("last="), h.Changed))
	}
}
