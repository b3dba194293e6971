package arch

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// TestTheBillOfMaterialsIsWhole holds what `make sbom` writes against the modules that the binary says it was built of.
func TestTheBillOfMaterialsIsWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("installs a tool where it is missing; left out by -short")
	}
	sbom := exec.Command("make", "sbom")
	sbom.Dir = "../.."
	if out, err := sbom.CombinedOutput(); err != nil {
		t.Fatalf("make sbom: %v\n%s", err, out)
	}
	text, err := os.ReadFile("../../bin/purser.sbom.json")
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, c := range bill.Components {
		listed[c.Name] = c.Version
	}
	built, err := buildinfo.ReadFile("../../bin/purser")
	if err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" || len(built.Deps) == 0 {
		t.Fatalf("format %q, %d modules in the binary", bill.BOMFormat, len(built.Deps))
	}
	for _, module := range built.Deps {
		if listed[module.Path] != module.Version {
			t.Errorf("the bill has %s in version %q, the binary in %s", module.Path, listed[module.Path], module.Version)
		}
	}
}
