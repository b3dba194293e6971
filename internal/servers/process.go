package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process runs a server as a local process.
type process struct {
	prepare  func(context.Context) error // nil: nothing to do before a start
	command  func() (*exec.Cmd, error)   // builds the command anew for every start
	as       *syscall.Credential         // nil: as whoever we are
	logFile  string
	detached bool

	id    identity
	ended chan struct{} // closed when a child of ours has ended; nil for an attached one
	how   error
}

func (p *process) pid() int { return p.id.PID }

func (p *process) Start(ctx context.Context) error {
	if p.alive() {
		return fmt.Errorf("process %d still runs", p.id.PID)
	}
	if p.prepare != nil {
		if err := p.prepare(ctx); err != nil {
			return err
		}
	}
	cmd, err := p.command()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.logFile), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(p.logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer out.Close() // the child has its own descriptor
	cmd.Stdout, cmd.Stderr = out, out
	if p.detached {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: p.as}
		err = cmd.Start()
	} else {
		err = startBound(cmd, p.as)
	}
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	p.ended = ended
	p.id, err = identify(cmd.Process.Pid)
	go func() {
		p.how = cmd.Wait()
		close(ended)
	}()
	return err
}

func (p *process) alive() bool {
	if p.id.PID == 0 {
		return false
	}
	if p.ended == nil {
		return p.id.alive()
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) Ended() error {
	if p.alive() {
		return nil
	}
	if p.ended != nil && p.how != nil {
		return p.how
	}
	return errors.New("it is not running")
}

func (p *process) Stop(ctx context.Context) error {
	if !p.alive() {
		return nil
	}
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	if p.awaitEnd(ctx) == nil {
		return nil
	}
	kill, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return p.Kill(kill)
}

// Kill takes the children too: a Postgres whose first process is gone would otherwise go on answering for a moment.
func (p *process) Kill(ctx context.Context) error {
	if !p.alive() {
		return nil
	}
	family, err := p.family()
	if err != nil {
		return err
	}
	for _, member := range family {
		if err := member.signal(syscall.SIGKILL); err != nil {
			return err
		}
	}
	return p.awaitEnd(ctx, family...)
}

// Pause stops the first process before its children are listed, so that it cannot make new ones meanwhile.
func (p *process) Pause(context.Context) error {
	if !p.alive() {
		return errors.New("it is not running")
	}
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return p.signalFamily(syscall.SIGSTOP)
}

func (p *process) Resume(context.Context) error {
	if !p.alive() {
		return nil
	}
	return p.signalFamily(syscall.SIGCONT)
}

func (p *process) signal(sig syscall.Signal) error { return p.id.signal(sig) }

func (p *process) signalFamily(sig syscall.Signal) error {
	family, err := p.family()
	if err != nil {
		return err
	}
	for _, member := range family {
		if err := member.signal(sig); err != nil {
			return err
		}
	}
	return nil
}

// family is the process and its children, the process first.
func (p *process) family() ([]identity, error) {
	children, err := childrenOf(p.id.PID)
	return append([]identity{p.id}, children...), err
}

// awaitEnd waits until the process and the others named have ended.
func (p *process) awaitEnd(ctx context.Context, others ...identity) error {
	for {
		running := p.alive()
		for _, o := range others {
			running = running || o.alive()
		}
		if !running {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d does not end: %w", p.id.PID, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Destroy leaves the data: its folder belongs to whoever named it.
func (p *process) Destroy(ctx context.Context) error { return p.Kill(ctx) }

func (p *process) Log(most int) string { return tail(p.logFile, most) }

func tail(path string, most int) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-most):])
}
