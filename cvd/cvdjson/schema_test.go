package cvdjson

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/internal/testonly/golden"
)

func TestSchemasAreWritten(t *testing.T) {
	golden.Check(t, *update, "-update", "../../docs/cvdjson.schema.json", string(CaseSchema()))
	golden.Check(t, *update, "-update", "../../docs/cvdjson-command.schema.json", string(CommandSchema()))
}

// validator knows the words of JSON Schema that the schemas here use, and fails on
// others.
type validator struct{ root map[string]any }

func newValidator(t *testing.T, text []byte) validator {
	t.Helper()
	var v validator
	require.NoError(t, json.Unmarshal(text, &v.root))
	return v
}

func (v validator) check(s map[string]any, x any, at string) error {
	for word, want := range s {
		var err error
		switch word {
		case "$schema", "title", "$defs", "description", "format", "contentEncoding":
		case "$ref":
			err = v.check(v.root["$defs"].(map[string]any)[strings.TrimPrefix(want.(string), "#/$defs/")].(map[string]any), x, at)
		case "const":
			err = must(x == want, "it is not %v", want)
		case "enum":
			err = must(slices.Contains(want.([]any), x), "it is none of %v", want)
		case "type":
			err = must(hasType(x, want), "it is no %v", want)
		case "minimum":
			n, ok := x.(float64)
			err = must(!ok || n >= want.(float64), "it is too small")
		case "uniqueItems":
		case "required":
			for _, name := range want.([]any) {
				if _, ok := x.(map[string]any)[name.(string)]; !ok {
					err = fmt.Errorf("%v is missing", name)
				}
			}
		case "properties":
			for name, sub := range want.(map[string]any) {
				if y, ok := x.(map[string]any)[name]; ok && err == nil {
					err = v.check(sub.(map[string]any), y, at+"/"+name)
				}
			}
		case "additionalProperties":
			named, _ := s["properties"].(map[string]any)
			for name, y := range x.(map[string]any) {
				if sub, ok := want.(map[string]any); ok && err == nil {
					err = v.check(sub, y, at+"/"+name)
				} else if _, ok := named[name]; !ok && want == false {
					err = fmt.Errorf("%s is too much", name)
				}
			}
		case "items":
			for i, y := range x.([]any) {
				if err == nil {
					err = v.check(want.(map[string]any), y, fmt.Sprintf("%s/%d", at, i))
				}
			}
		case "oneOf":
			fits := 0
			var why []string
			for _, sub := range want.([]any) {
				if err := v.fits(sub.(map[string]any), x, at); err == nil {
					fits++
				} else {
					why = append(why, err.Error())
				}
			}
			err = must(fits == 1, "%d of the choices fit: %s", fits, strings.Join(why, "; "))
		default:
			err = fmt.Errorf("the schema has a word that is not known here: %s", word)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

// fits is check for a choice, which may be of another type.
func (v validator) fits(s map[string]any, x any, at string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: another type", at)
		}
	}()
	return v.check(s, x, at)
}

func must(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func hasType(x, want any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(w any) bool { return hasType(x, w) })
	}
	switch want {
	case "object":
		_, ok := x.(map[string]any)
		return ok
	case "array":
		_, ok := x.([]any)
		return ok
	case "string":
		_, ok := x.(string)
		return ok
	case "boolean":
		_, ok := x.(bool)
		return ok
	case "number", "integer":
		n, ok := x.(float64)
		return ok && (want == "number" || n == float64(int64(n)) || n > 1e15)
	}
	return false
}

func decoded(t *testing.T, b []byte) any {
	t.Helper()
	var x any
	require.NoError(t, json.Unmarshal(b, &x))
	return x
}

// The schemas take all that is written, and not what is read strictly.
func TestSchemasHold(t *testing.T) {
	cases, commands := newValidator(t, CaseSchema()), newValidator(t, CommandSchema())
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, cases.check(cases.root, decoded(t, b), name))
	}
	var c cvd.Case
	require.NoError(t, fill(rand.New(rand.NewPCG(3, 3)), reflect.ValueOf(&c).Elem()))
	c.Embargo.Active = 1
	b, err := Marshal(&c)
	require.NoError(t, err)
	require.NoError(t, cases.check(cases.root, decoded(t, b), "case"))
	require.Error(t, cases.check(cases.root, map[string]any{"cvdjson": 1.0, "id": "x", "number": 3.0}, "case"))
	require.Error(t, cases.check(cases.root, map[string]any{"id": "x", "number": "y"}, "case"))
	for _, a := range actions() {
		x := reflect.New(reflect.TypeOf(a)).Elem()
		require.NoError(t, fill(rand.New(rand.NewPCG(4, 4)), x))
		b, err := MarshalCommand(x.Interface().(cvd.Action))
		require.NoError(t, err)
		require.NoError(t, commands.check(commands.root, decoded(t, b), "command"), "%s", b)
	}
	require.Error(t, commands.check(commands.root, decoded(t, []byte(`{"do":"Accept","x":1}`)), "command"))
	require.Error(t, commands.check(commands.root, decoded(t, []byte(`{"do":"Triage","outcome":"great"}`)), "command"))
}
