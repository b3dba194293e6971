package verify

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// Account is an account's cell as a store holds it. Figures are decimal strings.
type Account struct {
	Org, ID, Currency  string
	Balance, Purchased string
	Seq, Last          uint64
	Wallet             bool
}

// CellReader decodes a cell; ok is false where it is not an account's, or deleted. It is the engine's own decoding, and
// the only piece of it that an audit uses.
type CellReader func(key string, value []byte) (a Account, ok bool, err error)

// Row is a ledger record as the checkpoint holds it.
type Row struct {
	Entry      uint64
	Offset     int64
	Body, Mark []byte
}

// Checkpoint is what an audit reads of the durable store.
type Checkpoint interface {
	// Position returns the next offsets of changelog and ledger that are not in it.
	Position(ctx context.Context, partition int32) (changelog, ledger int64, err error)
	// Cells calls f with every cell and returns the changelog offset of that same read.
	Cells(ctx context.Context, partition int32, f func(key string, value []byte) error) (changelog int64, err error)
	// Rows calls f with every ledger row, ascending by entry.
	Rows(ctx context.Context, partition int32, f func(Row) error) error
}

// Cache is what an audit reads of the cache: the values of some cells, nil where it does not hold one, and the changelog
// offset of that same read; ok is false where it does not hold the partition.
type Cache interface {
	Load(ctx context.Context, partition int32, keys []string) (values [][]byte, changelog int64, ok bool, err error)
}

// image is a cell at an offset of the changelog.
type image struct {
	offset  int64
	account Account
	exists  bool
}

// cells are the accounts of a changelog: the last image of each, and as many before it as a store that lags may hold.
type cells struct {
	images map[string][]image
	due    map[string]int64 // when cells are due, of those that are by the last tick
	floor  int64            // no store is before this offset
	end    int64
	last   int64 // offset of the last record; -1: none
}

// changelog reads the partition's changelog and compares its last images with the books.
func (a *audit) changelog(ctx context.Context, v *verifier) (*cells, error) {
	p := a.inputs.partition
	name := v.c.Prefix + topics.Changelog
	c := &cells{images: map[string][]image{}, due: map[string]int64{}, end: v.spans[name][p].End, last: -1}
	var err error
	if c.floor, err = v.floor(ctx, p, c.end); err != nil {
		return nil, err
	}
	err = v.reader.Read(ctx, name, p, v.spans[name][p], func(r *kgo.Record) error { a.image(c, r); return nil })
	if err != nil {
		return nil, err
	}
	if v.still {
		a.overdueCells(c.due) // of an engine that works, some are always under way
	}
	last := map[string]image{}
	for key, images := range c.images {
		last[key] = images[len(images)-1]
	}
	a.compareCells(CheckChangelog, fmt.Sprintf("%s/%d", topics.Changelog, p), last)
	return c, nil
}

// readOn reads the changelog on, up to where a store stands that has gone on since its end was noted.
func (a *audit) readOn(ctx context.Context, v *verifier, c *cells, at int64) error {
	if at <= c.end {
		return nil
	}
	span := committed.Span{Start: c.end, End: at}
	c.end = at
	return v.reader.Read(ctx, v.c.Prefix+topics.Changelog, a.inputs.partition, span, func(r *kgo.Record) error { a.image(c, r); return nil })
}

// floor is the lowest offset that a store is at before the changelog is read. It only goes up.
func (v *verifier) floor(ctx context.Context, p int32, floor int64) (int64, error) {
	if v.c.Checkpoint != nil {
		at, _, err := v.c.Checkpoint.Position(ctx, p)
		if err != nil {
			return 0, fmt.Errorf("read the checkpoint's position on partition %d: %w", p, err)
		}
		floor = min(floor, at)
	}
	if v.c.Cache != nil {
		_, at, ok, err := v.c.Cache.Load(ctx, p, []string{""})
		if err != nil {
			return 0, fmt.Errorf("read the cache's position on partition %d: %w", p, err)
		}
		if ok {
			floor = min(floor, at)
		}
	}
	return floor, nil
}

