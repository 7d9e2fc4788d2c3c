package tlp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func ExampleParse() {
	l, err := tlp.Parse("amber+strict")
	fmt.Println(l, err)
	fmt.Println(l.AtMost(tlp.Amber), l.AtMost(tlp.Red))
	// Output:
	// TLP:AMBER+STRICT <nil>
	// false true
}

func TestParse(t *testing.T) {
	for text, want := range map[string]tlp.Label{
		"TLP:RED": tlp.Red, "red": tlp.Red, "tlp:Red": tlp.Red,
		"TLP:AMBER+STRICT": tlp.AmberStrict, "Amber+Strict": tlp.AmberStrict,
		"AMBER": tlp.Amber, "GREEN": tlp.Green, " TLP:CLEAR\n": tlp.Clear,
		"WHITE": tlp.Clear, "TLP:white": tlp.Clear,
	} {
		got, err := tlp.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "TLP:", "TLP", "TLP: RED", "AMBER STRICT", "TLP:TLP:RED", "BLUE", "UNLABELED", "ſtrict"} {
		got, err := tlp.Parse(text)
		require.ErrorIs(t, err, tlp.ErrUnknown, text)
		require.Equal(t, tlp.Unset, got, text)
		if text != "" {
			require.Equal(t, tlp.ErrUnknown.Error(), err.Error(), "the text does not get into the error")
		}
	}
}

func TestOrder(t *testing.T) {
	ls := tlp.Labels()
	for i, a := range ls {
		for j, b := range ls {
			require.Equal(t, i > j, a.Stricter(b), "%v stricter than %v", a, b)
			require.Equal(t, i <= j, a.AtMost(b), "%v at most %v", a, b)
		}
		require.True(t, tlp.Unset.Stricter(a))
		require.False(t, a.Stricter(tlp.Unset))
		require.False(t, tlp.Unset.AtMost(a))
		require.Equal(t, a == tlp.Clear, a.AtMost(tlp.Unset), "an unset ceiling admits only CLEAR")
	}
	require.False(t, tlp.Unset.AtMost(tlp.Unset))
	require.Equal(t, tlp.Amber, tlp.Strictest(tlp.Clear, tlp.Amber, tlp.Green))
	require.Equal(t, tlp.Unset, tlp.Strictest(tlp.Red, tlp.Unset))
	require.Equal(t, tlp.Unset, tlp.Strictest())
	require.False(t, tlp.Label(77).AtMost(tlp.Red), "a number that is no label goes nowhere")
}

func TestText(t *testing.T) {
	for _, l := range append(tlp.Labels(), tlp.Unset) {
		b, err := json.Marshal(map[string]tlp.Label{"l": l})
		require.NoError(t, err)
		var back map[string]tlp.Label
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, l, back["l"])
		require.Equal(t, strings.TrimPrefix(l.String(), "TLP:"), l.Name())
	}
	_, err := tlp.Label(77).MarshalText()
	require.ErrorIs(t, err, tlp.ErrUnknown)
	l := tlp.Green
	require.ErrorIs(t, l.UnmarshalText([]byte("purple")), tlp.ErrUnknown)
	require.Equal(t, tlp.Green, l)
	require.Empty(t, tlp.Label(77).String())
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"TLP:RED", "amber+strict", "white", "", "TLP:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := tlp.Parse(s)
		if err != nil {
			if l != tlp.Unset {
				t.Fatal("a label came with an error")
			}
			return
		}
		if back, err := tlp.Parse(l.String()); err != nil || back != l {
			t.Fatalf("%v does not read back", l)
		}
	})
}
