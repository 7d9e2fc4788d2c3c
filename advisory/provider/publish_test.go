package provider

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const day = 24 * time.Hour

func TestPublishBothTrees(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	old := start.Add(-400 * day)
	require.NoError(t, s.p.Publish(ctx,
		document(t, csaf.V20, "EX-1900-0001", old, old, tlp.Clear, "1"),
		document(t, csaf.V21, "EX-1900-0001", old, old, tlp.Clear, "1"),
		document(t, csaf.V20, "EX-1900-0002", start.Add(-day), start.Add(-day), tlp.Clear, "1"),
		document(t, csaf.V20, "EX-1900-0003", start.Add(-2*day), start.Add(-2*day), tlp.Amber, "1"),
	))
	// Newest change first; 2.0 quotes and 2.1 does not (7.1.13).
	require.Equal(t, "\"2026/ex-1900-0002.json\",\"2026-02-28T12:00:00Z\"\n\"2025/ex-1900-0001.json\",\"2025-01-25T12:00:00Z\"\n",
		s.read(t, "public/v2.0/white/changes.csv"))
	require.Equal(t, "2025/ex-1900-0001.json,2025-01-25T12:00:00Z\n", s.read(t, "public/v2.1/clear/changes.csv"))
	require.Equal(t, "2026/ex-1900-0002.json\n2025/ex-1900-0001.json\n", s.read(t, "public/v2.0/white/index.txt"))
	text := s.read(t, "public/v2.0/white/2026/ex-1900-0002.json")
	require.Equal(t, string(signature(keyA, []byte(text))), s.read(t, "public/v2.0/white/2026/ex-1900-0002.json.asc"))
	require.Equal(t, sum([]byte(text))+"  ex-1900-0002.json\n", s.read(t, "public/v2.0/white/2026/ex-1900-0002.json.sha256"))

	// Nothing above CLEAR is below the public folder (7.1.5).
	require.NoError(t, filepath.WalkDir(s.cfg.Dir, func(path string, _ os.DirEntry, err error) error {
		require.NotContains(t, path, "0003")
		return err
	}))
	s.read(t, "restricted/v2.0/amber/2026/ex-1900-0003.json")
	for _, page := range []string{"index.html", "advisories.atom"} {
		require.NotContains(t, s.read(t, "public/"+page), "0003")
	}

	// The top is a byte copy of the metadata of 2.0; each has its own URL.
	require.Equal(t, s.read(t, "public/v2.0/provider-metadata.json"), s.read(t, "public/provider-metadata.json"))
	for _, v := range []string{"v2.0", "v2.1"} {
		var m Metadata
		require.NoError(t, json.Unmarshal([]byte(s.read(t, "public/"+v+"/provider-metadata.json")), &m))
		require.Equal(t, s.cfg.URL+"/"+v+"/provider-metadata.json", m.CanonicalURL)
		require.Equal(t, []Key{{keyA, s.cfg.URL + "/openpgp/" + keyA + ".asc"}}, m.Keys)
		require.Len(t, m.Distributions, 4)
	}
	// A feed without a document exists too (7.1.15).
	require.Contains(t, s.read(t, "restricted/v2.1/green/csaf-feed-tlp-green.json"), "\"entry\":[\n]")
	checkLists(t, s)
}

// checkLists compares the three lists of each shelf with each other and with the files.
func checkLists(t *testing.T, s *site) {
	t.Helper()
	for _, sh := range s.p.cfg.shelves() {
		var feed struct {
			Feed struct{ Entry []entry }
		}
		data, err := os.ReadFile(sh.file(sh.feed()))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &feed))
		index, err := os.ReadFile(sh.file(indexName))
		require.NoError(t, err)
		f, err := os.Open(sh.file(changesName))
		require.NoError(t, err)
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSuffix(string(index), "\n"), "\n")
		if string(index) == "" {
			lines = nil
		}
		require.Len(t, rows, len(lines))
		require.Len(t, feed.Feed.Entry, len(lines))
		last := time.Time{}
		for i, line := range lines {
			require.Equal(t, line, rows[i][0])
			require.Equal(t, sh.url+line, feed.Feed.Entry[i].Content.Src)
			require.Equal(t, rows[i][1], feed.Feed.Entry[i].Updated)
			at, err := time.Parse(time.RFC3339Nano, rows[i][1])
			require.NoError(t, err)
			require.True(t, last.IsZero() || !at.After(last), "newest first")
			last = at
			text, err := os.ReadFile(sh.file(line))
			require.NoError(t, err)
			sig, err := os.ReadFile(sh.file(line + ".asc"))
			require.NoError(t, err)
			require.Contains(t, string(sig), sum(text))
			d, err := csaf.Parse(text)
			require.NoError(t, err)
			require.Equal(t, d.ID(), feed.Feed.Entry[i].ID)
		}
		items, err := s.p.scan(sh)
		require.NoError(t, err)
		require.Len(t, items, len(lines))
	}
}

