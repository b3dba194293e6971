//go:build olderform

package state

// NewestForm of the release that did not know version 2: what a group looks like to a process that was left behind.
const NewestForm = 1
