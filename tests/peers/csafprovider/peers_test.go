package csafprovider

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func tool(t *testing.T, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on PATH; .ci/run installs it where Go is 1.26 or newer", name)
	}
	return path
}

func (s *site) run(t *testing.T, path string, args ...string) string {
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env, cmd.Dir = s.env, s.dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// The checker's exit code says nothing: the report does.
func TestCSAFChecker(t *testing.T) {
	checker := tool(t, "csaf_checker")
	t.Run("one tree announced", func(t *testing.T) { check(t, checker, false) })
	// The checker knows CSAF 2.0 only: it warns of the metadata of 2.1.
	t.Run("both trees announced", func(t *testing.T) { check(t, checker, true) })
}

func check(t *testing.T, checker string, both bool) {
	s := publish(t, both)
	report := filepath.Join(s.dir, "report.json")
	out := s.run(t, checker, "--output", report, "--header", "Authorization:"+token, domain)
	var r struct {
		Domains []struct {
			Name         string
			Passed       bool
			Requirements []struct {
				Num      int
				Messages []struct {
					Type int
					Text string
				}
			}
		}
	}
	data, err := os.ReadFile(report)
	require.NoError(t, err, out)
	require.NoError(t, json.Unmarshal(data, &r))
	require.Len(t, r.Domains, 1)
	require.True(t, r.Domains[0].Passed)
	seen := map[int]bool{}
	for _, q := range r.Domains[0].Requirements {
		seen[q.Num] = true
		require.NotEmpty(t, q.Messages, "requirement %d was not judged", q.Num)
		for _, m := range q.Messages {
			t.Logf("%2d type %d: %s", q.Num, m.Type, m.Text)
			warned := q.Num == 1 && strings.Contains(m.Text, "remote validator") || both && (q.Num == 7 || q.Num == 8)
			if m.Type == 2 || m.Type == 1 && !warned {
				t.Errorf("requirement %d: type %d: %s", q.Num, m.Type, m.Text)
			}
		}
	}
	for n := 1; n <= 20; n++ {
		require.True(t, seen[n], "requirement %d is not in the report", n)
	}
}

// Every document arrives with its signature and its hashes, and gpg and sha256sum
// agree with them.
func TestCSAFDownloader(t *testing.T) {
	downloader := tool(t, "csaf_downloader")
	s := publish(t, true)
	to := filepath.Join(s.dir, "downloads")
	require.NoError(t, os.Mkdir(to, 0o755))
	out := s.run(t, downloader, "--directory", to, "--header", "Authorization:"+token, "--validation_mode", "strict", domain)
	var docs []string
	require.NoError(t, filepath.WalkDir(to, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".json" && !strings.Contains(path, "failed") {
			docs = append(docs, path)
		}
		return err
	}))
	require.Len(t, docs, 12, out)
	gpg, err := exec.LookPath("gpg")
	for _, d := range docs {
		for _, ext := range []string{".asc", ".sha256", ".sha512"} {
			require.FileExists(t, d+ext)
		}
		if sha, err := exec.LookPath("sha256sum"); err == nil {
			cmd := exec.Command(sha, "-c", filepath.Base(d)+".sha256")
			cmd.Dir = filepath.Dir(d)
			b, err := cmd.CombinedOutput()
			require.NoError(t, err, string(b))
		}
	}
	if err != nil {
		t.Log("gpg is absent: signatures were verified by csaf_downloader only")
		return
	}
	home := t.TempDir()
	keys, err := filepath.Glob(filepath.Join(s.cfg.Dir, "openpgp", "*.asc"))
	require.NoError(t, err)
	require.Len(t, keys, 2)
	s.run(t, gpg, append([]string{"--homedir", home, "--batch", "--import"}, keys...)...)
	for _, d := range docs {
		s.run(t, gpg, "--homedir", home, "--batch", "--verify", d+".asc", d)
	}
}
