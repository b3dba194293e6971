package story

import (
	_ "embed"
	"fmt"
)

//go:embed three-months.txt
var threeMonths []byte

// ThreeMonths is the story that purser demo tells.
func ThreeMonths() (*Script, error) {
	s, err := Parse(threeMonths)
	if err != nil {
		return nil, fmt.Errorf("three-months.txt: %w", err)
	}
	return s, nil
}
