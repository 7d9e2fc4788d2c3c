package pages_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/examples/desk/internal/pages"
)

// site is a desk with a clock of its own, whose staff is whom the header says.
type site struct {
	t     *testing.T
	svc   *service.Service
	state storage.State
	desk  *pages.Desk
	now   time.Time
	blobs storage.BlobStore
}

// upload is how many bytes the files of one form may have.
const upload = 1 << 20

func newSite(t *testing.T) *site {
	s := &site{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), state: memstore.NewState()}
	clock := func() time.Time { return s.now }
	var err error
	s.blobs = memstore.NewBlobs(clock)
	s.svc, err = service.New(cvd.Config{
		Store: memstore.New(), Blobs: s.blobs, State: s.state, Secret: bytes.Repeat([]byte("s"), 32), Now: clock,
		Team: cvd.Team{Name: "Example PSIRT"},
	})
	require.NoError(t, err)
	s.desk, err = pages.New(pages.Config{
		Service: s.svc, State: s.state, Now: clock, Team: "Example PSIRT", Upload: upload,
		Staff: func(r *http.Request) (pages.Staff, bool) {
			who := pages.Staff{Name: r.Header.Get("As")}
			for _, g := range r.Header.Values("Group") {
				who.Groups = append(who.Groups, cvd.Private(g))
			}
			return who, who.Name != ""
		},
		OnError: func(_ context.Context, err error) { t.Error(err) },
	})
	require.NoError(t, err)
	return s
}

// get fetches a page as somebody, of groups.
func (s *site) get(path, as string, groups ...string) (int, string) {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("As", as)
	r.Header["Group"] = groups
	w := httptest.NewRecorder()
	s.desk.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (s *site) do(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	s.t.Helper()
	c, err := s.svc.Do(context.Background(), id, cvd.By{Actor: "ana"}, cmds...)
	require.NoError(s.t, err)
	return c
}

func TestListAndCase(t *testing.T) {
	s := newSite(t)
	c := s.do(cvd.CaseID{}, cvd.Receive{Title: "Overflow <b>in</b> the parser", Summary: "It overflows.", Reporter: cvd.Contact{Email: "rita@reporter.example"}})
	code, body := s.get("/", "ana")
	require.Equal(t, 200, code)
	require.Contains(t, body, c.Number)
	require.Contains(t, body, "Overflow &lt;b&gt;in&lt;/b&gt; the parser")
	code, body = s.get("/cases/"+c.Number, "ana")
	require.Equal(t, 200, code, body)
	require.Contains(t, body, "Overflow &lt;b&gt;in")
	code, _ = s.get("/cases/CVD-2026-00000", "ana")
	require.Equal(t, 404, code)
	code, _ = s.get("/", "")
	require.Equal(t, 401, code)
}
