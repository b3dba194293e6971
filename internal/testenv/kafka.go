package testenv

import (
	"context"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/servers"
)

// KafkaServer is a broker and a test's part of it.
type KafkaServer struct {
	Brokers []string
	// Prefix begins the names of the test's topics, groups and transactional ids. The topics are deleted at its end.
	Prefix string
	// Server stops, kills and pauses the broker; nil for one that is shared.
	Server *servers.Server
}

// Kafka returns the shared broker.
func Kafka(t testing.TB) KafkaServer {
	t.Helper()
	Real(t)
	addr, _ := sharedKafka.get(t, "PURSER_TEST_KAFKA", func(ctx context.Context, dir string) (*servers.Server, error) {
		return startKafka(ctx, dir, nil)
	})
	k := KafkaServer{Brokers: strings.Split(addr, ","), Prefix: unique() + "."}
	t.Cleanup(func() { k.deleteTopics(t) })
	return k
}

// PrivateKafka starts a broker for this test alone; properties win over the usual server.properties.
func PrivateKafka(t testing.TB, properties map[string]string) KafkaServer {
	t.Helper()
	Real(t)
	s := private(t, func(ctx context.Context, dir string) (*servers.Server, error) {
		return startKafka(ctx, dir, properties)
	})
	return KafkaServer{Brokers: []string{s.Addr}, Prefix: unique() + ".", Server: s}
}

func startKafka(ctx context.Context, dir string, properties map[string]string) (*servers.Server, error) {
	return containerOrPart(ctx,
		func(ctx context.Context) (*servers.Server, error) { return kafkaContainer(ctx, properties) },
		func(ctx context.Context) (*servers.Server, error) {
			return servers.StartKafka(ctx, servers.KafkaConfig{
				Place: servers.Place{Dir: dir}, Properties: properties, QuickStart: true,
			})
		},
	)
}

// Client returns a client of the broker that is closed with the test.
func (k KafkaServer) Client(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(k.Brokers...)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// CreateTopic creates a topic of the test and returns its whole name.
func (k KafkaServer) CreateTopic(t testing.TB, name string, partitions int32, config map[string]string) string {
	t.Helper()
	values := make(map[string]*string, len(config))
	for key, value := range config {
		values[key] = kadm.StringPtr(value)
	}
	name = k.Prefix + name
	if _, err := kadm.NewClient(k.Client(t)).CreateTopic(t.Context(), partitions, 1, values, name); err != nil {
		t.Fatalf("create topic %s: %v", name, err)
	}
	return name
}

func (k KafkaServer) deleteTopics(t testing.TB) {
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Brokers...))
	if err != nil {
		t.Error(err)
		return
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	ctx := context.Background() // the test's own has ended
	all, err := admin.ListTopics(ctx)
	if err != nil {
		t.Errorf("list the test's topics: %v", err)
		return
	}
	var mine []string
	for _, name := range all.Names() {
		if strings.HasPrefix(name, k.Prefix) {
			mine = append(mine, name)
		}
	}
	if len(mine) == 0 {
		return
	}
	if _, err := admin.DeleteTopics(ctx, mine...); err != nil {
		t.Errorf("delete the test's topics: %v", err)
	}
}

// Restart stops the broker cleanly and starts it again.
func (k KafkaServer) Restart(t testing.TB) { t.Helper(); restart(t, k.Server) }
