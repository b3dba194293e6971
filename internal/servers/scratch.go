package servers

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Scratch is a folder for servers that nobody needs afterwards: in memory where there is room, so that the disk's
// other users do not decide how long a flush takes.
type Scratch struct {
	Dir  string
	lock *os.File
}

const (
	memoryFS      = "/dev/shm"
	memoryNeeded  = 2 << 30 // a container's default of 64 MB would be full at once
	scratchPrefix = "purser-scratch-"
	scratchLock   = "in-use"
)

// NewScratch makes a folder that is removed by Remove, or else by the next NewScratch after this process has ended.
func NewScratch() (*Scratch, error) {
	base := scratchBase()
	if err := sweep(base); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(base, scratchPrefix)
	if err != nil {
		return nil, err
	}
	// Servers that run as another user must be able to pass through.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	return lockScratch(dir)
}

func lockScratch(dir string) (*Scratch, error) {
	lock, err := os.OpenFile(filepath.Join(dir, scratchLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Scratch{Dir: dir, lock: lock}, nil
}

// Remove deletes the folder; whatever runs in it must have ended.
func (s *Scratch) Remove() error {
	return errors.Join(os.RemoveAll(s.Dir), s.lock.Close())
}

func scratchBase() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memoryFS, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= memoryNeeded {
		return memoryFS
	}
	return os.TempDir()
}

// sweep removes the folders of processes that were killed. A lock tells the dead from the living: the kernel releases it
// with its last holder. A folder without a lock file is being made this moment and is left alone.
func sweep(base string) error {
	dirs, err := filepath.Glob(filepath.Join(base, scratchPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		lock, err := os.OpenFile(filepath.Join(dir, scratchLock), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			err = os.RemoveAll(dir)
		}
		if err := errors.Join(err, lock.Close()); err != nil {
			return err
		}
	}
	return nil
}
