//go:build failpoints

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// failpoint kills this process as kill -9 does when it comes by a step for the n-th time: PURSER_FAILPOINT=name:n.
func failpoint() func(name string) {
	at, count, ok := strings.Cut(os.Getenv("PURSER_FAILPOINT"), ":")
	if !ok || at == "off" { // a rule is switched off instead: purser/internal/failpoint
		return nil
	}
	left, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("PURSER_FAILPOINT is name:n, not %q", os.Getenv("PURSER_FAILPOINT")))
	}
	var passed atomic.Int64
	return func(name string) {
		if name == at && passed.Add(1) == left {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
}
