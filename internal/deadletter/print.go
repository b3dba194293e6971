package deadletter

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Summary is the letter on one line. What came from outside cannot move the cursor or forge a line.
func (l *Letter) Summary() string {
	return fmt.Sprintf("%-12s %s  %-20s %-32s org=%s %s", l.Position(), l.At.UTC().Format(time.RFC3339), l.Reason, l.Cause, safe(l.Key), safe([]byte(l.Detail)))
}

// Show writes the whole letter.
func (l *Letter) Show(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "dead letter  %s\nat           %s\nreason       %s\n", l.Position(), l.At.UTC().Format(time.RFC3339Nano), l.Reason)
	if l.Detail != "" {
		fmt.Fprintf(&b, "detail       %s\n", safe([]byte(l.Detail)))
	}
	fmt.Fprintf(&b, "came from    %s\n", l.Cause)
	if l.Entry != "" {
		fmt.Fprintf(&b, "ledger       entry %s of partition %d\n", l.Entry, l.Partition)
	}
	fmt.Fprintf(&b, "key          %s\n", safe(l.Key))
	for _, h := range l.Headers {
		fmt.Fprintf(&b, "header       %s: %s\n", safe([]byte(h.Key)), safe(h.Value))
	}
	fmt.Fprintf(&b, "value        %d bytes\n", len(l.Value))
	if printable(l.Value) {
		b.Write(l.Value)
		b.WriteByte('\n')
	} else {
		b.WriteString(hex.Dump(l.Value))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// MarshalJSON is for machines: bytes that are no text are given in hex.
func (l *Letter) MarshalJSON() ([]byte, error) {
	type header struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	headers := make([]header, len(l.Headers))
	for i, h := range l.Headers {
		headers[i] = header{safe([]byte(h.Key)), safe(h.Value)}
	}
	out := struct {
		Partition int32    `json:"partition"`
		Offset    int64    `json:"offset"`
		At        string   `json:"at"`
		Reason    string   `json:"reason"`
		Detail    string   `json:"detail,omitempty"`
		Cause     string   `json:"cause"`
		Entry     string   `json:"entry,omitempty"`
		Key       string   `json:"key"`
		Headers   []header `json:"headers"`
		Value     string   `json:"value"`
	}{l.Partition, l.Offset, l.At.UTC().Format(time.RFC3339Nano), l.Reason, l.Detail, l.Cause, l.Entry, safe(l.Key), headers, safe(l.Value)}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// safe is a piece of input as it may be printed on one line: as it is where it is plain text, else in hex.
func safe(b []byte) string {
	if printable(b) && !bytes.ContainsRune(b, '\n') {
		return string(b)
	}
	return "0x" + hex.EncodeToString(b)
}

// printable is text that only a line break or a tab moves the cursor in.
func printable(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
			return false
		}
	}
	return true
}
