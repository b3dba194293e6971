//go:build unix

package embedded

import (
	"os"
	"syscall"
)

// takeLock takes the file for this process until it ends, however it ends.
func takeLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
