package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The scenarios in docs are scripts, and come out as they say.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../docs/scenarios/*.jsonl")
	if err != nil || len(files) < 3 {
		t.Fatalf("there are %d scenarios (%v)", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), `"expect"`) {
				t.Error("it expects nothing")
			}
			var first, second bytes.Buffer
			if err := play(context.Background(), &first, bytes.NewReader(text), ""); err != nil {
				for line := range strings.Lines(first.String()) {
					if strings.Contains(line, `"unexpected"`) {
						t.Error(line)
					}
				}
				t.Fatal(err)
			}
			if err := play(context.Background(), &second, bytes.NewReader(text), ""); err != nil {
				t.Fatal(err)
			}
			if first.String() != second.String() {
				t.Error("a second run gives something else")
			}
		})
	}
}

// run returns the lines of the output, decoded.
func run(t *testing.T, script string) (out []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	if err := play(context.Background(), &b, strings.NewReader(script), ""); err != nil {
		t.Log(err)
	}
	for line := range strings.Lines(b.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err, line)
		}
		out = append(out, m)
	}
	return out
}

const opened = `{"at":"2026-03-02T09:00:00Z","as":"a","do":"Open","origin":"outbound","title":"x"}` + "\n"

// What is wrong is told with its kind and place, and does not stop the script.
func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		`{`:                                `{"error":{"kind":"json"}}`,
		`[1]`:                              `{"error":{"kind":"json"}}`,
		`{"x":1}`:                          `{"error":{"kind":"script"}}`,
		`{"do":7}`:                         `{"error":{"kind":"input","field":"/do"}}`,
		`{"do":"Nothing","case":"a"}`:      `{"error":{"kind":"input","field":"/do"},"case":"a"}`,
		`{"do":"Accept"}`:                  `{"error":{"kind":"script","field":"/case"}}`,
		`{"do":"Accept","case":"b"}`:       `{"error":{"kind":"not_found","field":"/case"}}`,
		`{"do":"Accept","case":"a","x":1}`: `{"error":{"kind":"input","field":"/x"}}`,
		`{"do":"Accept","do":"Accept","case":"a"}`:                              `{"error":{"kind":"json","field":"/do"}}`,
		`{"do":"Accept","case":"a","view":{}}`:                                  `{"error":{"kind":"input","field":"/view"}}`,
		`{"tick":{},"relay":{}}`:                                                `{"error":{"kind":"script"}}`,
		`{"tick":{"n":1}}`:                                                      `{"error":{"kind":"input","field":"/tick/n"}}`,
		`{"at":"2026-03-01T09:00:00Z","case":"a","do":"Accept"}`:                `{"error":{"kind":"clock","field":"/at"},"case":"a"}`,
		`{"at":"soon","tick":{}}`:                                               `{"error":{"kind":"input","field":"/at"}}`,
		`{"as":"a","do":"Open","origin":"outbound","title":"y"}`:                `{"error":{"kind":"script","field":"/as"}}`,
		`{"as":"n","case":"a","do":"Accept"}`:                                   `{"error":{"kind":"script","field":"/as"}}`,
		`{"case":"a","do":"SetTitle"}`:                                          `{"error":{"kind":"input","field":"/title"}}`,
		`{"case":"a","do":"Invite","roles":["vendor"],"contact":{"name":"\n"}}`: `{"error":{"kind":"input","field":"/contact/name"}}`,
		`{"case":"a","do":"ProposeEmbargo","ends":"2020-01-01T00:00:00Z"}`:      `{"refused":"em.exact-end","case":"a"}`,
		`{"case":"a","view":{"party":9}}`:                                       `{"error":{"kind":"not_found"}}`,
		`{"case":"a","view":{"teem":true}}`:                                     `{"error":{"kind":"input","field":"/view/teem"}}`,
		`{"case":"a","merge":{"into":"zzz"}}`:                                   `{"error":{"kind":"not_found","field":"/into"}}`,
		`{"find":{"identity":"x","unassigned":true}}`:                           `{"error":{"kind":"denied"}}`,
		`{"case":"a","by":{"actor":"x","if":1},"do":"SetTitle","title":"z"}`:    `{"error":{"kind":"stale"}}`,
		`{"desk":{"team":"late"}}`:                                              `{"error":{"kind":"script","field":"/desk"}}`,
	} {
		out := run(t, opened+line+"\n"+`{"find":{}}`)
		if len(out) != 3 {
			t.Fatalf("%s: %d lines", line, len(out))
		}
		var expected any
		if err := json.Unmarshal([]byte(want), &expected); err != nil {
			t.Fatal(err)
		}
		if at, ok := holds(out[1], expected, ""); !ok {
			t.Errorf("%s: %v differs at %s from %s", line, out[1], at, want)
		}
		if _, ok := out[1]["ok"]; ok {
			t.Errorf("%s is ok", line)
		}
		if at, ok := holds(out[2], map[string]any{"ok": true, "cases": []any{"a"}}, ""); !ok {
			t.Errorf("after %s: %v (%s)", line, out[2], at)
		}
	}
}

// The cases of a verb can be named beside it, in it, or as its value.
func TestLabels(t *testing.T) {
	two := opened + `{"as":"b","do":"Open","origin":"outbound","title":"y"}` + "\n"
	for line, label := range map[string]string{
		`{"case":"a","merge":{"into":"b"}}`:               "b",
		`{"merge":{"case":"a","into":"b"}}`:               "b",
		`{"merge":{"from":"a","into":"b"}}`:               "b",
		`{"merge":"a","into":"b","reason":"same"}`:        "b",
		`{"case":"a","merge":"b"}`:                        "b",
		`{"case":"a","do":"Merge","into":"b"}`:            "b",
		`{"case":"a","link":{"to":"b"}}`:                  "a",
		`{"link":"a","to":"b","kind":"depends_on"}`:       "a",
		`{"as":"c","reopen":"a","reason":"more"}`:         "",
		`{"as":"c","case":"a","split":{"title":"part"}}`:  "",
		`{"case":"a","do":"Triage","duplicate_of":"b"}`:   "",
		`{"case":"a","hand_over":{"to":2,"reason":"x"}}`:  "",
		`{"view":{"case":"a","team":true}}`:               "a",
		`{"do":"Receive","case":"a","title":"more of x"}`: "a",
	} {
		out := run(t, two+line)[2]
		if label == "" {
			if out["ok"] == true || out["error"] != nil && out["error"].(map[string]any)["kind"] != "input" {
				t.Errorf("%s: %v", line, out)
			}
			continue
		}
		if out["ok"] != true || out["case"] != label {
			t.Errorf("%s: %v", line, out)
		}
	}
}

// A script whose expectation fails says where, and fails.
func TestExpectationsCanFail(t *testing.T) {
	var b bytes.Buffer
	err := play(context.Background(), &b, strings.NewReader(opened+`{"case":"a","view":{"team":true},"expect":{"view":{"embargo":{"state":"Active"}}}}`), "")
	if err == nil || !strings.Contains(b.String(), `"unexpected":"/view/embargo/state"`) {
		t.Error(err, b.String())
	}
	for _, x := range []struct {
		have, want string
		ok         bool
	}{
		{`{"a":1}`, `{"a":1}`, true}, {`{"a":1}`, `{"b":null}`, true}, {`{"a":1}`, `{"a":null}`, false},
		{`[1,2]`, `[1]`, false}, {`[{"a":1,"b":2}]`, `[{"b":2}]`, true}, {`"x"`, `{}`, false}, {`1`, `[]`, false},
	} {
		var have, want any
		if json.Unmarshal([]byte(x.have), &have) != nil || json.Unmarshal([]byte(x.want), &want) != nil {
			t.Fatal("the test is no JSON")
		}
		if _, ok := holds(have, want, ""); ok != x.ok {
			t.Errorf("%s holds %s: %v", x.have, x.want, ok)
		}
	}
}

// Files of a script are printed with their name, and one that is not there with an
// error.
func TestFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "s.jsonl")
	if err := os.WriteFile(name, []byte("\ufeff# a comment\n\n"+opened), 0o600); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := playFile(context.Background(), &b, name, true); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), `{"line":3,"file":"`) {
		t.Error(b.String())
	}
	if err := playFile(context.Background(), &b, name+"x", false); err == nil {
		t.Error("a file that is not there is played")
	}
}
