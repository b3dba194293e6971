package timezone_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"purser/internal/timezone"
)

const databaseFile = "zoneinfo.zip"

func TestZones(t *testing.T) {
	for _, name := range []string{"Europe/Paris", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "EST5EDT", "Africa/Dar_es_Salaam"} {
		zone, err := timezone.Load(name)
		require.NoError(t, err, name)
		require.Equal(t, name, zone.String())
		again, err := timezone.Load(name)
		require.NoError(t, err)
		require.Same(t, zone, again)
	}
	for _, name := range []string{"", "UTC"} {
		zone, err := timezone.Load(name)
		require.NoError(t, err)
		require.Same(t, time.UTC, zone)
	}
	for _, name := range []string{
		"Local", "Mars/Olympus", "europe/paris", "Europe//Paris", "Europe/./Paris", "Europe/Paris/", "/Europe/Paris",
		"../Europe/Paris", "posix/Europe/Paris", "right/Europe/Paris", "posixrules", "Europe", "tzdata.zi", "Europe/Paris\x00",
	} {
		_, err := timezone.Load(name)
		require.Error(t, err, name)
	}
}

// TestTheDatabaseIsTheOneThatIsNamed: whoever brings in another file says which release it is.
func TestTheDatabaseIsTheOneThatIsNamed(t *testing.T) {
	data, err := os.ReadFile(databaseFile)
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	require.Equal(t, "2025c 8f55634d05f8bca1f7bc7c69c5933428c69357e0bdf565e5ba224e3f88ff12e8", timezone.Version+" "+hex.EncodeToString(sum[:]))
}

// TestEveryZoneOfTheDatabaseLoads, so that none is found broken when an org names it.
func TestEveryZoneOfTheDatabaseLoads(t *testing.T) {
	r, err := zip.OpenReader(databaseFile)
	require.NoError(t, err)
	defer r.Close()
	require.Greater(t, len(r.File), 400)
	for _, f := range r.File {
		_, err := timezone.Load(f.Name)
		require.NoError(t, err, f.Name)
	}
}

const lied = "TIMEZONE_TEST_LIED" // set in the process that is lied to

// TestTheMachineIsNotAsked: where ZONEINFO says that Paris is in Tokyo, package time believes it, and purser does not.
func TestTheMachineIsNotAsked(t *testing.T) {
	if os.Getenv(lied) != "" {
		noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		believed, err := time.LoadLocation("Europe/Paris")
		require.NoError(t, err)
		require.Equal(t, 21, noon.In(believed).Hour(), "the lie does not work, so the test shows nothing")
		zone, err := timezone.Load("Europe/Paris")
		require.NoError(t, err)
		require.Equal(t, 14, noon.In(zone).Hour())
		return
	}
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "Europe"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Europe", "Paris"), zoneFile(t, "Asia/Tokyo"), 0o600))
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), lied+"=1", "ZONEINFO="+folder)
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

func zoneFile(t *testing.T, name string) []byte {
	t.Helper()
	r, err := zip.OpenReader(databaseFile)
	require.NoError(t, err)
	defer r.Close()
	f, err := r.Open(name)
	require.NoError(t, err)
	defer f.Close()
	data, err := io.ReadAll(f)
	require.NoError(t, err)
	return data
}
