package state

import "context"

// Lists is what a store answers beside what the engine asks of it: which cells there are, for people who look.
type Lists interface {
	// List calls f with the cells of a partition whose keys begin with a prefix, ascending, and returns the changelog position
	// that they are of; what changes meanwhile may be missed by a store that has no snapshots.
	List(ctx context.Context, partition int32, prefix string, f func(Image) error) (changelog int64, err error)
}
