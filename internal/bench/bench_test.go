package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"purser/internal/testenv"
)

// TestQuick runs the whole program with small numbers, as a process, because it starts itself again as its children.
func TestQuick(t *testing.T) {
	testenv.Real(t)
	program, result := filepath.Join(t.TempDir(), "bench"), filepath.Join(t.TempDir(), "bench.json")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.Command(program, "-quick", "-many", "30000", "-only", "core,memory,burst,many,latency,takeover,due,credits,mix,kinds,alltail,sustained", "-out", result).CombinedOutput()
	require.NoError(t, err, "%s", out)

	text, err := os.ReadFile(result)
	require.NoError(t, err)
	var r report
	require.NoError(t, json.Unmarshal(text, &r))
	require.Len(t, r.Runs, 5+2*3+1+1, "each variant of burst, many, mix and kinds ran once")
	for _, run := range r.Runs {
		require.Positive(t, run.PerSecond, run.Variant.Name)
		require.Positive(t, run.CPU.Broker, run.Variant.Name)
		require.Positive(t, run.Resident, run.Variant.Name)
		require.NotZero(t, run.At, run.Variant.Name)
		require.NotEmpty(t, run.Load, run.Variant.Name)
	}
	require.NotZero(t, r.Began)
	require.Positive(t, r.Machine.Cores)
	for _, s := range []string{r.Machine.CPU, r.Machine.LoadBegan, r.Machine.LoadEnded, r.Versions["purser"], r.Versions["redis"], r.Versions["postgres"], r.Versions["kafka"], r.Versions["go"]} {
		require.NotContains(t, []string{"", "unknown"}, s)
	}
	require.Greater(t, r.LedgerRecordBytes, 100)
	parts, ratios := map[string]bool{}, 0
	for _, f := range r.Facts {
		parts[f.Part] = true
		require.NotEmpty(t, f.Runs, f.What)
		require.NotZero(t, f.At, f.What)
		if strings.Contains(f.What, "Postgres' data") {
			require.Positive(t, f.Runs[0], f.What)
		}
		if strings.Contains(f.What, "of those with") {
			ratios++
		}
	}
	require.Equal(t, 2+2, ratios, "many wallets are compared with few, with Redis and without, in burst and many")
	require.Contains(t, string(out), "rows that were counted there were dropped")
	for _, part := range []string{"core", "memory", "latency", "takeover", "due", "credits", "sustained"} {
		require.True(t, parts[part], "there is nothing on %s", part)
	}
}

func TestMedianAndQuantile(t *testing.T) {
	require.InDelta(t, 2.0, median([]float64{3, 1, 2}), 0)
	require.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
	require.InDelta(t, 0.0, median(nil), 0)
	require.InDelta(t, 99.0, quantile([]float64{1, 99}, 99), 0)
	require.InDelta(t, 1.0, quantile([]float64{1, 99}, 49), 0)
}

func TestEventOf(t *testing.T) {
	source := []byte(`"source":"/purser/load/7","id":"u-`)
	n, ok := eventOf([]byte(`{"entry":4,"source":"/purser/load/7","id":"u-1234","x":1}`), source)
	require.True(t, ok)
	require.EqualValues(t, 1234, n)
	_, ok = eventOf([]byte(`{"entry":4,"source":"/purser/load/8","id":"u-1234"}`), source)
	require.False(t, ok)
	_, ok = eventOf([]byte(`{"source":"/purser/load/7","id":"u-12`), source)
	require.False(t, ok, "a number that does not end is none")
}
