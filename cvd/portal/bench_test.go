package portal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Reports a second through the form, with a file of 1 MiB, beside the Service alone
// that takes the same: "portal/service" is the price of form and pages.
func BenchmarkReport(b *testing.B) {
	s := newSite(b)
	content := strings.Repeat("x", 1<<20)
	page := s.browser().get("/")
	s.pass(time.Minute)
	var took [2]time.Duration
	for i := 0; b.Loop(); i++ {
		begin := time.Now()
		w := s.browser().post("/", sent{name: "token", value: page.token()}, sent{name: "product", value: "x"},
			sent{name: "description", value: fmt.Sprint("bench ", i)}, sent{"files", "f", content})
		took[0] += time.Since(begin)
		require.Equal(b, 200, w.code)
		begin = time.Now()
		up, err := s.svc.Upload(context.Background(), cvd.CaseID{}, strings.NewReader(content))
		require.NoError(b, err)
		code, err := s.svc.NewCode()
		require.NoError(b, err)
		_, err = s.svc.Do(context.Background(), cvd.CaseID{}, cvd.By{}, cvd.Receive{Submission: true, Quiet: true, Title: "x",
			Summary: "y", Files: []cvd.File{{Name: "f", Content: up}}}, cvd.GrantAccess{Party: 2, Code: code})
		require.NoError(b, err)
		took[1] += time.Since(begin)
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "portal/service")
	b.ReportMetric(float64(b.N)/took[0].Seconds(), "reports/s")
}

// A receipt that opens nothing and one that was revoked cost the same: "revoked/never",
// of the medians, for what else runs on the machine takes its time from either.
func BenchmarkForgedReceipts(b *testing.B) {
	s := newSite(b)
	x := s.browser()
	revoked := x.report()
	s.do(s.cases()[0].ID, cvd.RevokeAccess{Party: 2})
	codes := [2]string{string(service.FormatCode([16]byte{9})), revoked}
	token := x.get("/open").token()
	var took [2][]time.Duration
	for n := 0; b.Loop(); n++ {
		if n%500 == 0 {
			token = x.get("/open").token()
		}
		for j := range codes {
			i := j ^ n&1 // each is first as often as second
			s.pass(time.Minute)
			begin := time.Now()
			a := x.post("/open", sent{name: "token", value: token}, sent{name: "receipt", value: codes[i]})
			took[i] = append(took[i], time.Since(begin))
			require.Equal(b, 403, a.code)
		}
	}
	b.ReportMetric(float64(median(took[1]))/float64(median(took[0])), "revoked/never")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
