// Package spelling finds the name that a misspelt one was meant to be.
package spelling

// farthest is how many letters may be wrong in a name that is still recognised.
const farthest = 3

// Nearest returns the one of some names that a misspelt one is nearest to; "" where none is near. Of several that are as
// near, the first counts.
func Nearest(misspelt string, names []string) string {
	best, least := "", farthest+1
	for _, name := range names {
		if d := distance(misspelt, name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters have to be added, dropped or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
