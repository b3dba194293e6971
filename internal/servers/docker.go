package servers

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// DockerAnswers says whether a Docker engine can be used here. A client without an engine is common and does not count.
func DockerAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "info", "--format", "{{.ServerVersion}}").Output()
	return err == nil && strings.TrimSpace(string(out)) != ""
}
