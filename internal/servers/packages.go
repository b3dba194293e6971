package servers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// program finds a program on the path and installs its Debian package where it is missing.
func program(ctx context.Context, name, pkg string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if err := whileInstalling(ctx, name, pkg); err != nil {
		return "", err
	}
	return exec.LookPath(name)
}

func whileInstalling(ctx context.Context, name, pkg string) error {
	return whileLocked(func() error {
		if _, err := exec.LookPath(name); err == nil {
			return nil
		}
		return installPackage(ctx, name, pkg)
	})
}

func installPackage(ctx context.Context, name, pkg string) error {
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return fmt.Errorf("%s is not installed, and this is no Debian where package %s could be: install it, or start a Docker engine", name, pkg)
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%s is not installed, and only root may do that: run `sudo apt-get install %s`, or start a Docker engine", name, pkg)
	}
	allow, err := forbidServices()
	if err != nil {
		return err
	}
	defer allow()
	install := []string{"install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", pkg}
	if _, err := aptGet(ctx, apt, install...); err == nil {
		return nil
	}
	if out, err := aptGet(ctx, apt, "update", "-q"); err != nil { // a fresh image has no package lists
		return fmt.Errorf("apt-get update, to install %s: %w\n%s", pkg, err, out)
	}
	if out, err := aptGet(ctx, apt, install...); err != nil {
		return fmt.Errorf("install Debian package %s: %w\n%s", pkg, err, out)
	}
	return nil
}

func aptGet(ctx context.Context, apt string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, apt, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd.CombinedOutput()
}

// policyFile is where Debian asks whether a package may start its service on installation.
const policyFile = "/usr/sbin/policy-rc.d"

// forbidServices keeps a package from starting a server of its own on the default port. A policy that the machine has
// already is left as it is.
func forbidServices() (allow func(), err error) {
	f, err := os.OpenFile(policyFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.WriteString("#!/bin/sh\nexit 101\n"); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(policyFile) }, nil // nothing better is possible than to leave it
}
