package provider

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// BenchmarkPublishAmong10000 publishes one more document among 10,000, and before and
// after it writes and fsyncs the same bytes: the same files, in a folder beside it.
// The metric "x-raw" is the median of the ratios of single runs; the bound is 3. It
// wants 20 runs or more: -benchtime 20x.
func BenchmarkPublishAmong10000(b *testing.B) {
	s := newSite(b, func(c *Config) { c.Labels = nil })
	var docs []*csaf.Document
	for i := range 10_000 {
		at := start.Add(-time.Duration(i+1) * time.Hour)
		docs = append(docs, document(b, csaf.V20, fmt.Sprintf("EX-1900-%05d", i), at, at, tlp.Clear, "1"))
	}
	s.p.unsafe = true
	require.NoError(b, s.p.Publish(b.Context(), docs...))
	s.p.unsafe = false
	docs = nil
	var wrote [][]byte
	raw := func() float64 {
		dir := filepath.Join(s.dir, "raw")
		require.NoError(b, os.Mkdir(dir, 0o755))
		began := time.Now()
		for i, data := range wrote {
			require.NoError(b, writeFile(filepath.Join(dir, fmt.Sprint(i)), data))
		}
		took := time.Since(began).Seconds()
		require.NoError(b, os.RemoveAll(dir))
		return took
	}
	n := 0
	publish := func() float64 {
		n++
		s.now = s.now.Add(time.Minute)
		d := document(b, csaf.V20, fmt.Sprintf("EX-1900-9%05d", n), s.now, s.now, tlp.Clear, "1")
		began := time.Now()
		require.NoError(b, s.p.Publish(b.Context(), d))
		return time.Since(began).Seconds()
	}
	// What is written once to know what is to be compared with.
	s.p.beforeStep = func(st step) {
		if st.Op == "move" {
			wrote = append(wrote, staged(filepath.Join(s.p.state("staged"), st.From))...)
		}
	}
	publish()
	s.p.beforeStep = nil
	var ratios []float64
	b.ResetTimer()
	for b.Loop() {
		before := raw()
		took := publish()
		ratios = append(ratios, 2*took/(before+raw()))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-raw")
	b.ReportMetric(float64(len(wrote)), "files")
}

func staged(path string) (list [][]byte) {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if !info.IsDir() {
		data, _ := os.ReadFile(path)
		return [][]byte{data}
	}
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		list = append(list, staged(filepath.Join(path, e.Name()))...)
	}
	return list
}

// BenchmarkHandler asks for a document over a loopback connection, and beside it
// http.FileServer for the same file. The metric "x-fileserver" is the median of the
// ratios of their speeds; the bound is 0.9. BenchmarkServeHTTP is the same without
// the connection, where the handlers themselves are all that there is.
func BenchmarkHandler(b *testing.B) {
	own, std := handlers(b)
	a, c := httptest.NewServer(own), httptest.NewServer(std)
	defer a.Close()
	defer c.Close()
	ask := func(srv *httptest.Server) {
		r, err := srv.Client().Get(srv.URL + benchDocument)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, r.Body)
		require.NoError(b, err)
		r.Body.Close()
	}
	compare(b, 50, func() { ask(a) }, func() { ask(c) })
}

func BenchmarkServeHTTP(b *testing.B) {
	own, std := handlers(b)
	ask := func(h http.Handler) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, benchDocument, nil))
		if w.Code != http.StatusOK || w.Body.Len() < 1000 {
			b.Fatal(w.Code)
		}
	}
	compare(b, 200, func() { ask(own) }, func() { ask(std) })
}

const benchDocument = "/.well-known/csaf/v2.0/white/2026/ex-1900-0001.json"

func handlers(b *testing.B) (own, std http.Handler) {
	s := newSite(b)
	require.NoError(b, s.p.Publish(b.Context(), document(b, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")))
	return s.p.Handler(), http.StripPrefix("/.well-known/csaf", http.FileServer(http.Dir(s.cfg.Dir)))
}

// compare reports the median of how much faster own answers than std, in turns.
func compare(b *testing.B, n int, own, std func()) {
	run := func(ask func()) float64 {
		began := time.Now()
		for range n {
			ask()
		}
		return time.Since(began).Seconds()
	}
	var ratios []float64
	for b.Loop() {
		before := run(std)
		took := run(own)
		ratios = append(ratios, (before+run(std))/2/took)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-fileserver")
}
