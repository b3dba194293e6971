package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// cacheDir is where downloaded parts are kept, outside the source tree.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep downloaded parts in (set XDG_CACHE_HOME): %w", err)
	}
	dir := filepath.Join(base, "purser")
	return dir, os.MkdirAll(dir, 0o755)
}

// whileLocked runs f while no other process installs anything: test binaries run side by side and would all begin at once.
func whileLocked(f func() error) error {
	dir, err := cacheDir()
	if err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "install.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() // which also unlocks
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	return f()
}
