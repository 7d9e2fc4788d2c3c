package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// workspace has packages whose benchmarks end in every way.
func workspace(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.work":     "go 1.25.0\n\nuse (\n\t.\n\t./nested\n)\n",
		"go.mod":      "module team.example/sample\n\ngo 1.25.0\n",
		"a/a.go":      "package a\n",
		"none/n.go":   "package none\n",
		"broken/b.go": "package broken\n",
		"broken/b_test.go": `package broken
import "testing"
func BenchmarkBroken(b *testing.B) { nosuch() }
`,
		"a/a_test.go": `package a
import "testing"
func TestNever(t *testing.T) { panic("a test was run") }
func BenchmarkRatio(b *testing.B) {
	for _, name := range []string{"x=1", "x|y"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
			}
			b.ReportMetric(0.75, "ratio")
		})
	}
}
const other = ` + "`\nfunc BenchmarkPanicsElsewhere(b *testing.B) {}\n`" + `
func BenchmarkPanics(b *testing.B) { panic("on purpose") }
func BenchmarkFails(b *testing.B)  { b.Fatal("on purpose") }
func BenchmarkSkips(b *testing.B)  { b.Skip("its server is absent") }
`,
		"nested/go.mod": "module team.example/sample/nested\n\ngo 1.25.0\n",
		"nested/n.go":   "package nested\n",
		"nested/n_test.go": `package nested_test
import ("testing"; "time")
func BenchmarkHangs(b *testing.B) { time.Sleep(time.Hour) } // select {} is a deadlock, and ends
func BenchmarkLast(b *testing.B) { for b.Loop() {} }
`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTable(t *testing.T) {
	// Of this workspace, and of no other that the run is in.
	dir := workspace(t)
	t.Setenv("GOWORK", filepath.Join(dir, "go.work"))
	t.Setenv("CVD_PEER_NODE", "")
	var out, progress bytes.Buffer
	x := table{dir: dir, benchtime: "1x", limit: 5 * time.Minute, only: regexp.MustCompile("Ratio|Panics|Fails|Skips|Broken|Last"), out: &out, progress: &progress}
	if err := x.run(t.Context()); err == nil || !strings.Contains(err.Error(), "3 of 6") {
		t.Errorf("%v\n%s", err, &progress)
	}
	for _, want := range []string{
		`\| a Ratio/x=1 \| \d.*s \| 0.75\d* ratio \|`, `\| a Ratio/x\\\|y \| \d.*s \| 0.75\d* ratio \|`,
		`\| a Panics \|  \| \*\*failed\*\* \|`, `\| a Fails \|  \| \*\*failed\*\* \|`, `\| a Skips \|  \| not run: its server is absent \|`,
		`\| broken Broken \|  \| \*\*does not build\*\* \|`, `\| nested Last \| \d.*s \|  \|`,
		`\| openpgp.js \| \*\*absent\*\*: set CVD_PEER_NODE`, `\| go-crypto \| \*\*absent\*\*`,
		`(?m)^\d{4}-\d\d-\d\d, go1.*, \d+ cores of .*; each benchmark for 1x\.$`,
		`(?m)^6 benchmarks of 3 packages in \d+ s, 3 failed(, load \S+ at the end)?\.$`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no %s in\n%s", want, &out)
		}
	}
	if !strings.Contains(progress.String(), "6 of 6, ") || !strings.Contains(progress.String(), "on purpose") {
		t.Errorf("the progress is %s", &progress)
	}

	out.Reset()
	x.only, x.limit = regexp.MustCompile("Hangs"), time.Second
	if err := x.run(t.Context()); err == nil || !strings.Contains(out.String(), "| nested Hangs |  | **not within 1s** |") {
		t.Errorf("%v\n%s", err, &out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was ended: %v", err)
	}
	x.only = regexp.MustCompile("^nosuch$")
	if err := x.run(t.Context()); err == nil {
		t.Error("no benchmark was found, and there is no error")
	}
}

func TestTableArguments(t *testing.T) {
	for _, args := range [][]string{{"table", "stray"}, {"table", "-limit", "0s"}, {"table", "-only", "("}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

// One in some hundred programs whose benchmark panics exits with 0.
func TestAPanicThatExitsWithZero(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it needs a shell")
	}
	program := filepath.Join(t.TempDir(), "bench.test")
	for text, failed := range map[string]bool{
		"BenchmarkPanics\nBenchmarkPanics-2   \t       1\nPASS\n":                        true,
		"BenchmarkPanics\nBenchmarkPanics-2   \t       1\t      1182 ns/op\nPASS\n":      false,
		"BenchmarkPanics\n    a_test.go:4: no server\n--- SKIP: BenchmarkPanics\nPASS\n": false,
	} {
		if err := os.WriteFile(program, []byte("#!/bin/sh\ncat <<'.'\n"+text+".\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		var progress bytes.Buffer
		x := table{benchtime: "1x", limit: time.Minute, progress: &progress}
		if rows, got := x.one(t.Context(), tested{path: "a"}, program, "BenchmarkPanics"); got != failed || len(rows) == 0 {
			t.Errorf("%s%v %v, %s", text, rows, got, &progress)
		}
	}
}
