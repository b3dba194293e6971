// Package state is where cells live: their binary form, the task's memory, and the stores behind it.
//
// What Kafka committed is the truth. Postgres is a checkpoint of it, Redis a cache; a read from either counts only
// together with the offset it was read at.
package state

import (
	"context"
	"errors"

	"purser/processors/core"
)

// Image is a cell as it is written: the after-image that a transaction leaves in the changelog.
type Image struct {
	Key     string
	Value   []byte // encoded cell; the deleted marker where the cell is gone; nil is a tombstone
	NextDue core.Time
}

// Position is how far a checkpoint has come on one partition.
type Position struct {
	Changelog   int64  // next changelog offset that is not in it
	Ledger      int64  // next ledger offset that is not in it
	Txn         uint64 // number of the last transaction whose cells are all in it
	Entry       uint64 // number of the last ledger record in it
	Sealed      int64  // ledger offset up to which identities are in sealed pieces; restore reads the ledger from here
	SealedEntry uint64 // number of the last ledger record in a sealed piece
	Pieces      uint64 // number of the last sealed piece, dropped since or not
}

// LedgerRow is one ledger record on its way to the checkpoint.
type LedgerRow struct {
	Entry      uint64
	Offset     int64
	RecordedAt core.Time // append time of the ledger record
	Org        string
	Body       []byte // JSON
	Mark       []byte // as in the header
}

// Known is what the duplicate index says of an identity.
type Known struct {
	Identity core.Identity
	Payload  uint64
	Entry    uint64      // of the last ledger record that names it
	Result   core.Result // of that record
	At       core.Time   // append time of the input record that carried it (topics.Mark.At)
}

// Piece is a sealed run of identities: a filter that answers "surely not" in memory, and the exact run in the store.
type Piece struct {
	Number                uint64 // 1, 2, 3 … on its partition
	FirstEntry, LastEntry uint64
	FirstAt, LastAt       core.Time // least and greatest At in it
	Filter                []byte
}

// Save is one step of the checkpoint for one partition, all of it in one transaction.
type Save struct {
	Partition  int32
	From, To   Position    // From is what the store must hold now; otherwise ErrSuperseded and nothing is changed
	Cells      []Image     // distinct keys; a deleted marker deletes the row
	Rows       []LedgerRow // ascending, continuing at From.Entry+1
	Sealed     []SealedPiece
	DropBefore core.Time // pieces whose LastAt is older are dropped with their runs; zero: none
}

// SealedPiece is a piece with its exact run, sorted by identity.
type SealedPiece struct {
	Piece
	Run []Known
}

// ErrSuperseded says that another checkpointer has moved the position on.
var ErrSuperseded = errors.New("another checkpointer has moved this partition on")

// Checkpoint is the durable store behind the changelog and the ledger. Postgres is one; memory, for the embedded mode, the other.
type Checkpoint interface {
	// Positions returns the position of each partition asked for; the zero Position where there is none.
	Positions(ctx context.Context, partitions []int32) (map[int32]Position, error)
	// Load returns the value of each key, nil where there is no such cell, and the changelog position of that same read.
	Load(ctx context.Context, partition int32, keys []string) (values [][]byte, changelog int64, err error)
	// Due calls f for every cell that has work of its own to do, in no order, as of the position it returns.
	Due(ctx context.Context, partition int32, f func(key string, due core.Time) error) (changelog int64, err error)
	// Pieces returns the sealed pieces of a partition after the given number, ascending, without their runs.
	Pieces(ctx context.Context, partition int32, after uint64) ([]Piece, error)
	// Find looks identities up in the runs of the pieces named for each; found ones are returned in no order, the latest of each identity.
	Find(ctx context.Context, partition int32, probes []Probe) ([]Known, error)
	// Save moves one partition on, or returns ErrSuperseded.
	Save(ctx context.Context, s *Save) error
	// Reset forgets a partition altogether: the next Save begins at the zero Position.
	Reset(ctx context.Context, partition int32) error
	// LedgerRows calls f with the rows of a partition from an entry number on, ascending, until f says stop.
	LedgerRows(ctx context.Context, partition int32, fromEntry uint64, f func(LedgerRow) (more bool, err error)) error
	// Cells calls f with every cell of a partition and returns the changelog position of that same read.
	Cells(ctx context.Context, partition int32, f func(Image) error) (changelog int64, err error)
}

// Probe asks whether an identity is in one of some pieces.
type Probe struct {
	Identity core.Identity
	Pieces   []uint64
}

// Cache is a store of after-images that may be lost at any time. Redis is the one there is.
type Cache interface {
	// Load returns the value of each key, nil where the cache does not hold it, and the changelog position of that same
	// read; ok is false where the partition is not cached at all.
	Load(ctx context.Context, partition int32, keys []string) (values [][]byte, changelog int64, ok bool, err error)
	// Store writes images and moves the position from From to To, only if the cache is at From now. With Reset it drops
	// what the partition had and starts anew at To, but only if To is past what the cache holds and owner is not older.
	// ok is false where the cache was not there: nothing was changed.
	Store(ctx context.Context, w CacheWrite) (ok bool, err error)
}

// CacheWrite is one write of the owner of a partition to the cache.
type CacheWrite struct {
	Partition int32
	Owner     int64 // changelog offset of the owner's ownership record, or of a later record of its: grows with each takeover
	From, To  int64
	Reset     bool
	Images    []Image // distinct keys
}
