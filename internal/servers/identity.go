package servers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// identity names a process for good: the kernel gives a pid out again, but not with the same start time in the same boot.
type identity struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // clock ticks since the boot, as /proc says
	Boot    string `json:"boot"`
}

func identify(pid int) (identity, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return identity{PID: pid}, err
	}
	stat, err := readStat(pid)
	if err != nil {
		return identity{PID: pid}, err
	}
	return identity{PID: pid, Started: stat.started, Boot: strings.TrimSpace(string(boot))}, nil
}

// alive says whether this very process still runs; one that has ended and was not yet collected does not.
func (id identity) alive() bool {
	now, err := identify(id.PID)
	if err != nil || now != id {
		return false
	}
	stat, err := readStat(id.PID)
	return err == nil && stat.state != "Z" && stat.state != "X"
}

// signal sends a signal to this very process, and nothing where it has ended.
func (id identity) signal(sig syscall.Signal) error {
	if !id.alive() {
		return nil
	}
	err := syscall.Kill(id.PID, sig)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %d to process %d: %w", sig, id.PID, err)
	}
	return nil
}

type procStat struct{ state, parent, started string }

// readStat reads /proc/PID/stat. The command name in parentheses may hold anything, so fields are counted from its end.
func readStat(pid int) (procStat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return procStat{}, err
	}
	end := bytes.LastIndexByte(b, ')')
	if end < 0 {
		return procStat{}, fmt.Errorf("stat of process %d cannot be read", pid)
	}
	fields := strings.Fields(string(b[end+1:]))
	if len(fields) < 20 {
		return procStat{}, fmt.Errorf("stat of process %d cannot be read", pid)
	}
	return procStat{state: fields[0], parent: fields[1], started: fields[19]}, nil
}

// childrenOf lists the processes whose parent is pid.
func childrenOf(pid int) ([]identity, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var children []identity
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := readStat(child)
		if err != nil || stat.parent != strconv.Itoa(pid) {
			continue // it has ended since, or is someone else's
		}
		if id, err := identify(child); err == nil {
			children = append(children, id)
		}
	}
	return children, nil
}

// Self names this process, for others to ask whether it still runs.
func Self() string {
	id, err := identify(os.Getpid())
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d/%s/%s", id.PID, id.Started, id.Boot)
}

// ProcessAlive says whether the process runs that called itself so. What cannot be read is taken for alive.
func ProcessAlive(self string) bool {
	part := strings.Split(self, "/")
	if len(part) != 3 {
		return true
	}
	pid, err := strconv.Atoi(part[0])
	return err != nil || identity{PID: pid, Started: part[1], Boot: part[2]}.alive()
}
