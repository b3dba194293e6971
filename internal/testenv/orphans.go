package testenv

import (
	"context"
	"errors"
	"os"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"purser/internal/servers"
)

// Labels of our containers. The host is part of the owner: a process of another host, or of another container, that uses
// the same engine cannot be seen from here and is left alone.
const (
	labelHost  = "purser.test.host"
	labelOwner = "purser.test.owner"
)

func owner() map[string]string {
	host, _ := os.Hostname() // without a name there is one host less to tell apart
	return map[string]string{labelHost: host, labelOwner: servers.Self()}
}

// removeOrphans removes the containers of test binaries that were killed.
func removeOrphans(ctx context.Context) error {
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return err
	}
	filter := make(client.Filters).Add("label", labelHost+"="+owner()[labelHost])
	all, err := docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filter})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range all.Items {
		if !servers.ProcessAlive(c.Labels[labelOwner]) {
			_, err := docker.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			errs = append(errs, err)
			for _, mount := range c.Mounts { // Kafka's has a name, and stays when its container goes
				_, err := docker.VolumeRemove(ctx, mount.Name, client.VolumeRemoveOptions{Force: true})
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
