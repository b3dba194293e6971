package record

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead reads a record file that was damaged: it ends with an error or with entries of kinds that there are.
func FuzzRead(f *testing.F) {
	f.Add([]byte(header))
	f.Add(append([]byte(header), 1, 1, 3, 9, 0, 4, 'a', 'c', 'm', 'e', 0, 1, 's', 1, 'i'))
	f.Add(append([]byte(header), 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(t.TempDir(), "produced")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = Read(file, func(e *Entry) error {
			if e.Kind == 0 || int(e.Kind) >= Kinds || len(e.ID) > maxText {
				t.Fatalf("an entry that there cannot be: %+v", e)
			}
			return nil
		})
	})
}
