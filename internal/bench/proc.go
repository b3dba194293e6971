package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU time in /proc: USER_HZ, which is 100 on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// cpuOf is what a process and its living children have used. Postgres serves each connection from a child of its own;
// what children that have ended used is counted by the kernel with their parent once it has collected them.
func cpuOf(pid int) (time.Duration, error) {
	own, err := ticksOf(pid, true)
	if err != nil {
		return 0, err
	}
	for _, field := range childrenOf(pid) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		if n, err := ticksOf(child, false); err == nil { // it may have ended since
			own += n
		}
	}
	return time.Duration(own) * clockTick, nil
}

// childrenOf lists the living children of a process. A kernel without this list has none: only the process is counted.
func childrenOf(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	return strings.Fields(string(text))
}

// ticksOf reads utime and stime, and with them those of collected children.
func ticksOf(pid int, collected bool) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	const utime, stime, cutime, cstime = 11, 12, 13, 14 // counted from the state, which follows the name
	which := []int{utime, stime}
	if collected {
		which = append(which, cutime, cstime)
	}
	sum := int64(0)
	for _, i := range which {
		if i >= len(fields) {
			return 0, fmt.Errorf("stat of process %d cannot be read", pid)
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// residentOf returns the memory of a process now and at its highest, in bytes.
func residentOf(pid int) (now, peak int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(fields[1], 10, 64) // zero for what is no number
		switch fields[0] {
		case "VmRSS:":
			now = n << 10
		case "VmHWM:":
			peak = n << 10
		}
	}
	return now, peak, nil
}

// availableMemory is what the kernel could still give to processes and file systems in memory, in bytes.
func availableMemory() (int64, error) {
	number, _, _ := strings.Cut(lineOf("/proc/meminfo", "MemAvailable"), " ")
	kib, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the memory that is available: %w", err)
	}
	return kib << 10, nil
}
