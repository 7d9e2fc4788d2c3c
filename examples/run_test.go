package examples

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Each program is run as somebody runs it who sees it for the first time. Linking all
// takes minutes, so they are built before:
//
//	go build -o DIR/ ./examples/... && CVD_TEST_PROGRAMS=DIR go test ./examples
func TestEveryProgram(t *testing.T) {
	bin := os.Getenv("CVD_TEST_PROGRAMS")
	if bin == "" {
		t.Skip("CVD_TEST_PROGRAMS names no folder with the programs; .ci/run examples does")
	}
	programs, err := os.ReadDir(bin)
	if err != nil || len(programs) < 20 {
		t.Fatalf("%d programs were built: %v", len(programs), err)
	}
	// Flags alone: whatever else stands there is named, and nothing is begun.
	flagsOnly := map[string]bool{}
	for _, name := range []string{
		"bridge-only", "cluster", "cra", "cve", "deadlines", "host", "hosttx", "multiparty", "portal", "provider", "quickstart", "release", "river", "tickets",
	} {
		flagsOnly[name] = true
	}
	shared, err := filepath.Abs("../docs/security.txt")
	if err != nil {
		t.Fatal(err)
	}
	document, err := filepath.Abs("../rfc2350/testdata/docs/cs-pl-nl-it.txtar")
	if err != nil {
		t.Fatal(err)
	}
	// A flag behind a file: it works, or the program says what is wrong.
	behind := map[string]struct {
		args []string
		code int
		says string
	}{
		"advisory":    {[]string{"validate", shared, "-nosuch"}, 2, "-nosuch"},
		"copy":        {[]string{"a", "b", "-nosuch"}, 1, "-nosuch"},
		"embed":       {[]string{"-file", filepath.Join(t.TempDir(), "embed.gob"), "words", "-file", "x"}, 1, "-file stands after a word"},
		"mail":        {[]string{"open", shared, "-json"}, 0, "{"},
		"play":        {[]string{"nosuch.jsonl", "-x"}, 2, "-x stands after a file"},
		"rfc2350":     {[]string{"parse", document, "-json"}, 0, "{"},
		"securitytxt": {[]string{"check", shared, "-json"}, 0, "{"},
		"sop":         {[]string{"encrypt", "nosuch.cert", "--nosuch"}, 37, "--nosuch"},
	}
	for _, p := range programs {
		name := strings.TrimSuffix(p.Name(), ".exe")
		if filepath.Ext(name) != "" {
			continue
		}
		run := func(args ...string) (int, string) {
			cmd := exec.Command(filepath.Join(bin, p.Name()), args...)
			cmd.Dir = bin
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatalf("%s %q: %v", name, args, err)
			}
			return cmd.ProcessState.ExitCode(), out.String()
		}
		if code, out := run("-h"); code != 0 || len(out) < 40 {
			t.Errorf("%s -h exits %d and prints %q", name, code, out)
		}
		if flagsOnly[name] {
			if code, out := run("stray", "-h"); code == 0 || !strings.Contains(out, "stray") && !strings.Contains(out, "usage") && !strings.Contains(out, "only flags") {
				t.Errorf("%s stray exits %d and prints %q", name, code, out)
			}
		}
		if x, ok := behind[name]; ok {
			if code, out := run(x.args...); code != x.code || !strings.Contains(out, x.says) {
				t.Errorf("%s %q exits %d and prints %q", name, x.args, code, out)
			}
		}
	}
	if runtime.GOOS != "windows" {
		if left, _ := filepath.Glob(filepath.Join(bin, "*.db*")); len(left) > 0 {
			t.Errorf("-h and wrong arguments left %q", left)
		}
	}
}
