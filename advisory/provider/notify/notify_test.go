package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type memory struct {
	values map[string][]byte
	vers   map[string]int64
}

func (m *memory) Get(_ context.Context, key string) ([]byte, int64, error) {
	return m.values[key], m.vers[key], nil
}
func (m *memory) Put(_ context.Context, key string, version int64, value []byte) error {
	if m.vers[key] != version {
		return errors.New("conflict")
	}
	m.values[key], m.vers[key] = value, version+1
	return nil
}
func (m *memory) List(_ context.Context, prefix, after string, n int) ([]string, error) {
	var keys []string
	for k := range m.values {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys[:min(n, len(keys))], nil
}

type outbox struct {
	mails []Mail
	fail  string
}

func (o *outbox) Send(_ context.Context, m Mail) error {
	if m.To == o.fail {
		return errors.New("mailbox is full")
	}
	o.mails = append(o.mails, m)
	return nil
}

type world struct {
	*Desk
	out *outbox
	mem *memory
	now time.Time
}

func newWorld() *world {
	w := &world{out: &outbox{}, mem: &memory{map[string][]byte{}, map[string]int64{}}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.Desk = &Desk{
		State: w.mem, Sender: w.out, Key: []byte(strings.Repeat("k", 32)), URL: "https://psirt.example/subscribe",
		Team: "Example PSIRT", Now: func() time.Time { return w.now },
	}
	return w
}

var link = regexp.MustCompile(`https://psirt\.example/subscribe/(confirm|leave)\?t=(\S+)`)

func tokenOf(t *testing.T, m Mail) string {
	found := link.FindStringSubmatch(m.Text)
	require.NotNil(t, found)
	u, err := url.QueryUnescape(strings.TrimSuffix(found[2], ">"))
	require.NoError(t, err)
	return u
}

func (w *world) join(t *testing.T, address string) {
	require.NoError(t, w.Subscribe(t.Context(), address))
	require.NoError(t, w.Confirm(t.Context(), tokenOf(t, w.out.mails[len(w.out.mails)-1])))
}

func TestDoubleOptIn(t *testing.T) {
	w := newWorld()
	ctx := t.Context()
	n := Notice{ID: "EX-1900-0001 1", Subject: "EX-1900-0001", Text: "A new advisory."}
	require.NoError(t, w.Subscribe(ctx, "ada@a.example"))
	require.NoError(t, w.Subscribe(ctx, "ada@a.example"), "nobody is flooded")
	require.Len(t, w.out.mails, 1)
	done, err := w.Announce(ctx, n, 10)
	require.NoError(t, err)
	require.True(t, done)
	require.Len(t, w.out.mails, 1, "without confirmation nothing is sent")

	confirm := tokenOf(t, w.out.mails[0])
	for _, bad := range []string{"", confirm + "x", strings.Replace(confirm, confirm[:4], "0000", 1), w.token("leave", w.who("ada@a.example"), w.now)} {
		require.ErrorIs(t, w.Confirm(ctx, bad), ErrLink)
	}
	require.NoError(t, w.Confirm(ctx, confirm))
	w.join(t, "bob@b.example")
	require.NoError(t, w.Subscribe(ctx, "ADA@a.example"), "who is subscribed is told nothing new")
	w.out.mails = nil
	done, err = w.Announce(ctx, n, 1)
	require.NoError(t, err)
	require.False(t, done)
	done, err = w.Announce(ctx, n, 10)
	require.NoError(t, err)
	require.True(t, done)
	require.Len(t, w.out.mails, 2)
	for i, m := range w.out.mails {
		require.NotContains(t, m.Text, w.out.mails[1-i].To, "nobody sees the address of another")
		require.Equal(t, "List-Unsubscribe=One-Click", m.Header["List-Unsubscribe-Post"])
		require.NotContains(t, fmt.Sprintf("%+v", m), m.To)
	}
	_, err = w.Announce(ctx, n, 10)
	require.NoError(t, err)
	require.Len(t, w.out.mails, 2, "nothing twice")
	n.Text = "Another text."
	_, err = w.Announce(ctx, n, 10)
	require.ErrorIs(t, err, ErrChanged)
	got, err := w.Deliveries(ctx, n.ID, "", 10)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, got[0].Digest, got[1].Digest, "the same bytes for all")

	require.NoError(t, w.Leave(ctx, tokenOf(t, w.out.mails[0])))
	require.NoError(t, w.Leave(ctx, tokenOf(t, w.out.mails[0])))
	for k, v := range w.mem.values {
		require.NotContains(t, string(v), w.out.mails[0].To, k)
	}
	gone := w.out.mails[0].To
	w.out.mails = nil
	_, err = w.Announce(ctx, Notice{ID: "2", Text: "x"}, 10)
	require.NoError(t, err)
	require.Len(t, w.out.mails, 1)
	require.NotEqual(t, gone, w.out.mails[0].To)

	for _, bad := range []string{"", "x", "a@b.example, c@d.example", "A <a@b.example>", "a@b.example\r\nBcc: c@d.example"} {
		require.ErrorIs(t, w.Subscribe(ctx, bad), ErrAddress, bad)
	}
	w.Key = w.Key[:10]
	require.ErrorIs(t, w.Subscribe(ctx, "c@c.example"), ErrConfig)
}

func TestConfirmationExpires(t *testing.T) {
	w := newWorld()
	require.NoError(t, w.Subscribe(t.Context(), "ada@a.example"))
	w.now = w.now.Add(ConfirmWithin + time.Second)
	require.ErrorIs(t, w.Confirm(t.Context(), tokenOf(t, w.out.mails[0])), ErrLink)
}

func TestOneBadAddressStopsNobody(t *testing.T) {
	w := newWorld()
	for _, a := range []string{"a@a.example", "b@a.example", "c@a.example"} {
		w.join(t, a)
	}
	w.out.mails, w.out.fail = nil, "b@a.example"
	done, err := w.Announce(t.Context(), Notice{ID: "1", Text: "x"}, 10)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "b@a.example")
	require.False(t, done)
	require.Len(t, w.out.mails, 2)
	w.out.fail = ""
	done, err = w.Announce(t.Context(), Notice{ID: "1", Text: "x"}, 10)
	require.NoError(t, err)
	require.True(t, done)
	require.Len(t, w.out.mails, 3)
}

