package spending

import (
	"slices"

	"purser/processors/core"
)

// valid says whether an account may pay a line (R7.5).
func valid(t *core.SpendingTerms, l *core.OrderLine) bool {
	if among(t.Items.Names, l.Item) { // (1)
		return t.Items.Include
	}
	for _, shelf := range l.Shelves { // (2)
		if among(t.Shelves.Names, shelf) {
			return t.Shelves.Include
		}
	}
	return !t.Items.Include || !t.Shelves.Include // (3), (4)
}

// among says whether a name is in an ascending list.
func among(names []string, name string) bool {
	_, found := slices.BinarySearch(names, name)
	return found
}

// meet says whether two lists have a name in common; the first is ascending.
func meet(names, others []string) bool {
	return slices.ContainsFunc(others, func(name string) bool { return among(names, name) })
}
