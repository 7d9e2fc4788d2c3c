package texts

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every language has every text, with the same places.
func TestCataloguesAreWhole(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	require.Len(t, all, 5)
	en := all["en"]
	for tag, c := range all {
		require.NoError(t, en.Check(c), tag)
		for key, text := range en {
			have, want := placeholders(c[key]), placeholders(text)
			slices.Sort(have)
			slices.Sort(want)
			require.Equal(t, want, have, "%s in %s", key, tag)
			require.NotEmpty(t, c[key], "%s in %s", key, tag)
		}
	}
}

func TestCheckAndFill(t *testing.T) {
	c := Catalogue{"a": "to {name} of {case}"}
	require.NoError(t, c.Check(Catalogue{"a": "{case}"}))
	require.EqualError(t, c.Check(Catalogue{"b": ""}), `there is no text "b"`)
	require.EqualError(t, c.Check(Catalogue{"a": "{nam}"}), `the text "a" has no {nam}`)
	require.Error(t, c.Check(Catalogue{"a": "{name"}))
	require.Equal(t, "to {case} of 7", Fill(c["a"], "name", "{case}", "case", "7"), "what a value holds is not filled again")
	for _, bad := range []string{"a", "a=b", "a = b\na = c"} {
		_, err := parse(bad)
		require.Error(t, err, bad)
	}
}
