package servers

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSweepTellsTheDeadFromTheLiving(t *testing.T) {
	base := t.TempDir()
	living := folderWithLock(t, base, "living")
	dead := folderWithLock(t, base, "dead")
	if err := dead.lock.Close(); err != nil { // as the kernel does when a process ends
		t.Fatal(err)
	}
	if err := sweep(base); err != nil {
		t.Fatal(err)
	}
	if !present(living.Dir) {
		t.Error("a folder in use was removed")
	}
	if present(dead.Dir) {
		t.Error("the folder of a dead process is still there")
	}
}

func folderWithLock(t *testing.T, base, name string) *Scratch {
	t.Helper()
	dir := filepath.Join(base, scratchPrefix+name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := lockScratch(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.lock.Close() })
	return s
}
