// Package timezone has the rules of the world's time zones (R1.6), the same for every process of one version.
//
// Every owner of a partition must cut months at the same instant, whatever machine it is on. So nothing here asks the
// machine: package time would look at ZONEINFO and the system's folders first, and at what is embedded last.
package timezone

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Version is the release of the IANA time zone database that is embedded, as Go 1.26.8 has it in lib/time/zoneinfo.zip.
// A test holds the file against it.
const Version = "2025c"

//go:embed zoneinfo.zip
var database []byte

var (
	files = sync.OnceValues(func() (map[string]*zip.File, error) {
		r, err := zip.NewReader(bytes.NewReader(database), int64(len(database)))
		if err != nil {
			return nil, fmt.Errorf("the embedded time zones: %w", err)
		}
		all := make(map[string]*zip.File, len(r.File))
		for _, f := range r.File {
			all[f.Name] = f
		}
		return all, nil
	})
	zones   = map[string]*time.Location{} // only zones that exist, so it is bounded by their number
	lock    sync.RWMutex
	errName = errors.New("not the name of an IANA time zone")
)

// Load returns an IANA time zone by its name, letter by letter; UTC for "". It is the same pointer each time.
func Load(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	lock.RLock()
	known := zones[name]
	lock.RUnlock()
	if known != nil {
		return known, nil
	}
	name = strings.Clone(name) // it may point into the record that it came in
	location, err := read(name)
	if err != nil {
		return nil, err
	}
	lock.Lock()
	defer lock.Unlock()
	if known := zones[name]; known != nil {
		return known, nil // someone else was first, and there is one pointer to each zone
	}
	zones[name] = location
	return location, nil
}

func read(name string) (*time.Location, error) {
	all, err := files()
	if err != nil {
		return nil, err
	}
	f := all[name]
	if f == nil {
		return nil, errName // nor is there a "Local", which is another zone on each machine
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("the embedded time zone %s: %w", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("the embedded time zone %s: %w", name, err)
	}
	location, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("the embedded time zone %s: %w", name, err)
	}
	return location, nil
}
