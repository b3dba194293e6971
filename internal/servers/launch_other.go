//go:build !linux

package servers

import (
	"errors"
	"os/exec"
	"syscall"
)

func startBound(*exec.Cmd, *syscall.Credential) error {
	return errors.New("local servers need Linux; start a Docker engine, or give addresses of running servers by environment")
}
