package anywhere

import (
	"flag"
	"io"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for _, x := range []struct {
		args, files []string
		json        bool
	}{
		{[]string{"a", "-json", "b"}, []string{"a", "b"}, true},
		{[]string{"-json", "a"}, []string{"a"}, true},
		{[]string{"a", "--", "-json"}, []string{"a", "-json"}, false},
		{[]string{"--", "-json"}, []string{"-json"}, false},
		{[]string{"a", "-"}, []string{"a", "-"}, false},
		{nil, nil, false},
	} {
		fs := flag.NewFlagSet("x", flag.ContinueOnError)
		json := fs.Bool("json", false, "")
		if err := Parse(fs, x.args); err != nil || *json != x.json || !slices.Equal(fs.Args(), x.files) {
			t.Errorf("%q: %q, %v, %v", x.args, fs.Args(), *json, err)
		}
	}
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	if Parse(fs, []string{"a", "-no"}) == nil {
		t.Error("a flag that is none is taken for a file")
	}
}
