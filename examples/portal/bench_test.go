package main

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// Pages of the portal on SQLite, of which one file holds 1,000 cases and the other
// 100,000: "large/small", of the medians, measured in turns. It loads for minutes.
func BenchmarkPages(b *testing.B) {
	var desks [2]*visitor
	for i, n := range []int{1000, 100_000} {
		desks[i] = newVisitor(b, n)
	}
	for _, c := range []struct {
		name string
		get  func(*visitor) *httptest.ResponseRecorder
	}{
		{"form", func(v *visitor) *httptest.ResponseRecorder { return v.get("/") }},
		{"case", func(v *visitor) *httptest.ResponseRecorder { return v.get("/case") }},
		{"open", func(v *visitor) *httptest.ResponseRecorder { return v.open() }},
		{"report", func(v *visitor) *httptest.ResponseRecorder { v.n++; return v.report(fmt.Sprint("bench ", v.n)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took [2][]time.Duration
			for n := 0; b.Loop(); n++ {
				for j := range desks {
					i := j ^ n&1
					begin := time.Now()
					w := c.get(desks[i])
					took[i] = append(took[i], time.Since(begin))
					require.Less(b, w.Code, 400)
				}
			}
			for i := range took {
				slices.Sort(took[i])
			}
			small, large := took[0][len(took[0])/2], took[1][len(took[1])/2]
			b.ReportMetric(float64(large)/float64(small), "large/small")
			b.ReportMetric(small.Seconds()*1e3, "small-ms")
		})
	}
}

// visitor is a browser at a portal with many cases.
type visitor struct {
	t       testing.TB
	h       http.Handler
	cookies map[string]string
	receipt string
	n       int
}

func newVisitor(t testing.TB, cases int) *visitor {
	d, err := openDesk(context.Background(), filepath.Join(t.TempDir(), "portal.db"), 1<<20)
	require.NoError(t, err)
	t.Cleanup(d.close)
	h, err := d.portal("127.0.0.1:0", "")
	require.NoError(t, err)
	v := &visitor{t: t, h: h, cookies: map[string]string{}}
	var wg sync.WaitGroup
	var next atomic.Int64
	for range 16 { // who come together are written together
		wg.Go(func() {
			for i := next.Add(1); i <= int64(cases); i = next.Add(1) {
				_, err := d.svc.Do(context.Background(), cvd.CaseID{}, cvd.By{}, cvd.Receive{
					Submission: true, Quiet: true, Title: cvd.Private(fmt.Sprint("loaded ", i)), Summary: "It overflows.",
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	w := v.report("mine")
	v.receipt = regexp.MustCompile(`(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}`).FindString(w.Body.String())
	require.NotEmpty(t, v.receipt)
	v.open()
	return v
}

func (v *visitor) send(r *http.Request) *httptest.ResponseRecorder {
	for k, x := range v.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: x})
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-cvd-portal" {
			v.cookies[c.Name] = c.Value
		}
	}
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	return v.send(httptest.NewRequest("GET", "http://127.0.0.1"+path, nil))
}

func (v *visitor) post(path, from string, fields ...[2]string) *httptest.ResponseRecorder {
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(v.get(from).Body.String())[1]
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range append([][2]string{{"token", token}}, fields...) {
		require.NoError(v.t, form.WriteField(f[0], f[1]))
	}
	require.NoError(v.t, form.Close())
	r := httptest.NewRequest("POST", "http://127.0.0.1"+path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return v.send(r)
}

func (v *visitor) report(text string) *httptest.ResponseRecorder {
	return v.post("/", "/", [2]string{"product", "Frobnicator"}, [2]string{"description", text})
}

func (v *visitor) open() *httptest.ResponseRecorder {
	return v.post("/open", "/open", [2]string{"receipt", v.receipt})
}