func TestHandler(t *testing.T) {
	w := newWorld()
	do := func(method, target, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, r)
		return rec
	}
	require.Equal(t, 200, do("POST", "/subscribe", "address=ada%40a.example").Code)
	at := "/subscribe/confirm?t=" + url.QueryEscape(tokenOf(t, w.out.mails[0]))
	require.Equal(t, 200, do("GET", at, "").Code)
	_, err := w.Announce(t.Context(), Notice{ID: "0"}, 10)
	require.NoError(t, err)
	require.Len(t, w.out.mails, 1, "a GET confirms nothing")
	require.Equal(t, 200, do("POST", at, "").Code)
	_, err = w.Announce(t.Context(), Notice{ID: "1", Text: "x"}, 10)
	require.NoError(t, err)
	require.Len(t, w.out.mails, 2)
	leave := strings.Trim(w.out.mails[1].Header["List-Unsubscribe"], "<>")
	require.Equal(t, 200, do("POST", strings.TrimPrefix(leave, "https://psirt.example"), "List-Unsubscribe=One-Click").Code)
	_, err = w.Announce(t.Context(), Notice{ID: "2", Text: "x"}, 10)
	require.NoError(t, err)
	require.Len(t, w.out.mails, 2)
	require.Equal(t, 400, do("POST", "/subscribe/leave?t=x", "").Code)
	page := do("GET", "/subscribe/confirm?t=%22%3E%3Cscript%3E", "")
	require.NotContains(t, page.Body.String(), "<script>")
	require.Equal(t, http.StatusMethodNotAllowed, do("PUT", "/subscribe", "").Code)
}

func TestPrenotification(t *testing.T) {
	w := newWorld()
	pub := w.now.Add(10 * 24 * time.Hour)
	day := 24 * time.Hour
	agreed := Agreement{Reference: "contract 7", Signed: w.now.Add(-day)}
	list := []Customer{
		{ID: "early", Address: "e@e.example", Agreement: agreed, Lead: 14 * day},
		{ID: "late", Address: "l@l.example", Agreement: agreed, Lead: 2 * day},
		{ID: "none", Address: "n@n.example", Lead: 14 * day},
		{ID: "ends", Address: "x@x.example", Agreement: Agreement{"contract 8", w.now.Add(-day), pub.Add(-day)}, Lead: 14 * day},
		{ID: "other", Address: "o@o.example", Agreement: agreed, Lead: 14 * day, Products: []string{"printer"}},
	}
	due, next := Due(list, []string{"parser"}, pub, w.now)
	require.Len(t, due, 1)
	require.Equal(t, "early", due[0].ID)
	require.Equal(t, pub.Add(-2*day), next)
	n := Notice{ID: "pre EX-1900-0001", Subject: "Confidential", Text: "An update comes on Monday.", Files: []File{{"a.json", []byte("{}")}}}
	require.NoError(t, w.Prenotify(t.Context(), n, due))
	require.NoError(t, w.Prenotify(t.Context(), n, due))
	require.Len(t, w.out.mails, 1)
	require.True(t, w.out.mails[0].Encrypt)
	due, next = Due(list, []string{"parser"}, pub, pub)
	require.Empty(t, due)
	require.True(t, next.IsZero())
}