// A document can be told where it will be, before it may be published.
func TestURLOf(t *testing.T) {
	s := newSite(t)
	late := start.Add(400 * day) // under an embargo still
	for want, d := range map[string]*csaf.Document{
		"/v2.0/white/2025/ex-1900-0001.json": document(t, csaf.V20, "EX-1900-0001", start.Add(-400*day), start, tlp.Clear, "1"),
		"/v2.1/clear/2027/ex-1900-0002.json": document(t, csaf.V21, "EX-1900-0002", late, late, tlp.Clear, "1"),
		"/v2.0/amber/2026/ex-1900-0003.json": document(t, csaf.V20, "EX-1900-0003", start, start, tlp.Amber, "1"),
	} {
		got, err := s.p.URLOf(d)
		require.NoError(t, err)
		require.Equal(t, s.cfg.URL+want, got)
	}
	_, err := s.p.URLOf(document(t, csaf.V20, "EX-1900-0004", start, start, tlp.Red, "1"))
	require.ErrorIs(t, err, ErrTLP)
}

func TestPublishSameBytesChangesNothing(t *testing.T) {
	s := newSite(t)
	d := document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")
	require.NoError(t, s.p.Publish(t.Context(), d))
	before := s.snapshot(t)
	s.now = s.now.Add(time.Hour)
	s.open(t)
	require.NoError(t, s.p.Publish(t.Context(), d))
	require.NoError(t, s.p.Publish(t.Context()))
	_, err := s.p.Status()
	require.NoError(t, err)
	require.Equal(t, before, s.snapshot(t))
}

// What a document does not change is not written, neither metadata of CSAF 2.0 nor
// anything of the other tree.
func TestRewritesOnlyWhatItMust(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")))
	before := s.snapshot(t)
	s.now = s.now.Add(time.Hour)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0002", s.now, s.now, tlp.Clear, "1")))
	var changed []string
	for name, is := range s.snapshot(t) {
		if was := before[name]; was != is && !strings.Contains(name, "ex-1900-0002") && strings.HasPrefix(name, s.cfg.Dir) {
			changed = append(changed, strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(s.cfg.Dir)+"/"))
		}
	}
	require.ElementsMatch(t, []string{
		"index.html", "advisories.atom", "v2.0/white/index.txt", "v2.0/white/changes.csv", "v2.0/white/csaf-feed-tlp-white.json",
	}, changed)
	// The metadata of 2.1 says when its feeds were updated.
	meta := s.read(t, "public/v2.1/provider-metadata.json")
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V21, "EX-1900-0002", s.now, s.now, tlp.Clear, "1")))
	require.NotEqual(t, meta, s.read(t, "public/v2.1/provider-metadata.json"))
}

// Lines that go and come, in one call and in many, give the lists that a scan gives.
func TestManyChangesOfLists(t *testing.T) {
	s := newSite(t)
	s.now = start.Add(1000 * day)
	rng := rand.New(rand.NewPCG(1, 2))
	revision := map[int]int{}
	for range 12 {
		var docs []*csaf.Document
		for range 1 + rng.IntN(9) {
			i := rng.IntN(20)
			if revision[i] == 9 {
				continue
			}
			revision[i]++
			// Some have the same time.
			at := start.Add(time.Duration(revision[i]*10+rng.IntN(5)) * time.Hour)
			docs = append(docs, document(t, csaf.V20, fmt.Sprintf("EX-1900-%04d", i), start, at, tlp.Clear, fmt.Sprint(revision[i])))
		}
		require.NoError(t, s.p.Publish(t.Context(), docs...))
		checkLists(t, s)
	}
}

func TestUpdate(t *testing.T) {
	s := newSite(t)
	var want []string
	for i := range 7 {
		id := fmt.Sprintf("EX-1900-%04d", i)
		require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, id, start.Add(-time.Duration(i)*time.Hour), start.Add(-time.Duration(i)*time.Hour), tlp.Clear, "1")))
		want = append(want, id)
	}
	checkLists(t, s)
	s.now = start.Add(day)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, want[6], start.Add(-6*time.Hour), s.now, tlp.Clear, "2")))
	checkLists(t, s)
	require.True(t, strings.HasPrefix(s.read(t, "public/v2.0/white/index.txt"), "2026/ex-1900-0006.json\n"))
	// One that belongs in the middle.
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0099", start.Add(-90*time.Minute), start.Add(-90*time.Minute), tlp.Clear, "1")))
	checkLists(t, s)
}

