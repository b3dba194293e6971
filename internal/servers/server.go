package servers

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Bounds on how long a server may take. They are generous because a busy machine is no reason to fail.
const (
	startTimeout = 90 * time.Second
	stopTimeout  = 30 * time.Second
	pollInterval = 50 * time.Millisecond
)

// shownLog is how much of a server's log an error carries.
const shownLog = 4 << 10

// Runner is what carries a server: a local process, or a container.
type Runner interface {
	// Start launches the server, the first time or again with the same address and data.
	Start(ctx context.Context) error
	// Stop asks the server to end and waits until it has; past the context it is killed.
	Stop(ctx context.Context) error
	// Kill ends it as kill -9 does and waits until it is gone.
	Kill(ctx context.Context) error
	// Pause freezes it with its connections open; Resume lets it go on.
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
	// Ended is an error that says how the server ended by itself, nil while it runs.
	Ended() error
	// Log is the end of what it wrote, at most so many bytes.
	Log(most int) string
	// Destroy kills the server, if it runs, and frees what Stop and Kill leave for another start.
	Destroy(ctx context.Context) error
}

// Server is one running server on loopback. Its methods are not safe for use by several goroutines at once.
type Server struct {
	Name string // kafka, redis, postgres
	Addr string // host:port, the same for life

	runner Runner
	ready  func(context.Context) error
}

// New starts a server and waits until ready says nil. A server that does not come up is destroyed, and the error ends with its log.
func New(ctx context.Context, name, addr string, r Runner, ready func(context.Context) error) (*Server, error) {
	s := &Server{Name: name, Addr: addr, runner: r, ready: ready}
	if err := s.Start(ctx); err != nil {
		kill, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return nil, errors.Join(err, r.Destroy(kill))
	}
	return s, nil
}

// Start starts a server that was stopped or killed, with the address and data it had, and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	if err := s.runner.Start(ctx); err != nil {
		return fmt.Errorf("start %s: %w", s.Name, err)
	}
	return s.awaitReady(ctx)
}

// Stop ends the server cleanly.
func (s *Server) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := s.runner.Resume(ctx); err != nil {
		return fmt.Errorf("stop %s: %w", s.Name, err)
	}
	if err := s.runner.Stop(ctx); err != nil {
		return fmt.Errorf("stop %s: %w", s.Name, err)
	}
	return nil
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := s.runner.Kill(ctx); err != nil {
		return fmt.Errorf("kill %s: %w", s.Name, err)
	}
	return nil
}

// Destroy ends the server for good.
func (s *Server) Destroy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := s.runner.Destroy(ctx); err != nil {
		return fmt.Errorf("destroy %s: %w", s.Name, err)
	}
	return nil
}

// Restart is Stop and Start.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(ctx); err != nil {
		return err
	}
	return s.Start(ctx)
}

// Pause freezes the server: connections stay open and nothing answers.
func (s *Server) Pause(ctx context.Context) error {
	if err := s.runner.Pause(ctx); err != nil {
		return fmt.Errorf("pause %s: %w", s.Name, err)
	}
	return nil
}

// Resume lets a paused server go on.
func (s *Server) Resume(ctx context.Context) error {
	if err := s.runner.Resume(ctx); err != nil {
		return fmt.Errorf("resume %s: %w", s.Name, err)
	}
	return nil
}

// PID is the process of a server that runs as a local process; 0 otherwise.
func (s *Server) PID() int {
	if p, ok := s.runner.(*process); ok {
		return p.pid()
	}
	return 0
}

func (s *Server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		attempt, done := context.WithTimeout(ctx, 5*time.Second)
		err := s.ready(attempt)
		done()
		if err == nil {
			return nil
		}
		if ended := s.runner.Ended(); ended != nil {
			return fmt.Errorf("%s ended instead of starting: %w\n%s", s.Name, ended, s.runner.Log(shownLog))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer on %s: %w\n%s", s.Name, s.Addr, err, s.runner.Log(shownLog))
		case <-time.After(pollInterval):
		}
	}
}
