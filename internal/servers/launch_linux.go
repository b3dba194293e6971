package servers

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// The kernel sends a child its parent-death signal when the thread that started it ends, not the process. The Go runtime
// ends threads as it likes, so all bound servers are started by one goroutine that keeps its thread until the process ends.
var launcher = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// startBound starts a command that dies with this process. It has a process group of its own, so that an interrupt
// from the terminal reaches the program that owns the server and not the server itself.
func startBound(cmd *exec.Cmd, as *syscall.Credential) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: as}
	result := make(chan error, 1)
	launcher() <- func() { result <- cmd.Start() }
	return <-result
}
