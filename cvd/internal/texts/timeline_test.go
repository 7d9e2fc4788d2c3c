package texts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a timeline says is in the catalogues: the keys are the literals that stand
// in the code, so the code is read. TestCataloguesAreWhole holds all languages to it.
func TestTimelineWordsAreInTheCatalogues(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	said := map[string]bool{}
	for _, dir := range []string{"../..", "../../timeline", "../../service"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				fun, ok := call.Fun.(*ast.SelectorExpr)
				lit, isText := call.Args[0].(*ast.BasicLit)
				if ok && isText && lit.Kind == token.STRING && (fun.Sel.Name == "Say" || fun.Sel.Name == "word") {
					s, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					said[s] = true
				}
				return true
			})
		}
	}
	require.Greater(t, len(said), 50)
	for s := range said {
		require.Equal(t, s, all["en"]["timeline."+s], "the English text is its own key")
	}
	for key, text := range all["en"] {
		if own, ok := strings.CutPrefix(key, "timeline."); ok {
			require.Equal(t, own, text)
		}
	}
}
