package provider

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// BenchmarkPublishAmong10000 publishes one more document among 10,000, and beside it
// writes and fsyncs the same bytes. The metric "x-raw" is the ratio; the bound is 3.
func BenchmarkPublishAmong10000(b *testing.B) {
	s := newSite(b, func(c *Config) { c.Labels = nil })
	var docs []*csaf.Document
	for i := range 10_000 {
		at := start.Add(-time.Duration(i+1) * time.Hour)
		docs = append(docs, document(b, csaf.V20, fmt.Sprintf("EX-1900-%05d", i), at, at, tlp.Clear, "1"))
	}
	require.NoError(b, s.p.Publish(b.Context(), docs...))
	var publish, raw time.Duration
	n := 0
	b.ResetTimer()
	for b.Loop() {
		n++
		b.StopTimer()
		s.now = s.now.Add(time.Minute)
		d := document(b, csaf.V20, fmt.Sprintf("EX-1900-9%05d", n), s.now, s.now, tlp.Clear, "1")
		var wrote [][]byte
		s.p.beforeStep = func(st step) {
			if st.Op == "move" {
				wrote = append(wrote, staged(filepath.Join(s.p.state("staged"), st.From))...)
			}
		}
		b.StartTimer()
		began := time.Now()
		require.NoError(b, s.p.Publish(b.Context(), d))
		publish += time.Since(began)
		b.StopTimer()
		dir := b.TempDir()
		began = time.Now()
		for i, data := range wrote {
			require.NoError(b, writeFile(filepath.Join(dir, fmt.Sprint(i)), data))
		}
		raw += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(publish.Seconds()/raw.Seconds(), "x-raw")
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
// http.FileServer for the same file. The metric "x-fileserver" is the ratio of their
// speeds; the bound is 0.9.
func BenchmarkHandler(b *testing.B) {
	s := newSite(b)
	require.NoError(b, s.p.Publish(b.Context(), document(b, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")))
	own := httptest.NewServer(s.p.Handler())
	defer own.Close()
	std := httptest.NewServer(http.StripPrefix("/.well-known/csaf", http.FileServer(http.Dir(s.cfg.Dir))))
	defer std.Close()
	var a, f time.Duration
	ask := func(srv *httptest.Server, sum *time.Duration) {
		began := time.Now()
		for range 50 {
			r, err := srv.Client().Get(srv.URL + "/.well-known/csaf/v2.0/white/2026/ex-1900-0001.json")
			require.NoError(b, err)
			_, err = io.Copy(io.Discard, r.Body)
			require.NoError(b, err)
			r.Body.Close()
		}
		*sum += time.Since(began)
	}
	for b.Loop() {
		ask(own, &a)
		ask(std, &f)
	}
	b.ReportMetric(f.Seconds()/a.Seconds(), "x-fileserver")
}
