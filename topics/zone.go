package topics

import (
	"errors"
	"strings"
	"sync"
	"time"

	// The zones travel in the program, for machines that have none. Where a machine has its own, those are used: keep the
	// two at one age, as every owner of a partition must cut months at the same instant.
	_ "time/tzdata"
)

var (
	zones       = map[string]*time.Location{} // only zones that exist, so it is bounded by their number
	zonesLock   sync.RWMutex
	errZoneName = errors.New("not the name of an IANA time zone")
)

// Zone returns an IANA time zone by its name; UTC for "". It is the same pointer each time.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	zonesLock.RLock()
	known := zones[name]
	zonesLock.RUnlock()
	if known != nil {
		return known, nil
	}
	if !zoneName(name) {
		return nil, errZoneName
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, errZoneName
	}
	zonesLock.Lock()
	defer zonesLock.Unlock()
	if known := zones[name]; known != nil {
		return known, nil // someone else was first, and there is one pointer to each zone
	}
	zones[strings.Clone(name)] = location // the name points into the record that it came in
	return location, nil
}

// zoneName says whether a name has the form of an IANA zone: parts that begin with a capital, between single slashes. It
// keeps out "Local", which is another zone on each machine, the copies under posix/ and right/, and every other path that
// leads to the same file.
func zoneName(name string) bool {
	if len(name) > 64 || name == "Local" {
		return false
	}
	first := true
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case first && (c < 'A' || c > 'Z'):
			return false
		case c == '/':
			first = true
			continue
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == '+':
		default:
			return false
		}
		first = false
	}
	return !first
}
