package ledgerfile

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzRead reads any file: what is taken from it is written and read back the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"partition":1,"entry":2,"org":"acme","mark":"AQ==","body":"{}"}` + "\n"))
	f.Add([]byte(`{"partition":1}{"entry":3}`))
	f.Add([]byte(`{"org":"\ud800","body":"\u0000"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		read := func(content []byte) (entries []Entry) {
			_ = Read(bytes.NewReader(content), func(e Entry) error { entries = append(entries, e); return nil })
			return entries
		}
		taken := read(content)
		var out bytes.Buffer
		w := NewWriter(&out)
		for _, e := range taken {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if again := read(out.Bytes()); !reflect.DeepEqual(again, taken) {
			t.Fatalf("%+v came back as %+v", taken, again)
		}
	})
}
