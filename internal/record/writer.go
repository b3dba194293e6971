package record

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"sync"
)

// Writer appends entries to a new file. Append may be called by several goroutines.
type Writer struct {
	mu      sync.Mutex
	file    *os.File
	buffer  *bufio.Writer
	known   map[string]uint64
	scratch []byte
	err     error
}

// Create makes a new file; one that exists is not overwritten, because it may be the only account of what was produced.
func Create(path string) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create the record file: %w", err)
	}
	w := &Writer{file: file, buffer: bufio.NewWriterSize(file, 1<<20), known: map[string]uint64{}}
	if _, err := w.buffer.WriteString(header); err != nil {
		return nil, fmt.Errorf("write the record file: %w", err)
	}
	return w, nil
}

// Append writes one entry to the buffer. The first error stays, and Close returns it too.
func (w *Writer) Append(e *Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	b := append(w.scratch[:0], byte(e.Kind), e.Topic)
	b = binary.AppendUvarint(b, uint64(e.Partition))
	b = binary.AppendUvarint(b, uint64(e.Offset))
	b = w.appendKnown(b, e.Org)
	b = w.appendKnown(b, e.Source)
	b = append(binary.AppendUvarint(b, uint64(len(e.ID))), e.ID...)
	w.scratch = b
	if _, err := w.buffer.Write(b); err != nil {
		w.err = fmt.Errorf("write the record file: %w", err)
	}
	return w.err
}

func (w *Writer) appendKnown(b []byte, s string) []byte {
	if n, ok := w.known[s]; ok {
		return binary.AppendUvarint(b, n)
	}
	w.known[s] = uint64(len(w.known)) + 1
	b = append(b, 0)
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Close flushes the buffer and makes the file durable.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.err
	if flushed := w.buffer.Flush(); err == nil {
		err = flushed
	}
	if synced := w.file.Sync(); err == nil {
		err = synced
	}
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	return err
}
