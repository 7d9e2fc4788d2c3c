//go:build unix

package provider

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// In the child, the test binary publishes until it is killed.
const killDir = "CVD_PROVIDER_KILL_DIR"

// killDocs are 100 advisories, and a revision of every third.
func killDocs(t testing.TB) []*csaf.Document {
	var list []*csaf.Document
	for i := range 100 {
		id := fmt.Sprintf("EX-1900-%04d", i)
		at := start.Add(-time.Duration(i) * time.Hour)
		list = append(list, document(t, csaf.V20, id, at, at, tlp.Clear, "1"))
		if i%3 == 0 {
			list = append(list, document(t, csaf.V20, id, at, at.Add(30*time.Minute), tlp.Clear, "2"))
		}
	}
	return list
}

func killSite(dir string) Config {
	return Config{
		Dir: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"), URL: "https://psirt.example/csaf",
		Publisher: draft("X", start, start, tlp.Clear, "1").Publisher, Signer: &testSigner{fpr: keyA}, Now: func() time.Time { return start.Add(time.Hour) },
	}
}

func TestKillChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("only as the child of TestKill")
	}
	p, err := New(killSite(dir))
	require.NoError(t, err)
	docs := killDocs(t)
	fmt.Println("ready")
	for _, d := range docs {
		// What was published in an earlier life may be newer than this revision.
		if err := p.Publish(t.Context(), d); err != nil && !errors.Is(err, ErrStale) {
			require.NoError(t, err)
		}
	}
	fmt.Println("done")
}

// A SIGKILL at any moment leaves the old tree or the new one for readers, and the
// next call finishes. With CVD_TEST_LARGE=1 it kills 200 times instead of 20.
func TestKill(t *testing.T) {
	kills := 20
	if os.Getenv("CVD_TEST_LARGE") != "" {
		kills = 200
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	stop, read := make(chan struct{}), make(chan int)
	faults := make(chan error, 100)
	p, err := New(killSite(dir))
	require.NoError(t, err)
	ways := []func(string) ([]byte, error){fromFolder(filepath.Join(dir, "public")), fromHandler(p.Handler())}
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				read <- n
				return
			default:
			}
			n++
			// A new start of the test looks like a provider that has not published.
			err := readTree(ways[n%2])
			if _, gone := ways[0](MetadataName); err != nil && gone == nil {
				select {
				case faults <- err:
				default:
				}
			}
		}
	}()
	done := 0
	for killed := 0; killed < kills; {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKillChild$")
		cmd.Env = append(os.Environ(), killDir+"="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "ready" {
		}
		finished := make(chan bool, 1)
		go func() {
			ok := false
			for lines.Scan() {
				ok = ok || lines.Text() == "done"
			}
			finished <- ok
		}()
		select {
		case ok := <-finished:
			require.NoError(t, cmd.Wait())
			require.True(t, ok)
			done++
			// All is published; begin anew, so that every kill finds work.
			old := filepath.Join(t.TempDir(), "old")
			require.NoError(t, os.Rename(dir, old))
			require.NoError(t, os.MkdirAll(dir, 0o755))
		case <-time.After(time.Duration(rng.IntN(150_000)) * time.Microsecond):
			require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
			<-finished
			_ = cmd.Wait()
			killed++
		}
	}
	close(stop)
	t.Logf("%d kills, %d whole runs, the tree was read %d times", kills, done, <-read)
	close(faults)
	for err := range faults {
		t.Error(err)
	}

	s := &site{dir: dir, cfg: killSite(dir), now: start}
	s.open(t)
	for _, d := range killDocs(t) {
		if err := s.p.Publish(t.Context(), d); !errors.Is(err, ErrStale) {
			require.NoError(t, err)
		}
	}
	checkLists(t, s)
	require.NoFileExists(t, filepath.Join(s.cfg.State, "journal"))
	require.Equal(t, 100, strings.Count(s.read(t, "public/v2.0/white/index.txt"), "\n"))
}

func fromFolder(dir string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))) }
}

func fromHandler(h http.Handler) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://psirt.example/csaf/"+name, nil))
		switch w.Code {
		case http.StatusOK:
			return w.Body.Bytes(), nil
		case http.StatusNotFound:
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		return nil, fmt.Errorf("%s: status %d", name, w.Code)
	}
}

// readTree reads a tree as a client does, from a folder or a server. A document that
// changed while it was read is read again; everything else must hold at once.
func readTree(get func(string) ([]byte, error)) error {
	data, err := get(MetadataName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is published yet
	}
	if err != nil {
		return err
	}
	var m Metadata
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	for _, k := range m.Keys {
		if _, err := get(strings.TrimPrefix(k.URL, "https://psirt.example/csaf/")); err != nil {
			return err
		}
	}
	const shelf = "v2.0/white/"
	data, err = get(shelf + "csaf-feed-tlp-white.json")
	if err != nil {
		return err
	}
	var feed struct {
		Feed struct{ Entry []entry }
	}
	if err := json.Unmarshal(data, &feed); err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	index, err := get(shelf + indexName)
	if err != nil {
		return err
	}
	changes, err := get(shelf + changesName)
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(changes)).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", changesName, err)
	}
	var names []string
	for i, e := range feed.Feed.Entry {
		if some(i) {
			names = append(names, strings.TrimPrefix(e.Content.Src, "https://psirt.example/csaf/"+shelf))
		}
	}
	for i, row := range rows {
		if some(i) {
			names = append(names, row[0])
		}
	}
	for i, name := range strings.Fields(string(index)) {
		if some(i) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := readDocument(get, shelf+name); err != nil {
			return err
		}
	}
	return nil
}

// some picks what is looked at: many short looks, rather than few long ones.
func some(i int) bool { return i <= 2 || i%17 == 0 }

func readDocument(get func(string) ([]byte, error), path string) error {
	for range 10 {
		var got [4][]byte
		for i, ext := range []string{"", ".asc", ".sha256", ""} {
			var err error
			if got[i], err = get(path + ext); err != nil {
				return err
			}
		}
		if !bytes.Equal(got[0], got[3]) {
			continue
		}
		if is := sum(got[0]); !strings.Contains(string(got[1]), is) || !strings.HasPrefix(string(got[2]), is) {
			return fmt.Errorf("%s: the signature or the hash does not fit", path)
		}
		return nil
	}
	return fmt.Errorf("%s changes all the time", path)
}
