package testenv

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"purser/internal/servers"
)

// The images are the ones of deploy/compose.yaml.
const (
	kafkaImage    = "apache/kafka:4.3.1"
	redisImage    = "redis:7"
	postgresImage = "postgres:15"
)

// containerOrPart starts a server in a container where a Docker engine answers, and otherwise, or where the image cannot
// be had, as a local part.
func containerOrPart(ctx context.Context, inContainer, asPart func(context.Context) (*servers.Server, error)) (*servers.Server, error) {
	if !servers.DockerAnswers(ctx) {
		return asPart(ctx)
	}
	s, err := inContainer(ctx)
	if err == nil {
		return s, nil
	}
	s, partErr := asPart(ctx)
	if partErr != nil {
		return nil, errors.Join(fmt.Errorf("in a container: %w", err), fmt.Errorf("as a local part: %w", partErr))
	}
	return s, nil
}

func redisContainer(ctx context.Context, args []string) (*servers.Server, error) {
	cmd := append([]string{"redis-server", "--protected-mode", "no", "--save", "", "--appendonly", "no",
		"--databases", strconv.Itoa(servers.RedisDatabases)}, args...)
	return runContainer(ctx, "redis", testcontainers.ContainerRequest{Image: redisImage, Cmd: cmd}, "6379/tcp", servers.RedisReady)
}

func postgresContainer(ctx context.Context, settings map[string]string) (*servers.Server, error) {
	cmd := []string{"postgres", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"}
	for key, value := range settings {
		cmd = append(cmd, "-c", key+"="+value)
	}
	return runContainer(ctx, "postgres", testcontainers.ContainerRequest{
		Image: postgresImage,
		Cmd:   cmd,
		Env: map[string]string{
			"POSTGRES_USER": servers.PostgresUser, "POSTGRES_DB": servers.PostgresUser, "POSTGRES_HOST_AUTH_METHOD": "trust",
		},
	}, "5432/tcp", servers.PostgresReady)
}

func runContainer(ctx context.Context, name string, request testcontainers.ContainerRequest, inner string,
	ready func(context.Context, string) error,
) (*servers.Server, error) {
	port, err := servers.FreePort()
	if err != nil {
		return nil, err
	}
	c, err := newContainer(ctx, request, inner, port)
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return servers.New(ctx, name, addr, c, func(ctx context.Context) error { return ready(ctx, addr) })
}

// kafkaNode is a Kafka node in containers: one that runs it, and before a start after kill -9 another one that ends its
// old session. Both use a volume with its data.
type kafkaNode struct {
	container
	volume     string
	properties map[string]string
	started    bool
}

const (
	kafkaData       = "/var/lib/kafka/data"
	kafkaController = "CONTROLLER://127.0.0.1:9094"
)

func kafkaContainer(ctx context.Context, properties map[string]string) (*servers.Server, error) {
	port, err := servers.FreePort()
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	// Clients reach the published port. The node reaches itself, to write transaction markers, by another listener.
	all := map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        "1",
		"controller.quorum.voters":       "1@127.0.0.1:9094",
		"controller.listener.names":      "CONTROLLER",
		"listeners":                      "PLAINTEXT://:9092,INTERNAL://127.0.0.1:9093," + kafkaController,
		"advertised.listeners":           "PLAINTEXT://" + addr + ",INTERNAL://127.0.0.1:9093",
		"inter.broker.listener.name":     "INTERNAL",
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                       kafkaData,
	}
	maps.Copy(all, servers.SingleNode)
	maps.Copy(all, properties)
	node := &kafkaNode{volume: "purser-" + unique(), properties: all}
	broker, err := newContainer(ctx, node.request(all), "9092/tcp", port)
	if err != nil {
		return nil, err
	}
	node.container = *broker
	node.prepare = node.endOldSession
	return servers.New(ctx, "kafka", addr, node, func(ctx context.Context) error { return servers.KafkaReady(ctx, addr) })
}

func (k *kafkaNode) request(properties map[string]string) testcontainers.ContainerRequest {
	env := map[string]string{"CLUSTER_ID": "cHVyc2VyLWxvY2FsLTAwMA"}
	for key, value := range properties {
		if value != "" {
			env["KAFKA_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = value
		}
	}
	return testcontainers.ContainerRequest{
		Image: kafkaImage, Env: env,
		Mounts: testcontainers.Mounts(testcontainers.VolumeMount(k.volume, kafkaData)),
	}
}

// endOldSession runs before every start, after a clean stop too: there it finds nothing to end and costs seconds.
func (k *kafkaNode) endOldSession(ctx context.Context) error {
	if !k.started {
		k.started = true
		return nil
	}
	alone := maps.Clone(k.properties)
	maps.Copy(alone, servers.ControllerAlone(kafkaController))
	alone["log4j.loggers"] = "org.apache.kafka.controller.QuorumController=DEBUG" // servers.AwaitSessionEnd reads that log
	controller, err := newContainer(ctx, k.request(alone), "", 0)
	if err != nil {
		return err
	}
	if err := controller.Start(ctx); err != nil {
		return errors.Join(err, controller.Destroy(ctx))
	}
	return errors.Join(servers.AwaitSessionEnd(ctx, controller), controller.Stop(ctx), controller.Destroy(ctx))
}

func (k *kafkaNode) Destroy(ctx context.Context) error {
	err := k.container.Destroy(ctx)
	_, volumeErr := k.docker.VolumeRemove(ctx, k.volume, client.VolumeRemoveOptions{Force: true})
	return errors.Join(err, volumeErr)
}
