package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// Each rule of the library has plain words, which name no identifier of it.
func TestEveryRefusalHasWords(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "..", "..", "cvd", "rules.go"), nil, 0)
	require.NoError(t, err)
	n := 0
	ast.Inspect(f, func(x ast.Node) bool {
		v, ok := x.(*ast.ValueSpec)
		if !ok || len(v.Names) != 1 || !strings.HasPrefix(v.Names[0].Name, "Rule") || len(v.Values) != 1 {
			return true
		}
		lit, ok := v.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		id, err := strconv.Unquote(lit.Value)
		require.NoError(t, err)
		n++
		words := refusals[cvd.RuleID(id)]
		require.NotEmpty(t, cvd.RuleID(id).Text(), id)
		for _, s := range []string{words.why, words.instead} {
			require.Regexp(t, `^[A-Z].*[^.]\.$`, s, id)
			require.NotRegexp(t, `vfd|VFD|By\.|[a-z][A-Z]|participant \d`, s, id)
		}
		return true
	})
	require.Greater(t, n, 50)
	require.Len(t, refusals, n, "a rule that is no more")
}
