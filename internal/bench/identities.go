package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"

	"purser/processors/core"
	"purser/state"
	"purser/state/dedup"
	"purser/state/postgres"
)

type identitySettings struct {
	Identities int
	Postgres   string
	Result     string // file for what was found
}

type identityResult struct {
	Resident    int64   // bytes of the process beyond what it takes without an index
	Index       int64   // of it filters and tail, as they count themselves
	Tail        int     // identities that are held exactly
	Stored      int64   // bytes of the pieces' filters and runs in Postgres
	TakeSeconds float64 // to read the filters of every partition from Postgres and to take them in
	Nanos       float64 // a look-up of an identity that is new
	Perhaps     float64 // share of new identities that a filter is not sure about: each costs a read
}

// identities fills the duplicate index of every partition, as a process that holds them all does at a takeover, and states what
// an identity in the window costs.
func (l *lab) identities(ctx context.Context) error {
	s, err := l.newSystem(ctx, variant{Name: "identities", Postgres: true})
	if err != nil {
		return err
	}
	if err := s.createDatabase(ctx); err != nil {
		return err
	}
	result := filepath.Join(l.scratch.Dir, "identities")
	c, err := startChild("identities", result+".log", identitySettings{Identities: l.o.identities, Postgres: s.url, Result: result})
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.kill()
		return ctx.Err()
	}
	if c.how != nil {
		return fmt.Errorf("%w\n%s", c.how, logTail(c.log))
	}
	text, err := os.ReadFile(result)
	if err != nil {
		return err
	}
	var found identityResult
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	n, of := float64(l.o.identities), thousands(l.o.identities)+" identities in the window"
	l.report.state("identities", of+": resident memory of a process that holds all partitions", "MiB", 0, float64(found.Resident)/(1<<20))
	l.report.state("identities", "of it the index itself", "bytes an identity", 0, float64(found.Index)/n)
	l.report.state("identities", "of them held exactly, in no sealed piece", "identities", 0, float64(found.Tail))
	l.report.state("identities", "filters and runs in Postgres", "bytes an identity", 0, float64(found.Stored)/n)
	l.report.state("identities", "a takeover of all partitions: reading the filters and taking them in, without the tail", "s", 0, found.TakeSeconds)
	l.report.state("identities", "a look-up of an identity that is new", "ns", 0, found.Nanos)
	l.report.state("identities", "new identities that cost a read", "%", 0, 100*found.Perhaps)
	return s.remove(ctx)
}

func (o *options) identitiesTake() time.Duration {
	return systemTakes + times(o.identities, 2*time.Microsecond)
}

func runIdentities(settings string) error {
	var s identitySettings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		return err
	}
	ctx := context.Background()
	each := s.Identities / partitions
	var found identityResult
	var err error
	if found.Stored, err = storePieces(ctx, s.Postgres, each); err != nil {
		return err
	}
	store, err := postgres.Open(ctx, postgres.Config{URL: s.Postgres})
	if err != nil {
		return err
	}
	defer store.Close()
	debug.FreeOSMemory()
	before, _, err := residentOf(os.Getpid())
	if err != nil {
		return err
	}
	began := time.Now()
	var indexes [partitions]*dedup.Index
	for p := range indexes {
		indexes[p] = dedup.NewIndex(dedup.PieceSize)
		pieces, err := store.Pieces(ctx, int32(p), 0)
		if err != nil {
			return err
		}
		for _, piece := range pieces {
			if err := indexes[p].Sealed(piece); err != nil {
				return err
			}
		}
	}
	found.TakeSeconds = time.Since(began).Seconds()
	for p, index := range indexes {
		for n := each - each%dedup.PieceSize; n < each; n++ {
			index.Add(knownOf(p, n))
		}
		found.Tail += index.TailLen()
		found.Index += int64(index.Bytes())
	}
	debug.FreeOSMemory()
	after, _, err := residentOf(os.Getpid())
	if err != nil {
		return err
	}
	found.Resident = after - before
	found.Nanos, found.Perhaps = lookUpNew(indexes[:], each)
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return os.WriteFile(s.Result, text, 0o600)
}

// knownOf makes the n-th identity of a partition, as evenly distributed as the hashes that identities are.
func knownOf(partition, n int) state.Known {
	var seed [16]byte
	binary.LittleEndian.PutUint64(seed[:8], uint64(partition))
	binary.LittleEndian.PutUint64(seed[8:], uint64(n))
	sum := sha256.Sum256(seed[:])
	return state.Known{
		Identity: core.Identity(sum[:16]), Payload: binary.LittleEndian.Uint64(sum[16:]),
		Entry: uint64(n) + 1, Result: core.Applied, At: core.Time(n),
	}
}

// storePieces seals the identities of every partition into pieces and stores the filters, with runs of the size that they have.
func storePieces(ctx context.Context, url string, each int) (bytes int64, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	for p := range partitions {
		sealer := dedup.NewSealer(dedup.PieceSize, 0)
		for n := range each {
			piece := sealer.Add(knownOf(p, n))
			if piece == nil {
				continue
			}
			if _, err := conn.Exec(ctx, `
				INSERT INTO piece (partition, number, first_entry, last_entry, first_at, last_at, filter) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				p, int64(piece.Number), int64(piece.FirstEntry), int64(piece.LastEntry), int64(piece.FirstAt), int64(piece.LastAt), piece.Filter); err != nil {
				return 0, err
			}
			bytes += int64(len(piece.Filter)) + int64(len(piece.Run))*runRecordBytes
		}
	}
	return bytes, nil
}

// runRecordBytes is what one identity takes in a run: state/postgres packs it so.
const runRecordBytes = 16 + 8 + 8 + 1 + 8

// lookUpNew asks for identities that nobody has seen.
func lookUpNew(indexes []*dedup.Index, each int) (nanos, perhaps float64) {
	const looks = 1 << 19
	asked := make([]core.Identity, looks)
	for i := range asked {
		asked[i] = knownOf(i%len(indexes), each+i).Identity
	}
	unsure := 0
	began := time.Now()
	for i := range asked {
		if _, _, pieces := indexes[i%len(indexes)].Lookup(&asked[i]); len(pieces) > 0 {
			unsure++
		}
	}
	return float64(time.Since(began).Nanoseconds()) / looks, float64(unsure) / looks
}
