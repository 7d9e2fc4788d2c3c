//go:build unix

package provider

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
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
// next call finishes.
func TestKill(t *testing.T) {
	kills := 200
	if testing.Short() {
		kills = 20
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	stop, read := make(chan struct{}), make(chan int)
	faults := make(chan error, 100)
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
			if err := readTree(filepath.Join(dir, "public")); err != nil {
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

// readTree reads a tree as a client does. A document that changed while it was read
// is read again; everything else must hold at once.
func readTree(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, MetadataName))
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
	shelf := filepath.Join(dir, "v2.0/white")
	var feed struct {
		Feed struct{ Entry []entry }
	}
	data, err = os.ReadFile(filepath.Join(shelf, "csaf-feed-tlp-white.json"))
	if errors.Is(err, fs.ErrNotExist) && !exists(dir) {
		return nil // the test began anew
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &feed); err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	for i, e := range feed.Feed.Entry {
		if i > 2 && i%17 != 0 {
			continue // many short looks, rather than few long ones
		}
		path := filepath.Join(shelf, strings.TrimPrefix(e.Content.Src, "https://psirt.example/csaf/v2.0/white/"))
		if err := readDocument(path); err != nil {
			if errors.Is(err, fs.ErrNotExist) && !exists(dir) {
				return nil
			}
			return err
		}
	}
	return nil
}

func exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, MetadataName))
	return err == nil
}

func readDocument(path string) error {
	for range 10 {
		before, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sig, err := os.ReadFile(path + ".asc")
		if err != nil {
			return err
		}
		hash, err := os.ReadFile(path + ".sha256")
		if err != nil {
			return err
		}
		after, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if string(before) != string(after) {
			continue
		}
		if !strings.Contains(string(sig), sum(before)) || !strings.HasPrefix(string(hash), sum(before)) {
			return fmt.Errorf("%s: the signature or the hash does not fit", path)
		}
		return nil
	}
	return fmt.Errorf("%s changes all the time", path)
}
