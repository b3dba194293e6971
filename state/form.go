//go:build !olderform

package state

// NewestForm is the newest version of a cell's binary form that this release reads, and so the newest that it can write. The
// build tag olderform makes the release before it.
const NewestForm = 6
