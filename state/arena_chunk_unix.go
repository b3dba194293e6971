//go:build unix

package state

import (
	"fmt"
	"syscall"
)

// takeMemory gets memory from the system and not from the garbage collector: the collector lets the heap grow to twice
// what is alive, and would with it double what the cells take.
func takeMemory(size int) []byte {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(fmt.Sprintf("state: %d bytes of memory for cells: %v", size, err))
	}
	return b
}

func giveBack(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic(fmt.Sprintf("state: giving memory of cells back: %v", err))
	}
}
