package topics

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// The vectors are those of Kafka's own UtilsTest.testMurmur2.
func TestMurmur2IsKafkas(t *testing.T) {
	for key, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(murmur2(key)); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
}

// A task and a producer that uses franz-go's default must agree on who owns an org.
func TestPartitionOfIsTheClientsOwn(t *testing.T) {
	client := kgo.StickyKeyPartitioner(nil).ForTopic(Usage)
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		n := rapid.Int32Range(1, 4096).Draw(t, "partitions")
		if key == nil {
			key = []byte{}
		}
		want := client.Partition(&kgo.Record{Key: key}, int(n))
		if got := PartitionOf(string(key), n); int(got) != want {
			t.Fatalf("PartitionOf(%q, %d) = %d, the client says %d", key, n, got, want)
		}
	})
}
