//go:build !unix

package embedded

import (
	"errors"
	"os"
)

// takeLock refuses: where there are no advisory locks, two processes could write to one folder.
func takeLock(*os.File) error {
	return errors.New("this system has no file locks: run without a data folder")
}
