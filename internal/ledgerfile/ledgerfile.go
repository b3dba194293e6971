// Package ledgerfile is the form in which the ledger leaves purser: a file of JSON lines, one an entry, each partition's in their
// order. Body is the record's own text, byte for byte, and mark its mark and link, so that whoever has the file can follow
// the chain without any server.
package ledgerfile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Entry is one ledger record.
type Entry struct {
	Partition int32  `json:"partition"`
	Entry     uint64 `json:"entry"`
	Org       string `json:"org"`  // the record's key
	Mark      []byte `json:"mark"` // with the link behind it
	Body      string `json:"body"`
}

// Writer writes entries. Close it, or the last ones may be missing.
type Writer struct {
	buffer *bufio.Writer
	lines  *json.Encoder
}

// NewWriter returns a writer to w, which the caller keeps.
func NewWriter(w io.Writer) *Writer {
	buffer := bufio.NewWriterSize(w, 1<<20)
	lines := json.NewEncoder(buffer)
	lines.SetEscapeHTML(false)
	return &Writer{buffer, lines}
}

// Write appends an entry. Text that is not UTF-8 would not come back as it was, and is an error.
func (w *Writer) Write(e Entry) error {
	if !utf8.ValidString(e.Org) || !utf8.ValidString(e.Body) {
		return fmt.Errorf("entry %d of partition %d is not UTF-8", e.Entry, e.Partition)
	}
	return w.lines.Encode(e)
}

// Close writes what is left. It does not close what is written to.
func (w *Writer) Close() error { return w.buffer.Flush() }

// Read calls f with each entry of a file. A line that is none is an error that gives its number.
func Read(r io.Reader, f func(Entry) error) error {
	lines := json.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	lines.DisallowUnknownFields()
	for n := 1; ; n++ {
		var e Entry
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("line %d is no entry of the ledger: %w", n, err)
		}
		if err := f(e); err != nil {
			return err
		}
	}
}
