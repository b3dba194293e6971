package stream_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/stream/takeover"
	"purser/topics"
)

// TestAStopEndsThoughATakeoverIsNotAnswered: the client does not give up a record that it has sent and that may have arrived,
// whatever became of the record's context. A broker that goes away while a partition is taken over must not hold up a stop.
func TestAStopEndsThoughATakeoverIsNotAnswered(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	var once sync.Once
	taking := make(chan struct{})
	cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		id := req.(*kmsg.ProduceRequest).TransactionID
		if id == nil || !strings.HasSuffix(*id, takeover.OwnershipSuffix) {
			return nil, nil, false
		}
		once.Do(func() { close(taking) })
		return nil, errors.New("the connection breaks before the answer"), true
	})
	r := newRigOn(t, topics.Names{Prefix: "t."}, 4, kgo.SeedBrokers(cluster.ListenAddrs()...))
	stop := r.run("a")
	<-taking
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(time.Minute):
		t.Fatal("it does not stop")
	}
}
