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
	last   int64
}

func (m *memory) Get(_ context.Context, key string) ([]byte, int64, error) {
	return m.values[key], m.vers[key], nil
}
func (m *memory) Put(_ context.Context, key string, version int64, value []byte) (int64, error) {
	if len(key) > 200 || len(value) > 64<<10 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return 0, errors.New("the key or the value is not allowed")
	}
	if m.vers[key] != version {
		return 0, errors.New("conflict")
	}
	if value == nil {
		delete(m.values, key)
		delete(m.vers, key)
		return 0, nil
	}
	m.last++
	m.values[key], m.vers[key] = value, m.last
	return m.last, nil
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
	gone  string
}

func (o *outbox) Send(_ context.Context, m Mail) error {
	if m.To == o.fail {
		return errors.New("mailbox is full")
	}
	if m.To == o.gone {
		return fmt.Errorf("550: %w", ErrNoMailbox)
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
	w := &world{out: &outbox{}, mem: &memory{values: map[string][]byte{}, vers: map[string]int64{}}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
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
	gone := do("POST", "/subscribe/leave?t=x", "")
	require.Equal(t, 400, gone.Code)
	require.NotContains(t, gone.Body.String(), "Subscribe once more", "who wants to leave is not told to subscribe")
	require.Contains(t, do("POST", "/subscribe/confirm?t=x", "").Body.String(), "Subscribe once more")
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
		{ID: "early /ä", Address: "e@e.example", Agreement: agreed, Lead: 14 * day},
		{ID: "late", Address: "l@l.example", Agreement: agreed, Lead: 2 * day},
		{ID: "none", Address: "n@n.example", Lead: 14 * day},
		{ID: "ends", Address: "x@x.example", Agreement: Agreement{"contract 8", w.now.Add(-day), pub.Add(-day)}, Lead: 14 * day},
		{ID: "other", Address: "o@o.example", Agreement: agreed, Lead: 14 * day, Products: []string{"printer"}},
	}
	due, next := Due(list, []string{"parser"}, pub, w.now)
	require.Len(t, due, 1)
	require.Equal(t, "early /ä", due[0].ID)
	require.Equal(t, pub.Add(-2*day), next)
	n := Notice{ID: "pre EX-1900-0001", Subject: "Confidential", Text: "An update comes on Monday.", Files: []File{{"a.json", []byte("{}")}}}
	require.NoError(t, w.Prenotify(t.Context(), n, due))
	require.NoError(t, w.Prenotify(t.Context(), n, due))
	require.Len(t, w.out.mails, 1)
	require.True(t, w.out.mails[0].Encrypt)
	got, err := w.Deliveries(t.Context(), n.ID, "", 10)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "customer-early /ä", got[0].Who)
	got, err = w.Deliveries(t.Context(), n.ID, got[0].Who, 10)
	require.NoError(t, err)
	require.Empty(t, got)
	require.Error(t, w.Prenotify(t.Context(), n, []Customer{{ID: strings.Repeat("x", 200)}}))
	due, next = Due(list, []string{"parser"}, pub, pub)
	require.Empty(t, due)
	require.True(t, next.IsZero())
}

// Addresses that nobody confirmed are forgotten, a few at a time, and their links with
// them; those that were confirmed stay.
func TestSweep(t *testing.T) {
	w := newWorld()
	ctx := t.Context()
	for i := range 5 {
		require.NoError(t, w.Subscribe(ctx, fmt.Sprintf("old%d@a.example", i)))
	}
	old := tokenOf(t, w.out.mails[0])
	w.join(t, "ada@a.example")
	w.now = w.now.Add(ConfirmWithin)
	require.NoError(t, w.Subscribe(ctx, "new@a.example"))
	fresh := tokenOf(t, w.out.mails[len(w.out.mails)-1])
	n, _, err := w.Sweep(ctx, "", 100)
	require.NoError(t, err)
	require.Zero(t, n, "the links work to the last second")
	w.now = w.now.Add(time.Second)
	total, calls := 0, 0
	for after := ""; ; calls++ {
		var n int
		n, after, err = w.Sweep(ctx, after, 2)
		require.NoError(t, err)
		require.LessOrEqual(t, n, 2)
		if total += n; after == "" {
			break
		}
	}
	require.Equal(t, 5, total)
	require.Greater(t, calls, 1)
	for k, v := range w.mem.values {
		require.NotContains(t, string(v), "old", k)
	}
	require.ErrorIs(t, w.Confirm(ctx, old), ErrLink)
	require.NoError(t, w.Confirm(ctx, fresh))
	count, err := w.Subscribers(ctx)
	require.NoError(t, err)
	require.Equal(t, 2, count)
	done, err := w.Announce(ctx, Notice{ID: "1"}, 10)
	require.NoError(t, err)
	require.True(t, done)
}

