package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// table runs every benchmark of every package and prints one table.
type table struct {
	dir       string // of the workspace
	benchtime string
	limit     time.Duration // of one benchmark
	only      *regexp.Regexp

	out, progress io.Writer
}

// row is a line of the table: what one benchmark says, or why it says nothing.
type row struct {
	name, time, reports string
}

// tested is a package with benchmarks.
type tested struct {
	path, dir string
	names     []string // of its benchmarks
}

func (t *table) run(ctx context.Context) error {
	all, err := t.packages(ctx)
	if err != nil {
		return err
	}
	count := 0
	for _, p := range all {
		count += len(p.names)
	}
	fmt.Fprintf(t.out, "%s, %s, %s/%s, %s; each benchmark for %s.\n\n", time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, machine(), t.benchtime)
	fmt.Fprintf(t.out, "| peer | | held against |\n|---|---|---|\n")
	for _, p := range peers {
		fmt.Fprintf(t.out, "| %s | %s | %s |\n", p.name, p.found(ctx, t.dir), p.where)
	}
	begin, done, failed := time.Now(), 0, 0
	said := "" // the first word of the last package
	for _, p := range all {
		group, _, _ := strings.Cut(p.path, "/")
		if group != said {
			fmt.Fprintf(t.out, "\n| %s | time | reports |\n|---|---|---|\n", group)
			said = group
		}
		binary, err := t.compile(ctx, p)
		for _, name := range p.names {
			if err := ctx.Err(); err != nil {
				return err
			}
			done++
			fmt.Fprintf(t.progress, "%d of %d, %.0f s: %s %s\n", done, count, time.Since(begin).Seconds(), p.path, name)
			rows := []row{{name, "", "**does not build**"}}
			bad := err != nil
			if !bad {
				rows, bad = t.one(ctx, p, binary, name)
			} else {
				fmt.Fprintln(t.progress, err)
			}
			if bad {
				failed++
			}
			for _, r := range rows {
				fmt.Fprintf(t.out, "| %s %s | %s | %s |\n", p.path, cell(strings.TrimPrefix(r.name, "Benchmark")), r.time, cell(r.reports))
			}
		}
		if binary != "" {
			os.RemoveAll(filepath.Dir(binary))
		}
	}
	fmt.Fprintf(t.out, "\n%d benchmarks of %d packages in %.0f s, %d failed%s.\n", count, len(all), time.Since(begin).Seconds(), failed, load("end"))
	if failed > 0 {
		return fmt.Errorf("%d of %d benchmarks failed", failed, count)
	}
	return nil
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// packages are those of the workspace with benchmarks in their test files. Others are
// not built: that would take longer than all that is measured.
func (t *table) packages(ctx context.Context) ([]tested, error) {
	const each = `{{.ImportPath}}{{"\t"}}{{.Dir}}{{range .TestGoFiles}}{{"\t"}}{{.}}{{end}}{{range .XTestGoFiles}}{{"\t"}}{{.}}{{end}}`
	text, err := t.goTool(ctx, "list", "-e", "-f", each, "work")
	if err != nil {
		return nil, err
	}
	module, err := t.goTool(ctx, "list", "-m", "-f", "{{.Path}}")
	if err != nil {
		return nil, err
	}
	root, _, _ := strings.Cut(string(module), "\n")
	var all []tested
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		p := tested{path: strings.TrimPrefix(strings.TrimPrefix(f[0], root), "/"), dir: f[1]}
		for _, name := range f[2:] {
			// Read as Go: a test may hold the text of another program.
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Benchmark") {
					continue
				}
				if name := f.Name.Name; t.only == nil || t.only.MatchString(p.path+" "+name) {
					p.names = append(p.names, name)
				}
			}
		}
		if len(p.names) > 0 {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no benchmark has such a name")
	}
	return all, nil
}

func (t *table) goTool(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = t.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, &errs)
	}
	return out, nil
}

// compile makes the test program of a package once, for all its benchmarks.
func (t *table) compile(ctx context.Context, p tested) (string, error) {
	dir, err := os.MkdirTemp("", "cvdkit-bench")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "bench.test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, ".")
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("%s: %w\n%s", p.path, err, out)
	}
	return binary, nil
}

// one runs a benchmark in a process of its own, so that one that panics or does not end
// stops no other.
func (t *table) one(ctx context.Context, p tested, binary, name string) (rows []row, failed bool) {
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench=^"+name+"$", "-test.benchtime="+t.benchtime, "-test.timeout=0", "-test.v")
	cmd.Dir = p.dir
	cmd.WaitDelay = 5 * time.Second // a program of a peer may outlive it
	out, err := cmd.CombinedOutput()
	rows = results(out)
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return append(rows, row{name, "", fmt.Sprintf("**not within %v**", t.limit)}), true
	case err != nil || cutOff.Match(out):
		fmt.Fprintf(t.progress, "%s %s: %v\n%s\n", p.path, name, cmp.Or(err, errCutOff), out)
		return append(rows, row{name, "", "**failed**"}), true
	case len(rows) == 0:
		return []row{{name, "", "not run: " + skipped(out)}}, false
	}
	return rows, false
}

// cutOff is the line of a benchmark that has no time. When one panics, package testing may
// go on, print this and exit with 0 before the panic ends the process.
var (
	cutOff    = regexp.MustCompile(`(?m)^Benchmark\S+\s+\d+\s*$`)
	errCutOff = errors.New("it ended before its time was taken")
)

// results reads what benchmarks print: a name, a count, and values with their units.
func results(out []byte) (rows []row) {
	for in := bufio.NewScanner(bytes.NewReader(out)); in.Scan(); {
		f := strings.Fields(in.Text())
		if len(f) < 4 || len(f)%2 != 0 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		r := row{name: f[0]}
		if i := strings.LastIndexByte(r.name, '-'); i > 0 && runtime.GOMAXPROCS(0) > 1 {
			r.name = r.name[:i] // the number of cores
		}
		var reports []string
		for i := 2; i < len(f); i += 2 {
			if d, err := time.ParseDuration(f[i] + "ns"); f[i+1] == "ns/op" && err == nil {
				r.time = rounded(d)
				continue
			}
			reports = append(reports, f[i]+" "+f[i+1])
		}
		r.reports = strings.Join(reports, ", ")
		rows = append(rows, r)
	}
	return rows
}

// rounded has three digits.
func rounded(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

var skipLine = regexp.MustCompile(`(?m)^ +\S+\.go:\d+: (.+)$`)

// skipped is why a benchmark did not run, in its own words.
func skipped(out []byte) string {
	if m := skipLine.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return "it gives no reason"
}

// machine says what ran this.
func machine() string {
	model := "a processor without a name"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`(?m)^model name\s*: (.+)$`).FindSubmatch(info); m != nil {
			model = strings.TrimSpace(string(m[1]))
		}
	}
	return fmt.Sprintf("%d cores of %s%s", runtime.NumCPU(), model, load("start"))
}

// load says how many programs wanted the processors, where that can be known.
func load(when string) string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), " ")
	return ", load " + first + " at the " + when
}