func (a *audit) image(c *cells, r *kgo.Record) {
	c.last = r.Offset
	if header(r, "ce_type") == topics.TypeOwnership {
		return
	}
	key := string(r.Key)
	a.noteDue(c, key, r.Value)
	images := c.images[key]
	account, ok, err := a.readCell(key, r.Value)
	if err != nil {
		a.report.find(CheckChangelog, whereIs(topics.Changelog, r), "it cannot be read: %v", err)
		return
	}
	if !ok && images == nil {
		return // another kind of cell
	}
	if r.Offset < c.floor {
		images = images[:0] // no store holds what was there before
	}
	c.images[key] = append(images, image{r.Offset, account, ok})
}

func (a *audit) noteDue(c *cells, key string, value []byte) {
	if a.c.Due == nil {
		return
	}
	if at := a.c.Due(value); at > 0 && at <= a.clock.last {
		c.due[key] = at
	} else {
		delete(c.due, key)
	}
}

func (a *audit) readCell(key string, value []byte) (Account, bool, error) {
	if value == nil {
		return Account{}, false, nil
	}
	return a.c.ReadCell(key, value)
}

// compareCells compares accounts with the books: every book has to have its cell, and every cell its book.
func (a *audit) compareCells(check Check, where string, last map[string]image) {
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(last)) {
		image := last[key]
		if !image.exists {
			continue
		}
		c := &image.account
		at := bookKey(c.Org, c.ID, c.Currency)
		seen[at] = true
		a.compareCell(check, where, c, a.books[at])
	}
	for key, k := range a.books {
		if !seen[key] && k.seq > 0 {
			a.report.find(check, where, "%s of %s in %s is not there", k.account, k.org, k.currency)
		}
	}
}

func (a *audit) compareCell(check Check, where string, c *Account, k *book) {
	if k == nil {
		k = &book{}
	}
	purchased := k.purchased.String()
	if isSystem(c.ID) {
		purchased = c.Purchased // has no meaning there
	}
	if !sameAmount(c.Balance, k.balance.String()) || !sameAmount(c.Purchased, purchased) || c.Seq != k.seq || c.Last != k.last {
		a.report.find(check, where, "%s of %s holds %s %s, purchased %s, number %d, last entry %d; the ledger says %s, %s, %d, %d",
			c.ID, c.Org, c.Balance, c.Currency, c.Purchased, c.Seq, c.Last, k.balance, purchased, k.seq, k.last)
	}
}

// at returns an account's image as of an offset of the changelog.
func (c *cells) at(key string, offset int64) (image, bool) {
	images := c.images[key]
	for i := len(images) - 1; i >= 0; i-- {
		if images[i].offset < offset {
			return images[i], true
		}
	}
	return image{}, false
}

