package service_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// frozenList holds the digest of each golden log, without its dump: since version 1
// the records that were written are read for ever as they are. Lines are added for
// new logs, and none is ever changed or removed.
const frozenList = "testdata/golden/frozen.txt"

// logDigest is of the records alone: a later version may show more of them.
func logDigest(text string) string {
	log, _, _ := strings.Cut(text, "\n----\n")
	return fmt.Sprintf("%x", sha256.Sum256([]byte(log)))
}

func readFrozen(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		digest, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		out[name] = digest
	}
	return out
}

// thawed tells what of the list no longer holds, and which logs are not in it.
func thawed(frozen, logs map[string]string) (problems, fresh []string) {
	for _, name := range slices.Sorted(maps.Keys(frozen)) {
		switch log, there := logs[name]; {
		case !there:
			problems = append(problems, name+" is missing: cases like it are in the databases of hosts")
		case logDigest(log) != frozen[name]:
			problems = append(problems, name+" has other records than were released: restore it, and add a story for what is new")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		if frozen[name] == "" {
			fresh = append(fresh, name)
		}
	}
	return problems, fresh
}

// keepFrozen holds the golden logs to the list. -update-golden adds to it.
func keepFrozen(t *testing.T, files []string) {
	t.Helper()
	logs := map[string]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		logs[filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path)] = string(text)
	}
	list, err := os.ReadFile(frozenList)
	if !os.IsNotExist(err) || !*updateGolden {
		require.NoError(t, err)
	}
	problems, fresh := thawed(readFrozen(string(list)), logs)
	if *updateGolden {
		for _, name := range fresh {
			list = fmt.Appendf(list, "%s  %s\n", logDigest(logs[name]), name)
		}
		require.NoError(t, os.WriteFile(frozenList, list, 0o644))
		fresh = nil
	}
	require.Empty(t, problems)
	require.Empty(t, fresh, "not frozen: run TestGoldenLogs with -update-golden")
}

// The list shows a log that was altered, removed or not frozen.
func TestFrozenCanFail(t *testing.T) {
	a, b := "case 1\nbody 00\n----\ndump", "case 2\nbody 01\n----\ndump"
	frozen := map[string]string{"v1/a.txt": logDigest(a), "v1/b.txt": logDigest(b)}
	require.Equal(t, frozen, readFrozen(logDigest(a)+"  v1/a.txt\n"+logDigest(b)+"  v1/b.txt\n"))
	for _, x := range []struct {
		logs            map[string]string
		problems, fresh int
	}{
		{map[string]string{"v1/a.txt": a, "v1/b.txt": b}, 0, 0},
		{map[string]string{"v1/a.txt": a + " shows more", "v1/b.txt": b}, 0, 0},
		{map[string]string{"v1/a.txt": a}, 1, 0},
		{map[string]string{"v1/a.txt": b, "v1/b.txt": b}, 1, 0},
		{map[string]string{"v1/a.txt": a, "v1/b.txt": b, "v2/c.txt": a}, 0, 1},
	} {
		problems, fresh := thawed(frozen, x.logs)
		require.Len(t, problems, x.problems)
		require.Len(t, fresh, x.fresh)
	}
}
