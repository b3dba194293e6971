package topics

// PartitionOf is the partition of an org among n, as Kafka's Java client and franz-go choose it for a key: murmur2 of the
// key with its sign bit cleared, modulo n. The library's own hash is not exported, and its partitioner wants a record on
// the heap for each question; a test holds this one against it.
func PartitionOf(org string, n int32) int32 {
	return int32(murmur2(org)&0x7fffffff) % n
}

// murmur2 is the 32-bit MurmurHash2 with the seed that Kafka uses.
func murmur2(s string) uint32 {
	const (
		seed = uint32(0x9747b28c)
		m    = uint32(0x5bd1e995)
	)
	h := seed ^ uint32(len(s))
	for ; len(s) >= 4; s = s[4:] {
		k := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		k *= m
		k ^= k >> 24
		h = h*m ^ k*m
	}
	switch len(s) {
	case 3:
		h ^= uint32(s[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(s[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(s[0])) * m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}