// awaitCheckpoint waits until the checkpoint holds the last records of changelog and ledger that are audited.
func (a *audit) awaitCheckpoint(ctx context.Context, v *verifier, changelog, ledger int64) error {
	p := a.inputs.partition
	for deadline := time.Now().Add(v.c.CheckpointTimeout); ; {
		atChangelog, atLedger, err := v.c.Checkpoint.Position(ctx, p)
		if err != nil {
			return fmt.Errorf("read the checkpoint's position on partition %d: %w", p, err)
		}
		if atChangelog > changelog && atLedger > ledger {
			return nil
		}
		if time.Now().After(deadline) {
			a.report.Behind++
			return nil
		}
		v.c.Progress(Progress{Step: "waiting for the checkpoint", Done: int64(p), Total: int64(len(v.outputs))})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// checkpoint compares the cells and rows of the durable store with changelog and ledger, as of where it stands.
func (a *audit) checkpoint(ctx context.Context, v *verifier, c *cells) error {
	p := a.inputs.partition
	where := fmt.Sprintf("checkpoint/%d", p)
	_, ledger, err := v.c.Checkpoint.Position(ctx, p)
	if err != nil {
		return fmt.Errorf("read the checkpoint's position on partition %d: %w", p, err)
	}
	held := map[string]Account{}
	at, err := v.c.Checkpoint.Cells(ctx, p, func(key string, value []byte) error {
		account, ok, err := a.readCell(key, value)
		if err != nil {
			a.report.find(CheckCheckpoint, where, "a cell cannot be read: %v", err)
		}
		if ok {
			held[key] = account
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the checkpoint's cells of partition %d: %w", p, err)
	}
	if err := a.readOn(ctx, v, c, at); err != nil {
		return err
	}
	for key, account := range held {
		a.report.CheckpointCells++
		a.compareStored(CheckCheckpoint, where, c, key, &account, at)
	}
	for key := range c.images {
		if _, ok := held[key]; ok {
			continue
		}
		if want, ok := c.at(key, at); ok && want.exists {
			a.report.find(CheckCheckpoint, where, "%s of %s is not there at offset %d", want.account.ID, want.account.Org, at)
		}
	}
	return a.checkRows(ctx, v, ledger)
}

func (a *audit) compareStored(check Check, where string, c *cells, key string, account *Account, at int64) {
	switch want, ok := c.at(key, at); {
	case at < c.floor:
		a.report.find(check, where, "it moved back from offset %d to %d while it was read", c.floor, at)
	case !ok || !want.exists:
		a.report.find(check, where, "%s of %s is there, and not in the changelog at offset %d", account.ID, account.Org, at)
	case want.account != *account:
		a.report.find(check, where, "%s of %s holds %s, purchased %s, number %d at offset %d; the changelog has %s, %s, %d", account.ID, account.Org,
			account.Balance, account.Purchased, account.Seq, at, want.account.Balance, want.account.Purchased, want.account.Seq)
	}
}

// checkRows compares ledger rows with the ledger's records; those before the checkpoint's own position have to be there.
func (a *audit) checkRows(ctx context.Context, v *verifier, position int64) error {
	where := fmt.Sprintf("checkpoint/%d", a.inputs.partition)
	next := uint64(1)
	err := v.c.Checkpoint.Rows(ctx, a.inputs.partition, func(r Row) error {
		a.report.CheckpointRows++
		var want row
		ok := r.Entry > 0 && r.Entry <= uint64(len(a.rows))
		if ok {
			want = a.rows[r.Entry-1]
		}
		got := row{maphash.Bytes(a.inputs.seed, r.Body), maphash.Bytes(a.inputs.seed, r.Mark), r.Offset}
		switch {
		case r.Entry != next:
			a.report.find(CheckRow, where, "the row of entry %d comes where that of %d has to be", r.Entry, next)
		case !ok && r.Entry > a.last: // written since the ledger was read
		case !ok || got != want:
			a.report.find(CheckRow, where, "the row of entry %d is not the ledger's record", r.Entry)
		}
		next = r.Entry + 1
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the checkpoint's rows of partition %d: %w", a.inputs.partition, err)
	}
	for i, r := range a.rows {
		if entry := uint64(i) + 1; entry >= next && r.offset < position {
			a.report.find(CheckRow, where, "the row of entry %d is not there, though the checkpoint says so", entry)
		}
	}
	return nil
}

// cacheChunk is how many cells are asked for at once.
const cacheChunk = 1000

// cache compares the cells that the cache holds, as of the offset that it says.
func (a *audit) cache(ctx context.Context, v *verifier, c *cells) error {
	p := a.inputs.partition
	where := fmt.Sprintf("cache/%d", p)
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(c.images)), cacheChunk) {
		values, at, ok, err := v.c.Cache.Load(ctx, p, keys)
		if err != nil {
			return fmt.Errorf("read the cache's cells of partition %d: %w", p, err)
		}
		if !ok {
			return nil
		}
		if err := a.readOn(ctx, v, c, at); err != nil {
			return err
		}
		for i, value := range values {
			if value == nil {
				continue
			}
			a.compareCached(where, c, keys[i], value, at)
		}
	}
	return nil
}

func (a *audit) compareCached(where string, c *cells, key string, value []byte, at int64) {
	account, ok, err := a.readCell(key, value)
	switch {
	case err != nil:
		a.report.find(CheckCache, where, "a cell cannot be read: %v", err)
	case ok:
		a.report.CacheCells++
		a.compareStored(CheckCache, where, c, key, &account, at)
	default:
		if want, there := c.at(key, at); there && want.exists {
			a.report.find(CheckCache, where, "%s of %s is deleted there, and not in the changelog at offset %d", want.account.ID, want.account.Org, at)
		}
	}
}
