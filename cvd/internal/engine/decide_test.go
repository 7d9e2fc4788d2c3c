package engine

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every command of package cvd is decided, and nothing else: one that is forgotten in
// decide would panic in the first host that gives it.
func TestEveryCommandIsDecided(t *testing.T) {
	names := func(file, pattern string) (out []string) {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			out = append(out, m[1])
		}
		return out
	}
	commands := names("../../command.go", `(?m)^func \((\w+)\) command\(\)`)
	require.Greater(t, len(commands), 60)
	require.ElementsMatch(t, commands, names("decide.go", `(?m)^\tcase cvd\.(\w+):$`))
	require.ElementsMatch(t, commands, names("decide.go", `(?m)^\t\treturn d\.decide(\w+)\(x\)$`))
}
