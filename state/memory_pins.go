package state

// pins counts the cells that changed last in each transaction that the checkpoint lacks. A cell is pinned where its
// Changed is not before first, so nothing need be noted of the cell itself.
type pins struct {
	first uint64 // of the transactions that are counted
	cells []int  // by transaction
	total int
}

// clean is the last transaction that the checkpoint has.
func (p *pins) clean() uint64 { return p.first - 1 }

func (p *pins) add(txn uint64) {
	if txn < p.first {
		return
	}
	for n := txn - p.first; uint64(len(p.cells)) <= n; {
		p.cells = append(p.cells, 0)
	}
	p.cells[txn-p.first]++
	p.total++
}

func (p *pins) remove(txn uint64) {
	if txn < p.first {
		return
	}
	p.cells[txn-p.first]--
	p.total--
}

// release stops counting the transactions up to txn.
func (p *pins) release(txn uint64) {
	n := min(txn+1-p.first, uint64(len(p.cells)))
	for _, cells := range p.cells[:n] {
		p.total -= cells
	}
	p.cells = p.cells[:copy(p.cells, p.cells[n:])]
	p.first = txn + 1
}
