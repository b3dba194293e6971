//go:build !failpoints

package main

// failpoint is what the loop calls at each of its named steps: nothing, but in the binary that tests kill.
func failpoint() func(name string) { return nil }
