package state

import "fmt"

// Check says what is wrong with a step of the checkpoint in itself: a mistake in the program, found before it is stored.
func (s *Save) Check() error {
	if s.To.Changelog < s.From.Changelog || s.To.Ledger < s.From.Ledger || s.To.Txn < s.From.Txn || s.To.Sealed < s.From.Sealed {
		return fmt.Errorf("partition %d: a step of the checkpoint from %+v back to %+v", s.Partition, s.From, s.To)
	}
	entry := s.From.Entry
	for i := range s.Rows {
		entry++
		if s.Rows[i].Entry != entry {
			return fmt.Errorf("partition %d: ledger entry %d follows %d", s.Partition, s.Rows[i].Entry, entry-1)
		}
	}
	if s.To.Entry != entry {
		return fmt.Errorf("partition %d: a step to entry %d whose last row is %d", s.Partition, s.To.Entry, entry)
	}
	for i := range s.Sealed {
		if last := s.Sealed[i].LastEntry; last > entry {
			return fmt.Errorf("partition %d: piece %d reaches entry %d, past the last row %d", s.Partition, s.Sealed[i].Number, last, entry)
		}
	}
	return nil
}
