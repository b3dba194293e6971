package verify

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"purser/topics"
)

// linkedRow is a ledger record as a checkpoint or an export has it.
type linkedRow struct {
	entry             uint64
	key, body, header []byte
}

// linkedRows are rows of the toy's scene, linked by the toy.
func linkedRows() []linkedRow {
	var rows []linkedRow
	for _, r := range newScene("").topics[topics.Ledger] {
		if header(r, "ce_type") == topics.TypeLedgerEntry {
			rows = append(rows, linkedRow{uint64(len(rows) + 1), r.Key, r.Value, slices.Clone(r.Headers[0].Value)})
		}
	}
	return rows
}

func TestAChainShowsWhatWasDoneToTheLedger(t *testing.T) {
	for _, c := range []struct {
		name     string
		do       func([]linkedRow) []linkedRow
		findings int64
		says     string
	}{
		{"nothing", func(rows []linkedRow) []linkedRow { return rows }, 0, "differences=0"},
		{"a changed body", func(rows []linkedRow) []linkedRow {
			rows[4].body = bytes.Replace(rows[4].body, []byte("1"), []byte("2"), 1)
			return rows
		}, 1, "entry 5: its link"},
		{"a changed org", func(rows []linkedRow) []linkedRow { rows[4].key = []byte("acne"); return rows }, 1, "entry 5: its link"},
		{"a changed mark", func(rows []linkedRow) []linkedRow { rows[4].header[12]++; return rows }, 1, "entry 5: its link"},
		{"a forged link", func(rows []linkedRow) []linkedRow { rows[4].header[len(rows[4].header)-1]++; return rows }, 2, "entry 6: its link"},
		{"a mark without a link", func(rows []linkedRow) []linkedRow { rows[4].header = nil; return rows }, 1, "entry 5: its link"},
		{"a dropped row", func(rows []linkedRow) []linkedRow { return slices.Delete(rows, 4, 5) }, 2, "entry 6: it follows entry 4"},
		{"a dropped row, renumbered", func(rows []linkedRow) []linkedRow {
			rows = slices.Delete(rows, 4, 5)
			for i := range rows {
				rows[i].entry = uint64(i + 1)
			}
			return rows
		}, 2, "it has to reach"},
		{"two rows that changed places", func(rows []linkedRow) []linkedRow {
			rows[4], rows[5] = rows[5], rows[4]
			rows[4].entry, rows[5].entry = 5, 6
			return rows
		}, 3, "entry 5: its link"},
		{"an end that was cut off", func(rows []linkedRow) []linkedRow { return rows[:len(rows)-1] }, 1, "it has to reach"},
		{"a first row that was dropped, renumbered", func(rows []linkedRow) []linkedRow {
			rows = rows[1:]
			for i := range rows {
				rows[i].entry = uint64(i + 1)
			}
			return rows
		}, 2, "entry 1: its link"},
		{"a beginning that is no longer kept", func(rows []linkedRow) []linkedRow { return rows[3:] }, 0, "entries 4 to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, chains := linkedRows(), NewChains()
			whole := uint64(len(rows))
			for _, r := range c.do(rows) {
				chains.Take(0, r.entry, r.key, r.body, r.header)
			}
			chains.Reaches(0, whole)
			var out strings.Builder
			found, err := chains.Write(&out)
			if err != nil || found != c.findings || !strings.Contains(out.String(), c.says) {
				t.Errorf("%d differences, want %d and %q:\n%s%v", found, c.findings, c.says, out.String(), err)
			}
		})
	}
}
