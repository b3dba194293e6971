package servers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// Record is what finds a detached server again.
type Record struct {
	Name    string   `json:"name"`
	Addr    string   `json:"addr"`
	Process identity `json:"process"`
}

// WriteRecord notes a detached server in a file, for Attach.
func (s *Server) WriteRecord(path string) error {
	p, ok := s.runner.(*process)
	if !ok {
		return fmt.Errorf("%s is no local process", s.Name)
	}
	b, err := json.MarshalIndent(Record{Name: s.Name, Addr: s.Addr, Process: p.id}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// Attach finds the server that a record names. Running is false where there is no record, or where its process has ended:
// another one that was given the same number since is never taken for it. The record is returned in any case, so that a
// server can come back at its old address.
func Attach(path string) (s *Server, r Record, running bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Record{}, false, nil
	}
	if err != nil {
		return nil, Record{}, false, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, Record{}, false, fmt.Errorf("read %s: %w", path, err)
	}
	if !r.Process.alive() {
		return nil, r, false, nil
	}
	p := &process{id: r.Process, command: func() (*exec.Cmd, error) {
		return nil, errors.New("it was started by another program")
	}}
	return &Server{Name: r.Name, Addr: r.Addr, runner: p, ready: func(context.Context) error { return nil }}, r, true, nil
}
