package servers

import (
	"os"
	"path/filepath"
)

// PostgresCanReach says whether the user that Postgres will run as can pass through every folder above dir. Root's home
// is the usual place where it cannot.
func PostgresCanReach(dir string) bool {
	as, err := postgresCredential()
	if err != nil || as == nil {
		return true // it runs as us, or StartPostgres will say what is wrong
	}
	for above := filepath.Dir(dir); ; above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if above == filepath.Dir(above) {
			return true
		}
	}
}
