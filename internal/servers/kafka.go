package servers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/deploy/local/kafka"
)

// Place says where a server lives and how long.
type Place struct {
	Dir      string // its folder, made where it is missing; one server each
	Port     int    // 0: a free one
	Detached bool   // it outlives this process
}

// KafkaConfig is a broker's place and what differs from the settings here.
type KafkaConfig struct {
	Place
	Properties map[string]string // server.properties that win over ours
	HeapMB     int               // default 1024
	// QuickStart trades peak speed for a start that costs less: right for tests, wrong for measurements.
	QuickStart bool
	// Keys make the broker a secured one: its clients log in by SCRAM over TLS, and may do only what ACLs allow. Its owner uses
	// OwnerPort instead.
	Keys      *Keys
	OwnerPort int
}

// StartKafka starts one Kafka broker that is its own controller, and waits until clients can use it.
func StartKafka(ctx context.Context, c KafkaConfig) (*Server, error) {
	jars, err := kafkaJars(ctx)
	if err != nil {
		return nil, err
	}
	java, err := program(ctx, "java", "default-jre-headless")
	if err != nil {
		return nil, err
	}
	port, err := choosePort(c.Port)
	if err != nil {
		return nil, err
	}
	b := broker{config: c, java: java, jars: jars, port: port, ownerPort: c.OwnerPort}
	if err := b.prepare(ctx); err != nil {
		return nil, err
	}
	p := &process{prepare: b.endOldSession, command: b.command, logFile: filepath.Join(c.Dir, "kafka.log"), detached: c.Detached}
	addr := loopback(port)
	if c.Keys == nil {
		return New(ctx, "kafka", addr, p, func(ctx context.Context) error { return KafkaReady(ctx, addr) })
	}
	owner, err := KafkaOwner(c.OwnerPort, c.Keys)
	if err != nil {
		return nil, err
	}
	return New(ctx, "kafka", addr, p, func(ctx context.Context) error { return kafkaReady(ctx, owner...) })
}

// KafkaReady says nil once a broker takes part in the cluster that addr belongs to.
func KafkaReady(ctx context.Context, addr string) error {
	return kafkaReady(ctx, kgo.SeedBrokers(addr))
}

func kafkaReady(ctx context.Context, opts ...kgo.Opt) error {
	client, err := kgo.NewClient(append(opts[:len(opts):len(opts)], kgo.RequestRetries(0))...)
	if err != nil {
		return err
	}
	defer client.Close()
	brokers, err := kadm.NewClient(client).ListBrokers(ctx)
	if err != nil {
		return err
	}
	if len(brokers) == 0 {
		return errors.New("no broker has registered yet")
	}
	return nil
}

type broker struct {
	config     KafkaConfig
	java, jars string
	port       int
	ownerPort  int               // where the owner of a secured broker dials it
	security   map[string]string // settings of a secured broker
	// controllerPort is where the node talks to itself as controller.
	controllerPort int
}

func (b *broker) path(name string) string { return filepath.Join(b.config.Dir, name) }

// prepare writes the configuration, and formats the log folder the first time.
func (b *broker) prepare(ctx context.Context) error {
	if err := os.MkdirAll(b.config.Dir, 0o755); err != nil {
		return err
	}
	var err error
	if b.controllerPort, err = FreePort(); err != nil {
		return err
	}
	if b.config.Keys != nil {
		if b.security, err = b.secured(); err != nil {
			return err
		}
	}
	if err := os.WriteFile(b.path("log4j2.properties"), kafka.Log4j, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(b.path("server.properties"), b.properties(nil), 0o644); err != nil {
		return err
	}
	if present(b.logs("meta.properties")) {
		return nil
	}
	// The cluster id is the same everywhere: these brokers never meet.
	format := exec.CommandContext(ctx, b.java, b.jvm("kafka.tools.StorageTool", "format",
		"--cluster-id", "cHVyc2VyLWxvY2FsLTAwMA", "--config", b.path("server.properties"))...)
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("format Kafka's log folder: %w\n%s", err, out)
	}
	return nil
}

func (b *broker) command() (*exec.Cmd, error) {
	heap := b.config.HeapMB
	if heap == 0 {
		heap = 1024
	}
	args := []string{fmt.Sprintf("-Xmx%dm", heap), "-Xms256m"}
	if b.config.QuickStart {
		args = append(args, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
	} else {
		args = append(args, "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")
	}
	args = append(args, b.jvm("kafka.Kafka", b.path("server.properties"))...)
	return exec.Command(b.java, args...), nil
}

func (b *broker) jvm(class string, args ...string) []string {
	return append([]string{
		"-Xshare:auto",
		"-Djava.net.preferIPv4Stack=true",
		"-Djava.io.tmpdir=" + b.config.Dir, // native libraries are unpacked there, and stay when it is killed
		"-Dlog4j2.configurationFile=" + b.path("log4j2.properties"),
		"-cp", filepath.Join(b.jars, "*"), class,
	}, args...)
}

// logs is where a file of the node's data is.
func (b *broker) logs(file string) string {
	dir := b.config.Properties["log.dirs"]
	if dir == "" {
		dir = b.path("logs")
	}
	return filepath.Join(dir, file)
}

func (b *broker) properties(different map[string]string) []byte {
	controller := loopback(b.controllerPort)
	all := map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        "1",
		"controller.quorum.voters":       "1@" + controller,
		"controller.listener.names":      "CONTROLLER",
		"listeners":                      "PLAINTEXT://" + loopback(b.port) + ",CONTROLLER://" + controller,
		"advertised.listeners":           "PLAINTEXT://" + loopback(b.port),
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                       b.logs(""),
	}
	maps.Copy(all, SingleNode)
	maps.Copy(all, b.security)
	maps.Copy(all, b.config.Properties)
	maps.Copy(all, different)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if all[key] == "" {
			continue
		}
		fmt.Fprintf(&text, "%s=%s\n", key, all[key])
	}
	return []byte(text.String())
}

// SingleNode are the settings without which one Kafka node alone does not work, or not at once.
var SingleNode = map[string]string{
	"offsets.topic.replication.factor":                 "1",
	"transaction.state.log.replication.factor":         "1",
	"transaction.state.log.min.isr":                    "1",
	"share.coordinator.state.topic.replication.factor": "1",
	"share.coordinator.state.topic.min.isr":            "1",
	"offsets.topic.num.partitions":                     "8", // of the 50 that are the default, each costs files and start-up time
	"transaction.state.log.num.partitions":             "8",
	"group.initial.rebalance.delay.ms":                 "0",
	"auto.create.topics.enable":                        "false", // a topic that comes by itself has the wrong settings
	// On a busy machine a node may miss its own heartbeats for the usual nine seconds. It would lose its partitions, which
	// nobody could take over, and with them what endOldSession is about.
	"broker.session.timeout.ms": "60000",
}
