package instant

import (
	"testing"
	"time"
)

func TestParseLoose(t *testing.T) {
	for text, want := range map[string]string{
		"2021-10-13T00:00:00":          "2021-10-13T00:00:00Z",
		"2021-10-13T00:00:00.5":        "2021-10-13T00:00:00.5Z",
		"2021-10-13 01:02:03":          "2021-10-13T01:02:03Z",
		"2021-10-13":                   "2021-10-13T00:00:00Z",
		"2021-10-13T01:00:00+01:00":    "2021-10-13T00:00:00Z",
		"2021-10-13 01:00:00.25+01:00": "2021-10-13T00:00:00.25Z",
	} {
		at, _, ok := ParseLoose(text)
		if got := at.Time().Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%q is %s, %v, not %s", text, got, ok, want)
		}
	}
	if _, offset, _ := ParseLoose("2021-10-13T00:00:00"); offset {
		t.Error("an offset was made up")
	}
	for _, text := range []string{"", "2021", "2021-13-01", "13.10.2021", "2021-10-13T25:00:00", "2021-10-13x00:00:00", "2021-02-29"} {
		if _, _, ok := ParseLoose(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}