// What real providers got wrong must be refused, with everything else as it was.
func TestRefused(t *testing.T) {
	s := newSite(t)
	good := document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")
	require.NoError(t, s.p.Publish(t.Context(), good))
	before := s.snapshot(t)
	later := start.Add(day)
	for name, c := range map[string]struct {
		doc  *csaf.Document
		want error
	}{
		"a draft":                   {edited(t, document(t, csaf.V20, "EX-1900-0002", start, start, tlp.Clear, "1"), `"final"`, `"draft"`), ErrDraft},
		"an embargo":                {document(t, csaf.V20, "EX-1900-0002", later, later, tlp.Clear, "1"), ErrEmbargo},
		"a label without a feed":    {document(t, csaf.V20, "EX-1900-0002", start, start, tlp.Red, "1"), ErrTLP},
		"a label 2.0 does not have": {document(t, csaf.V21, "EX-1900-0002", start, start, tlp.AmberStrict, "1"), ErrTLP},
		"an edit with old dates":    {edited(t, good, "crafted", "broken"), ErrStale},
		"a name of another ID":      {edited(t, good, "EX-1900-0001", "EX.1900-0001"), nil},
		"stricter than before":      {document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Amber, "2"), ErrTLP},
		"another year":              {document(t, csaf.V20, "EX-1900-0001", start.Add(-400*day), start, tlp.Clear, "2"), ErrTaken},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.p.Publish(t.Context(), c.doc, document(t, csaf.V20, "EX-1900-0009", start, start, tlp.Clear, "1"))
			if c.want == nil {
				require.NoError(t, err) // ex_1900-0001 is a name of its own
				return
			}
			require.ErrorIs(t, err, c.want)
			require.Equal(t, before, s.snapshot(t))
		})
		if c.want == nil {
			before = s.snapshot(t)
		}
	}
	t.Run("what fails a mandatory test", func(t *testing.T) {
		bad := edited(t, document(t, csaf.V20, "EX-1900-0003", start, start, tlp.Clear, "1"), `"known_affected"`, `"known_not_affected"`)
		bad = edited(t, bad, `"P-2"`, `"P-1"`)
		var invalid *InvalidError
		require.ErrorAs(t, s.p.Publish(t.Context(), bad), &invalid)
		require.NotEmpty(t, invalid.Findings)
	})
	t.Run("a key that expires soon", func(t *testing.T) {
		s.cfg.Signer = &testSigner{fpr: keyA, expires: s.now.Add(MinValidity - time.Hour)}
		s.open(t)
		require.ErrorIs(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0007", start, start, tlp.Clear, "1")), ErrKey)
	})
	t.Run("what the host does not approve", func(t *testing.T) {
		s.cfg.Signer = &testSigner{fpr: keyA}
		no := errors.New("under embargo")
		s.cfg.Approve = func(context.Context, *csaf.Document) error { return no }
		s.open(t)
		require.ErrorIs(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0007", start, start, tlp.Clear, "1")), no)
	})
}

func TestSameFileNameOfAnotherID(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX:1900", start, start, tlp.Clear, "1")))
	s.now = start.Add(day)
	require.ErrorIs(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX/1900", start, s.now, tlp.Clear, "2")), ErrTaken)
}

func TestLabelLowered(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Amber, "1")))
	s.now = start.Add(day)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0001", start, s.now, tlp.Clear, "2")))
	require.Empty(t, s.read(t, "restricted/v2.0/amber/index.txt"))
	require.Equal(t, "2026/ex-1900-0001.json\n", s.read(t, "public/v2.0/white/index.txt"))
	// Readers of the old lists may still come; the next change cleans up.
	s.read(t, "restricted/v2.0/amber/2026/ex-1900-0001.json")
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0002", start, start, tlp.Clear, "1")))
	_, err := os.Lstat(filepath.Join(s.dir, "restricted/v2.0/amber/2026/ex-1900-0001.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	checkLists(t, s)
}

// A list that was edited by hand, such as by a merge, is made anew.
func TestDamagedListsAreMended(t *testing.T) {
	for _, name := range []string{"csaf-feed-tlp-white.json", "index.txt", "changes.csv"} {
		s := newSite(t)
		for i := range 3 {
			require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, fmt.Sprint("EX-1900-000", i), start, start, tlp.Clear, "1")))
		}
		file := filepath.Join(s.cfg.Dir, "v2.0/white", name)
		require.NoError(t, os.WriteFile(file, []byte("<<<<<<< HEAD\n"), 0o644))
		require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0003", start, start, tlp.Clear, "1")))
		checkLists(t, s)
		require.NoError(t, os.Remove(file))
		require.NoError(t, s.p.Publish(t.Context()))
		checkLists(t, s)
	}
}

