package record

import (
	"os"
	"path/filepath"
	"testing"
)

func entries() []Entry {
	return []Entry{
		{Kind: Good, Topic: 1, Partition: 3, Offset: 0, Org: "acme", Source: "/load", ID: "u-1"},
		{Kind: Duplicate, Topic: 1, Partition: 3, Offset: 1, Org: "acme", Source: "/load", ID: "u-1"},
		{Kind: Malformed, Topic: 3, Partition: 300, Offset: 1 << 40, Org: "", Source: "", ID: ""},
		{Kind: Refused, Topic: 1, Partition: 0, Offset: 7, Org: "bolt", Source: "/load", ID: "u-2"},
	}
}

func write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries() {
		if err := w.Append(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	var got []Entry
	torn, err := Read(write(t), func(e *Entry) error { got = append(got, *e); return nil })
	if err != nil || torn {
		t.Fatalf("torn %v, error %v", torn, err)
	}
	if want := entries(); len(got) != len(want) {
		t.Fatalf("read %d entries, wrote %d", len(got), len(want))
	}
	for i, want := range entries() {
		if got[i] != want {
			t.Errorf("entry %d: read %+v, wrote %+v", i, got[i], want)
		}
	}
}

func TestAFileCutShortIsReadUpToTheCut(t *testing.T) {
	path := write(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(header) + 1; cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		torn, err := Read(path, func(e *Entry) error {
			if want := entries()[n]; *e != want {
				t.Errorf("cut at %d: entry %d is %+v", cut, n, *e)
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if n == len(entries()) {
			t.Fatalf("cut at %d of %d: every entry was read", cut, len(whole))
		}
		if n == 0 && !torn {
			t.Fatalf("cut at %d: nothing read and not torn", cut)
		}
	}
}

func TestAnExistingFileIsNotOverwritten(t *testing.T) {
	if _, err := Create(write(t)); err == nil {
		t.Fatal("an existing record file was overwritten")
	}
}

func TestAForeignFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(path, []byte("something else, and long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, func(*Entry) error { return nil }); err == nil {
		t.Fatal("a file of another kind was read")
	}
}
