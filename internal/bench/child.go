package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// roles are what this program runs as when it is its own child. The argument is the role's settings in JSON.
var roles = map[string]func(settings string) error{
	"app":        runApp,
	"copy":       runCopy,
	"memory":     runMemory,
	"identities": runIdentities,
}

// child is a role that runs in a process of its own. It ends when its standard input does, so it never outlives us.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	log   string
	done  chan struct{}
	how   error
	ended time.Time
}

func startChild(role, log string, settings any) (*child, error) {
	text, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own descriptor
	c := &child{cmd: exec.Command(self, role, string(text)), log: log, done: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = out, out
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.how = c.cmd.Wait()
		c.ended = time.Now()
		close(c.done)
	}()
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// alive is nil while the child runs; otherwise it says how it ended, with the end of its log.
func (c *child) alive() error {
	select {
	case <-c.done:
		if c.how == nil {
			return fmt.Errorf("a process under test has ended by itself\n%s", logTail(c.log))
		}
		return fmt.Errorf("a process under test has ended: %w\n%s", c.how, logTail(c.log))
	default:
		return nil
	}
}

// stop ends the child gracefully, or by force after a while. How one ended that is gone already, perhaps killed by us, is
// for those to say who waited for it.
func (c *child) stop() error {
	select {
	case <-c.done:
		return nil
	default:
	}
	_ = c.stdin.Close() // it may just have ended
	select {
	case <-c.done:
		return c.how
	case <-time.After(20 * time.Second):
		c.kill()
		return fmt.Errorf("a process under test did not stop within 20 s\n%s", logTail(c.log))
	}
}

// kill ends it as kill -9 does and returns when it is gone.
func (c *child) kill() time.Time {
	_ = c.cmd.Process.Signal(syscall.SIGKILL) // it may have ended by itself
	<-c.done
	return c.ended
}

func logTail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// untilClosed returns when standard input ends: the parent wants us to stop, or is gone.
func untilClosed() <-chan struct{} {
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	return closed
}