func TestRotate(t *testing.T) {
	s := newSite(t)
	for i := range 5 {
		require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, fmt.Sprint("EX-1900-000", i), start, start, tlp.Clear, "1")))
	}
	text := s.read(t, "public/v2.0/white/2026/ex-1900-0004.json")
	changes := s.read(t, "public/v2.0/white/changes.csv")
	s.cfg.Signer = &testSigner{fpr: keyB}
	s.open(t)
	for _, want := range []int{3, 1, 0} {
		left, err := s.p.Resign(t.Context(), time.Time{}, 2)
		require.NoError(t, err)
		require.Equal(t, want, left)
		var m Metadata
		require.NoError(t, json.Unmarshal([]byte(s.read(t, "public/provider-metadata.json")), &m))
		if want > 0 {
			require.Len(t, m.Keys, 2, "old keys stay while signatures by them are served")
		} else {
			require.Len(t, m.Keys, 1)
			require.Equal(t, keyB, m.Keys[0].Fingerprint)
		}
	}
	require.Equal(t, text, s.read(t, "public/v2.0/white/2026/ex-1900-0004.json"))
	require.Equal(t, changes, s.read(t, "public/v2.0/white/changes.csv"))
	require.Equal(t, string(signature(keyB, []byte(text))), s.read(t, "public/v2.0/white/2026/ex-1900-0004.json.asc"))
	s.read(t, "public/openpgp/"+keyA+".asc")
	st, err := s.p.Status()
	require.NoError(t, err)
	require.Equal(t, Status{Documents: 5, Keys: []string{keyB}}, st)

	// Signatures that grow old are renewed.
	s.now = s.now.Add(100 * day)
	left, err := s.p.Resign(t.Context(), s.now.Add(-50*day), 100)
	require.NoError(t, err)
	require.Zero(t, left)
	checkLists(t, s)
}

func TestResignRefusesAnEditedDocument(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")))
	file := filepath.Join(s.cfg.Dir, "v2.0/white/2026/ex-1900-0001.json")
	text := s.read(t, "public/v2.0/white/2026/ex-1900-0001.json")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(text, "crafted", "edited", 1)), 0o644))
	_, err := s.p.Resign(t.Context(), s.now.Add(day), 10)
	require.ErrorIs(t, err, ErrChanged)
}

func TestWithdraw(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	require.NoError(t, s.p.Publish(ctx,
		document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1"),
		document(t, csaf.V21, "EX-1900-0001", start, start, tlp.Clear, "1")))
	s.now = start.Add(day)
	w := Withdrawal{ID: "EX-1900-0001", Reason: "The parser was not affected after all."}
	require.NoError(t, s.p.Withdraw(ctx, w))
	for _, tree := range []string{"v2.0/white", "v2.1/clear"} {
		d, err := csaf.Parse([]byte(s.read(t, "public/"+tree+"/2026/ex-1900-0001.json")))
		require.NoError(t, err)
		require.Equal(t, "2", d.Revision())
		require.NotContains(t, string(d.JSON()), "vulnerabilities")
		require.Contains(t, string(d.JSON()), w.Reason)
	}
	kept, err := filepath.Glob(filepath.Join(s.cfg.State, "archive/*/*/ex-1900-0001-*.json"))
	require.NoError(t, err)
	require.Len(t, kept, 2)
	checkLists(t, s)
	before := s.snapshot(t)
	s.now = s.now.Add(time.Hour)
	require.NoError(t, s.p.Withdraw(ctx, w))
	after := s.snapshot(t)
	for k := range after {
		if strings.HasPrefix(k, s.cfg.Dir) {
			require.Equal(t, before[k], after[k], k)
		}
	}
	require.ErrorIs(t, s.p.Withdraw(ctx, Withdrawal{ID: "EX-1900-0404", Reason: "x"}), ErrNotFound)
}

