//go:build !laterrelease

package stream

import "purser/processors/core"

// addExtra is where a later release adds fields to a cell as it is written. This one has none.
func addExtra(*core.Meta) {}