// Nobody makes the team send mails without bound, and the number of subscribers has a
// bound too.
func TestCaps(t *testing.T) {
	w := newWorld()
	ctx := t.Context()
	w.MaxPending, w.MaxSubscribers = 10, 12
	for i := range 10 {
		require.NoError(t, w.Subscribe(ctx, fmt.Sprintf("a%d@a.example", i)))
	}
	require.ErrorIs(t, w.Subscribe(ctx, "eleven@a.example"), ErrFull)
	require.NoError(t, w.Subscribe(ctx, "a1@a.example"), "it waits already, and no mail is sent")
	require.Len(t, w.out.mails, 10)
	for _, m := range w.out.mails {
		require.NoError(t, w.Confirm(ctx, tokenOf(t, m)))
		require.NoError(t, w.Confirm(ctx, tokenOf(t, m)), "twice counts once")
	}
	// What is old makes room by itself.
	for i := range 10 {
		require.NoError(t, w.Subscribe(ctx, fmt.Sprintf("b%d@a.example", i)))
	}
	w.now = w.now.Add(ConfirmWithin + time.Second)
	w.out.mails = nil
	for i := range 10 {
		require.NoError(t, w.Subscribe(ctx, fmt.Sprintf("c%d@a.example", i)))
	}
	for i, m := range w.out.mails {
		err := w.Confirm(ctx, tokenOf(t, m))
		if i < 2 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrFull)
		}
	}
	require.NoError(t, w.Leave(ctx, w.token("leave", w.who("a3@a.example"), time.Unix(0, 0))))
	require.NoError(t, w.Confirm(ctx, tokenOf(t, w.out.mails[5])))
	// A number that a crash left wrong is set right.
	delete(w.mem.values, countKey)
	delete(w.mem.vers, countKey)
	n, err := w.Subscribers(ctx)
	require.NoError(t, err)
	require.Equal(t, 12, n)
	require.ErrorIs(t, w.Confirm(ctx, tokenOf(t, w.out.mails[6])), ErrFull)
	require.ErrorIs(t, w.Confirm(ctx, strings.Repeat("x.", 1<<20)), ErrLink)
}

// The mails are the last step of a release: after the advisory, each once, and resumed
// where it broke off. A mailbox that is gone does not hold the step up for ever.
func TestRelease(t *testing.T) {
	w := newWorld()
	ctx := t.Context()
	for _, a := range []string{"a@a.example", "b@a.example", "c@a.example", "d@a.example"} {
		w.join(t, a)
	}
	w.out.mails, w.out.fail, w.out.gone = nil, "b@a.example", "c@a.example"
	public := false
	isPublic := func(context.Context) (bool, error) { return public, nil }
	n := Notice{ID: "GW-2026-0003 release 1: mails", Subject: "GW-2026-0003", Text: "It is public."}
	require.ErrorIs(t, w.Release(ctx, n, isPublic), ErrTooEarly)
	require.Empty(t, w.out.mails)
	public = true
	require.ErrorContains(t, w.Release(ctx, n, isPublic), "mailbox is full")
	require.Len(t, w.out.mails, 2)
	w.out.fail = ""
	for range 2 {
		require.NoError(t, w.Release(ctx, n, isPublic))
		require.Len(t, w.out.mails, 3, "nobody gets it twice")
	}
	got, err := w.Deliveries(ctx, n.ID, "", 10)
	require.NoError(t, err)
	failed := 0
	for _, x := range got {
		if x.Failed {
			failed++
		}
	}
	require.Len(t, got, 4)
	require.Equal(t, 1, failed)
	count, err := w.Subscribers(ctx)
	require.NoError(t, err)
	require.Equal(t, 3, count, "who is gone is subscribed no longer")
	n.Text = "Other text."
	require.ErrorIs(t, w.Release(ctx, n, isPublic), ErrChanged)

	// What need not be kept is forgotten, in steps.
	for _, want := range []bool{false, true} {
		done, err := w.Forget(ctx, n.ID, 3)
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
	got, err = w.Deliveries(ctx, n.ID, "", 10)
	require.NoError(t, err)
	require.Empty(t, got)
}

// The work of a release grows with the subscribers, not with their square.
func TestReleaseIsOnePass(t *testing.T) {
	w := newWorld()
	for i := range 1000 {
		who := w.who(fmt.Sprint(i))
		require.NoError(t, w.save(t.Context(), subPrefix+who, 0, subscriber{fmt.Sprintf("a%d@a.example", i), w.now}))
	}
	c := &counting{State: w.mem}
	w.State = c
	require.NoError(t, w.Release(t.Context(), Notice{ID: "1"}, func(context.Context) (bool, error) { return true, nil }))
	require.Len(t, w.out.mails, 1000)
	require.Less(t, c.lists, 20)
}

type counting struct {
	State
	lists int
}

func (c *counting) List(ctx context.Context, prefix, after string, n int) ([]string, error) {
	c.lists++
	return c.State.List(ctx, prefix, after, n)
}