func TestConfig(t *testing.T) {
	base := newSite(t).cfg
	for name, f := range map[string]func(*Config){
		"http":                     func(c *Config) { c.URL = "http://psirt.example/csaf" },
		"state is served":          func(c *Config) { c.State = filepath.Join(c.Dir, "state") },
		"restricted is served":     func(c *Config) { c.Restricted = filepath.Join(c.Dir, "x") },
		"public inside restricted": func(c *Config) { c.Restricted = filepath.Dir(c.Dir) },
		"labels without a folder":  func(c *Config) { c.Restricted = "" },
		"no clock":                 func(c *Config) { c.Now = nil },
	} {
		c := base
		f(&c)
		_, err := New(c)
		require.Error(t, err, name)
	}
}

// A step that fails after the commit is done by the next call; what was staged for it
// must still be there.
func TestFailureAfterCommit(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context()))
	block := filepath.Join(s.cfg.Dir, "index.html")
	require.NoError(t, os.Remove(block))
	require.NoError(t, os.MkdirAll(filepath.Join(block, "x"), 0o755))
	d := document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")
	require.ErrorContains(t, s.p.Publish(t.Context(), d), "the next call goes on")
	require.NoError(t, os.RemoveAll(block))
	require.NoError(t, s.p.Publish(t.Context()))
	checkLists(t, s)
	require.Equal(t, "2026/ex-1900-0001.json\n", s.read(t, "public/v2.0/white/index.txt"))
	require.Contains(t, s.read(t, "public/index.html"), "EX-1900-0001")
}

// A step of a release is done once under its ID, whatever came after it.
func TestRelease(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	v20, v21 := document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1"), document(t, csaf.V21, "EX-1900-0001", start, start, tlp.Clear, "1")
	amber := document(t, csaf.V20, "EX-1900-0002", start, start, tlp.Amber, "1")
	_, ok, err := s.p.Released("r1")
	require.NoError(t, err)
	require.False(t, ok)
	first, err := s.p.Release(ctx, "r1", v20, v21, amber)
	require.NoError(t, err)
	require.Equal(t, []string{
		s.cfg.URL + "/v2.0/white/2026/ex-1900-0001.json", s.cfg.URL + "/v2.1/clear/2026/ex-1900-0001.json",
		s.cfg.URL + "/v2.0/amber/2026/ex-1900-0002.json",
	}, first.Documents)
	require.Equal(t, s.cfg.URL+"/advisories/ex-1900-0001.html", first.Pages[0])
	require.Len(t, first.Pages, 2, "none of what is not CLEAR")

	s.now = start.Add(day)
	require.NoError(t, s.p.Publish(ctx, document(t, csaf.V20, "EX-1900-0001", start, s.now, tlp.Clear, "2")))
	require.ErrorIs(t, s.p.Publish(ctx, v20), ErrStale)
	s.cfg.Approve = func(context.Context, *csaf.Document) error { return errors.New("no more") }
	s.open(t)
	before := s.snapshot(t)
	again, err := s.p.Release(ctx, "r1", v20, v21, amber)
	require.NoError(t, err)
	require.Equal(t, first, again)
	_, err = s.p.Release(ctx, "r1", v21)
	require.ErrorIs(t, err, ErrReleased)
	require.Equal(t, before, s.snapshot(t))
	checkLists(t, s)

	// What is refused is not on record, and may be tried again.
	_, err = s.p.Release(ctx, "r2", document(t, csaf.V20, "EX-1900-0003", start, start, tlp.Clear, "1"))
	require.Error(t, err)
	_, ok, err = s.p.Released("r2")
	require.NoError(t, err)
	require.False(t, ok)
}

// Documents that were published by other means are released without being written.
// A crash anywhere leaves both, documents and record, or neither.
func TestReleaseIsOneChange(t *testing.T) {
	for kill := 0; ; kill++ {
		s := newSite(t)
		d := document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")
		n := 0
		s.p.unsafe = true
		crash := errors.New("crash")
		died := func() (err any) {
			defer func() { err = recover() }()
			s.p.beforeStep = func(step) {
				if n++; n > kill {
					panic(crash)
				}
			}
			_, e := s.p.Release(t.Context(), "r1", d)
			require.NoError(t, e)
			return nil
		}()
		s.open(t)
		r, ok, err := s.p.Released("r1")
		require.NoError(t, err)
		require.True(t, ok, "it was committed before step %d", kill)
		require.Len(t, r.Documents, 1)
		checkLists(t, s)
		s.read(t, "public/v2.0/white/2026/ex-1900-0001.json")
		if died == nil {
			break
		}
	}
	s := newSite(t)
	d := document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")
	require.NoError(t, s.p.Publish(t.Context(), d))
	_, err := s.p.Release(t.Context(), "r1", d)
	require.NoError(t, err)
	_, ok, err := s.p.Released("r1")
	require.NoError(t, err)
	require.True(t, ok)
}
