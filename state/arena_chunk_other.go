//go:build !unix

package state

func takeMemory(size int) []byte { return make([]byte, size) }

func giveBack([]byte) {}
