// Package redis is the cache of after-images in Redis 7: cold cells that a task has let go of, and balances for readers outside.
//
// A partition is one hash, {prefix:p}:cells. Its fields are the keys of cells, and two more: @position is the changelog
// offset up to which the cells are, @owner the offset of the record by which their writer took the partition over. Values
// and position live and die together: whatever takes the hash away (a flush, an eviction, a failover to a replica that is
// empty) takes the position with it, and what brings an old hash back brings the old position back. So no cell can outlive
// a gap in what was written, and a reader sees from the one answer how far it may trust the values in it.
//
// Nothing here is needed for a right result. An error, a refusal or a miss means: ask the next store.
package redis
