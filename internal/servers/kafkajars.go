package servers

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"purser/deploy/local/kafka"
)

// kafkaJars returns the folder with the broker's jars and downloads them where they are missing. The folder's name holds
// the pom's digest, so that a changed pom gets a folder of its own.
func kafkaJars(ctx context.Context) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(kafka.POM)
	dir := filepath.Join(cache, fmt.Sprintf("kafka-%s-%x", kafka.Version, digest[:4]))
	if present(dir) {
		return dir, nil
	}
	return dir, whileLocked(func() error {
		if present(dir) {
			return nil // another process was faster
		}
		return downloadJars(ctx, dir)
	})
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// downloadJars fills a folder beside dir and renames it at the end, so that dir is whole or absent.
func downloadJars(ctx context.Context, dir string) error {
	mvn, err := program(ctx, "mvn", "maven")
	if err != nil {
		return err
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), "partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	pom := filepath.Join(partial, "pom.xml")
	if err := os.WriteFile(pom, kafka.POM, 0o644); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, mvn, "-B", "-q", "-f", pom, "dependency:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+filepath.Join(partial, "jars"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("download Kafka's jars with Maven: %w\n%s", err, out)
	}
	return os.Rename(filepath.Join(partial, "jars"), dir)
}
