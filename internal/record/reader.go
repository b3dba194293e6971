package record

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxText bounds a string of the file: what is longer than any identifier that is produced is damage.
const maxText = 1 << 16

var errDamaged = errors.New("the record file is damaged")

// Read calls f with every entry of a file. The entry is only valid during the call. torn says that the last entry was
// cut short, as it is when the producer was killed.
func Read(path string, f func(*Entry) error) (torn bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open the record file: %w", err)
	}
	defer file.Close()
	r := &reader{in: bufio.NewReaderSize(file, 1<<20)}
	if err := r.header(); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	for {
		var e Entry
		switch err := r.entry(&e); {
		case errors.Is(err, io.EOF):
			return false, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return true, nil
		case err != nil:
			return false, fmt.Errorf("%s: %w", path, err)
		}
		if err := f(&e); err != nil {
			return false, err
		}
	}
}

type reader struct {
	in    *bufio.Reader
	known []string
}

func (r *reader) header() error {
	b := make([]byte, len(header))
	if _, err := io.ReadFull(r.in, b); err != nil || string(b) != header {
		return errors.New("not a record file of purser load")
	}
	return nil
}

// entry answers io.EOF at the end of the file, and io.ErrUnexpectedEOF inside an entry.
func (r *reader) entry(e *Entry) error {
	kind, err := r.in.ReadByte()
	if err != nil {
		return err
	}
	if kind == 0 || int(kind) >= Kinds {
		return errDamaged
	}
	e.Kind = Kind(kind)
	topic, err := r.in.ReadByte()
	if err != nil {
		return inside(err)
	}
	e.Topic = topic
	partition, err := r.number()
	if err != nil {
		return err
	}
	offset, err := r.number()
	if err != nil {
		return err
	}
	e.Partition, e.Offset = int32(partition), int64(offset)
	if e.Org, err = r.knownText(); err != nil {
		return err
	}
	if e.Source, err = r.knownText(); err != nil {
		return err
	}
	e.ID, err = r.text()
	return err
}

func (r *reader) number() (uint64, error) {
	n, err := binary.ReadUvarint(r.in)
	return n, inside(err)
}

func (r *reader) knownText() (string, error) {
	n, err := r.number()
	if err != nil {
		return "", err
	}
	if n > uint64(len(r.known)) {
		return "", errDamaged
	}
	if n > 0 {
		return r.known[n-1], nil
	}
	s, err := r.text()
	if err == nil {
		r.known = append(r.known, s)
	}
	return s, err
}

func (r *reader) text() (string, error) {
	n, err := r.number()
	if err != nil {
		return "", err
	}
	if n > maxText {
		return "", errDamaged
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r.in, b); err != nil {
		return "", inside(err)
	}
	return string(b), nil
}

func inside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
