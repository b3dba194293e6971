package access_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"purser/internal/access"
)

var rewrite = flag.Bool("rewrite", false, "write the tables of docs/security.md anew")

const (
	document = "../../docs/security.md"
	begin    = "<!-- The tables are written by go test ./internal/access -rewrite. -->\n\n"
	end      = "\n<!-- Here they end. -->\n"
)

// TestTheDocumentShowsTheTable: what docs/security.md says that each role may do is what is granted, checked and tested.
func TestTheDocumentShowsTheTable(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), begin)
	shown, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the tables", document)
	}
	if *rewrite {
		if err := os.WriteFile(document, []byte(before+begin+access.Tables()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != access.Tables() {
		t.Errorf("the tables of %s are not the ones that are granted: go test ./internal/access -run Document -rewrite", document)
	}
}
