package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	apicontainer "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// container runs a server in a Docker container of its own.
type container struct {
	prepare func(context.Context) error // nil: nothing to do before a start
	request testcontainers.ContainerRequest

	docker *testcontainers.DockerClient
	id     string
}

// settings must be there before the first container. Published ports are dialled on loopback also where the tests run in a
// container themselves; and the reaper's image may be nowhere to be had, so containers that were left over are removed here.
var settings = sync.OnceValue(func() error {
	return errors.Join(
		os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1"),
		os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"),
		removeOrphans(context.Background()),
	)
})

// newContainer describes a container whose inner port is published on a port of loopback.
func newContainer(ctx context.Context, request testcontainers.ContainerRequest, inner string, port int) (*container, error) {
	if err := settings(); err != nil {
		return nil, err
	}
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, err
	}
	request.Labels = owner()
	if inner != "" {
		published := network.PortMap{network.MustParsePort(inner): {{
			HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: strconv.Itoa(port),
		}}}
		request.ExposedPorts = []string{inner}
		request.HostConfigModifier = func(h *apicontainer.HostConfig) { h.PortBindings = published }
	}
	return &container{request: request, docker: docker}, nil
}

func (c *container) Start(ctx context.Context) error {
	if c.prepare != nil {
		if err := c.prepare(ctx); err != nil {
			return err
		}
	}
	if c.id != "" {
		_, err := c.docker.ContainerStart(ctx, c.id, client.ContainerStartOptions{})
		return err
	}
	made, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{ContainerRequest: c.request, Started: true})
	if made != nil {
		c.id = made.GetContainerID()
	}
	return err
}

func (c *container) Stop(ctx context.Context) error {
	_, err := c.docker.ContainerStop(ctx, c.id, client.ContainerStopOptions{})
	return err
}

func (c *container) Kill(ctx context.Context) error {
	state, err := c.state(ctx)
	if err != nil || !state.Running {
		return err
	}
	if _, err := c.docker.ContainerKill(ctx, c.id, client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		return err
	}
	for {
		if state, err = c.state(ctx); err != nil || !state.Running {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("container %s does not end: %w", c.id, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *container) Pause(ctx context.Context) error {
	_, err := c.docker.ContainerPause(ctx, c.id, client.ContainerPauseOptions{})
	return err
}

func (c *container) Resume(ctx context.Context) error {
	state, err := c.state(ctx)
	if err != nil || !state.Paused {
		return err
	}
	_, err = c.docker.ContainerUnpause(ctx, c.id, client.ContainerUnpauseOptions{})
	return err
}

func (c *container) Ended() error {
	state, err := c.state(context.Background())
	if err != nil || state.Running {
		return err
	}
	return fmt.Errorf("the container ended with code %d: %s", state.ExitCode, state.Error)
}

// Destroy also removes the volumes that no one named.
func (c *container) Destroy(ctx context.Context) error {
	if c.id == "" {
		return nil
	}
	_, err := c.docker.ContainerRemove(ctx, c.id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return err
}

func (c *container) state(ctx context.Context) (*apicontainer.State, error) {
	found, err := c.docker.ContainerInspect(ctx, c.id, client.ContainerInspectOptions{})
	return found.Container.State, err
}

func (c *container) Log(most int) string {
	if c.id == "" {
		return ""
	}
	stream, err := c.docker.ContainerLogs(context.Background(), c.id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		return err.Error()
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	if err != nil {
		return err.Error()
	}
	// Each line begins with a frame head of a few bytes, which a reader can do without.
	text = bytes.ToValidUTF8(text, nil)
	return string(text[max(0, len(text)-most):])
}
