package feeds_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"html/template"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/examples/desk/internal/demo"
	"github.com/cvdkit/cvdkit/examples/desk/internal/feeds"
	"github.com/cvdkit/cvdkit/examples/desk/internal/views"
)

// house is a desk of three members: ana and ben each have a group, zoe sees everything.
type house struct {
	t       *testing.T
	cfg     cvd.Config
	svc     *service.Service
	members map[string]feeds.Staff
	pages   *http.ServeMux
	tokens  http.Handler
}

var now = time.Date(2026, 11, 27, 12, 5, 0, 0, time.UTC)

func newHouse(t *testing.T, secret ...string) *house {
	clock := func() time.Time { return now }
	h := &house{t: t, pages: http.NewServeMux(), members: map[string]feeds.Staff{"zoe": {Name: "zoe", Groups: []cvd.Private{cvd.EveryGroup}}}}
	for _, m := range demo.Members() {
		h.members[m.Login] = feeds.Staff{Name: m.Login, Groups: m.Groups}
	}
	store, state, blobs := memstore.New(), memstore.NewState(), memstore.NewBlobs(clock)
	h.cfg = cvd.Config{Store: store, State: state, Blobs: blobs, Secret: bytes.Repeat([]byte(append(secret, "demo")[0]), 8), Now: clock, Team: cvd.Team{Name: "Example PSIRT"}}
	var err error
	h.svc, err = service.New(h.cfg)
	require.NoError(t, err)
	f, err := feeds.New(feeds.Config{
		Service: h.svc, State: state, Team: "Example PSIRT", Now: clock, Side: storecopy.Side{Service: h.svc, Store: store, Blobs: blobs, State: state},
		Staff: func(r *http.Request) (feeds.Staff, bool) {
			s, ok := h.members[r.Header.Get("Who")]
			return s, ok
		},
		Member: func(_ context.Context, name string) (feeds.Staff, bool) {
			s, ok := h.members[name]
			return s, ok
		},
		Show: func(w http.ResponseWriter, _ *http.Request, title string, body template.HTML) error {
			_, err := io.WriteString(w, "<h1>"+title+"</h1>"+string(body))
			return err
		},
		OnError: func(_ context.Context, err error) { t.Error(err) },
	})
	require.NoError(t, err)
	f.Pages(func(pattern, _ string, p http.Handler) { h.pages.Handle(pattern, p) })
	h.tokens = f.Tokens()
	return h
}

func (h *house) do(who string, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	r.Header.Set("Who", who)
	h.pages.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (h *house) get(who, path string) (int, string) {
	return h.do(who, httptest.NewRequest("GET", "http://desk.example"+path, nil))
}

func (h *house) post(who, path string, form url.Values) (int, string) {
	r := httptest.NewRequest("POST", "http://desk.example"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.do(who, r)
}

var addressForm = regexp.MustCompile(`http://desk\.example(/feed/[^"]+)"`)

// address makes a new address and returns its path.
func (h *house) address(who, kind string) string {
	code, body := h.post(who, "/exchange/token", url.Values{"kind": {kind}, "do": {"renew"}})
	require.Equal(h.t, 200, code)
	m := addressForm.FindStringSubmatch(body)
	require.NotNil(h.t, m, body)
	return m[1]
}

func (h *house) fetch(path string) (int, string) {
	w := httptest.NewRecorder()
	h.tokens.ServeHTTP(w, httptest.NewRequest("GET", "http://desk.example"+path, nil))
	return w.Code, w.Body.String()
}

func (h *house) open(by, title string, more ...cvd.Command) *cvd.Case {
	c, err := h.svc.Do(h.t.Context(), cvd.CaseID{}, cvd.By{Actor: cvd.Private(by)}, append([]cvd.Command{
		cvd.Open{Origin: cvd.OriginOutbound, Title: cvd.Private(title)}}, more...)...)
	require.NoError(h.t, err)
	return c
}

func TestTokensOpenAndEnd(t *testing.T) {
	h := newHouse(t)
	for _, kind := range []string{"calendar", "changes"} {
		path := h.address("ana", kind)
		code, _ := h.fetch(path)
		require.Equal(t, 200, code)
		_, page := h.get("ana", "/exchange")
		require.NotContains(t, page, path, "it is shown once")

		ext := path[strings.LastIndex(path, "."):]
		slot, secret, _ := strings.Cut(strings.TrimSuffix(path, ext), "~")
		flipped := []byte(secret)
		flipped[0] ^= 1
		other := h.address("ben", kind)
		otherSlot, _, _ := strings.Cut(other, "~")
		for _, wrong := range []string{slot + ext, slot + "~" + ext, slot + "~" + string(flipped) + ext, otherSlot + "~" + secret + ext, slot + "~" + secret,
			slot + "~" + secret + map[string]string{".ics": ".atom", ".atom": ".ics"}[ext], "/feed/~" + ext, "/feed/" + strings.Repeat("0", 24) + "~" + ext} {
			code, body := h.fetch(wrong)
			require.Equal(t, 404, code, wrong)
			require.NotContains(t, body, "ana")
		}

		again := h.address("ana", kind)
		code, _ = h.fetch(path)
		require.Equal(t, 404, code, "a new address ends the old one")
		code, _ = h.fetch(again)
		require.Equal(t, 200, code)
		code, _ = h.post("ana", "/exchange/token", url.Values{"kind": {kind}, "do": {"revoke"}})
		require.Equal(t, 200, code)
		code, _ = h.fetch(again)
		require.Equal(t, 404, code)
		code, _ = h.fetch(other)
		require.Equal(t, 200, code, "the other's goes on")
		staff := h.members["ben"]
		delete(h.members, "ben")
		code, _ = h.fetch(other)
		require.Equal(t, 404, code, "who has left has no feed")
		h.members["ben"] = staff
	}
}

// State holds no token in clear.
func TestTokensAreKeptAsDigests(t *testing.T) {
	h := newHouse(t)
	path := h.address("ana", "calendar")
	_, secret, _ := strings.Cut(strings.TrimSuffix(path, ".ics"), "~")
	keys, err := h.cfg.State.List(t.Context(), "desk/feed/", "", 10)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	value, _, err := h.cfg.State.Get(t.Context(), keys[0])
	require.NoError(t, err)
	require.NotContains(t, keys[0]+string(value), secret)
}

func TestFeedsTellWhatTheirMemberMaySee(t *testing.T) {
	h := newHouse(t)
	_, err := demo.Load(t.Context(), h.cfg)
	require.NoError(t, err)
	seen := func(who string) map[string]string { // titles by number
		out := map[string]string{}
		p, err := h.svc.Find(t.Context(), cvd.Viewer{Team: true, Groups: h.members[who].Groups}, service.Filter{}, "", 100)
		require.NoError(t, err)
		for _, x := range p.Cases {
			out[x.Number] = string(x.Title)
		}
		return out
	}
	all := seen("zoe")
	for _, who := range []string{"ana", "ben"} {
		mine := seen(who)
		require.Less(t, len(mine), len(all))
		for _, path := range []string{h.address(who, "calendar"), h.address(who, "changes")} {
			code, body := h.fetch(path)
			require.Equal(t, 200, code)
			require.Contains(t, body, "CVD-2026-")
			unfolded := strings.ReplaceAll(body, "\r\n ", "")
			for number, title := range all {
				require.NotContains(t, unfolded, title, "what a case is about stays at the desk")
				if mine[number] == "" {
					require.NotContains(t, unfolded, number)
				}
			}
		}
		_, list := h.get(who, "/cases.csv?view=all")
		for number, title := range all {
			require.Equal(t, mine[number] != "", strings.Contains(list, number))
			require.Equal(t, mine[number] != "", strings.Contains(list, title), title)
		}
	}
}

func TestCalendar(t *testing.T) {
	h := newHouse(t)
	_, err := demo.Load(t.Context(), h.cfg)
	require.NoError(t, err)
	_, body := h.fetch(h.address("cleo", "calendar"))
	require.True(t, strings.HasPrefix(body, "BEGIN:VCALENDAR\r\n"))
	events := strings.Count(body, "BEGIN:VEVENT\r\n")
	items, _, err := h.svc.Agenda(t.Context(), cvd.Viewer{Team: true, Groups: h.members["cleo"].Groups}, now.AddDate(1, 0, 0))
	require.NoError(t, err)
	require.Equal(t, len(items), events, "every due date is there")
	require.Equal(t, events, strings.Count(body, "\r\nCLASS:PRIVATE\r\n"))
	uids := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^UID:(.*)\r$`).FindAllStringSubmatch(strings.ReplaceAll(body, "\r\n ", ""), -1) {
		uids[m[1]] = true
	}
	require.Len(t, uids, events)
}

func TestChanges(t *testing.T) {
	h := newHouse(t)
	c := h.open("ana", "secret title", cvd.Assign{To: "ana"})
	h.open("ben", "of another", cvd.Assign{To: "ben"})
	path := h.address("ana", "changes")
	count := func() []string {
		_, body := h.fetch(path)
		var feed struct {
			Entry []struct {
				ID      string `xml:"id"`
				Updated string `xml:"updated"`
			} `xml:"entry"`
		}
		require.NoError(t, xml.Unmarshal([]byte(body), &feed))
		ids := []string{}
		for _, e := range feed.Entry {
			require.NotEmpty(t, e.Updated)
			ids = append(ids, e.ID)
		}
		return ids
	}
	require.Empty(t, count(), "what she did herself is no news")
	_, err := h.svc.Do(t.Context(), c.ID, cvd.By{Actor: "cleo"}, cvd.PostMessage{Text: "look at this"})
	require.NoError(t, err)
	first := count()
	require.Len(t, first, 1)
	require.Equal(t, first, count(), "the same until something changes")
	_, err = h.svc.Do(t.Context(), c.ID, cvd.By{Actor: "cleo"}, cvd.PostMessage{Text: "and at this"})
	require.NoError(t, err)
	second := count()
	require.Len(t, second, 1)
	require.NotEqual(t, first, second)
	_, err = h.svc.Do(t.Context(), c.ID, cvd.By{Actor: "ana"}, cvd.PostMessage{Text: "seen"})
	require.NoError(t, err)
	require.Empty(t, count())
}

func TestListIsSafeForSpreadsheets(t *testing.T) {
	h := newHouse(t)
	for _, title := range []string{"=HYPERLINK(\"http://evil.example\")", "+1", "-1", "@SUM(A1)", "  =1", "＝1+1", "|x", "%x"} {
		h.open("ana", title, cvd.Assign{To: "=ana"})
	}
	h.open("ana", "a \"quoted\", title of one line")
	_, body := h.get("ana", "/cases.csv?view=all")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 10)
	for _, row := range rows {
		for _, c := range row {
			require.NotRegexp(t, `^[\s\x{feff}]*[=+\-@|%＝＋－＠]`, c)
		}
	}
	require.Contains(t, body, "'=HYPERLINK")
	code, _ := h.get("ana", "/cases.csv?view=nonsense")
	require.Equal(t, 404, code)
}

// Each view has its file, of the same cases as its page, in the words of the pages.
func TestListsInTheWordsOfThePages(t *testing.T) {
	h := newHouse(t)
	_, err := demo.Load(t.Context(), h.cfg)
	require.NoError(t, err)
	got := map[string]map[string]bool{} // what stands in the column of states, by view
	for _, view := range []string{"", "closed", "all", "submissions", "quarantine"} {
		code, body := h.get("zoe", "/cases.csv?view="+view)
		require.Equal(t, 200, code)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		require.Greater(t, len(rows), 1, view)
		require.Equal(t, []string{"state", "embargo", "embargo ends", "severity"}, rows[0][3:7])
		got[view] = map[string]bool{}
		for _, row := range rows[1:] {
			got[view][row[3]] = true
			require.Contains(t, []string{"Submission", "Quarantine", "Dismissed", "Merged", "To be triaged", "Not valid", "Valid", "Deferred", "In work", "Closed"}, row[3])
			require.Contains(t, []string{"Proposed", "In force", "In force, change proposed", "Ended", "None"}, row[4])
			require.Contains(t, []string{"None", "Low", "Medium", "High", "Critical", "Not rated"}, row[6])
		}
	}
	require.Equal(t, map[string]bool{"Submission": true}, got["submissions"])
	require.Equal(t, map[string]bool{"Quarantine": true}, got["quarantine"])
	require.NotContains(t, got[""], "Submission", "the page has them in a list of their own")
	require.Contains(t, got["all"], "Submission")
	_, page := h.get("zoe", "/exchange")
	for _, v := range views.All[1:] {
		require.Contains(t, page, `href="/cases.csv?view=`+v.Name+`"`)
	}
	require.Contains(t, page, `href="/measures"`)
}

// The views that no index has tell why a case stands in them.
func TestListsOfWhatIsToBeDone(t *testing.T) {
	h := newHouse(t)
	_, err := demo.Load(t.Context(), h.cfg)
	require.NoError(t, err)
	read := func(view string) (out []map[string]string) {
		code, body := h.get("zoe", "/cases.csv?view="+view)
		require.Equal(t, 200, code, view)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		for _, row := range rows[1:] {
			x := map[string]string{}
			for i, name := range rows[0] {
				x[name] = row[i]
			}
			out = append(out, x)
		}
		require.NotEmpty(t, out, view)
		require.Less(t, len(out), 20, view)
		return out
	}
	open := len(read(""))
	ours, silent, bouncing := read("ours"), read("silent"), read("bouncing")
	require.Equal(t, open-1, len(ours), "one waits for a vendor")
	for _, x := range ours {
		require.Equal(t, "us", x["whose turn"])
		require.NotEmpty(t, x["what to do"])
	}
	for _, x := range silent {
		require.NotEqual(t, "0", x["silent vendors"])
		require.Contains(t, x["open vendors"], "silent")
	}
	for _, x := range bouncing {
		require.Contains(t, x["bouncing addresses"], "@")
	}
}

func (h *house) take(who string, data []byte, fields map[string]string) string {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		require.NoError(h.t, m.WriteField(k, v))
	}
	w, err := m.CreateFormFile("archive", "x.zip")
	require.NoError(h.t, err)
	_, err = w.Write(data)
	require.NoError(h.t, err)
	require.NoError(h.t, m.Close())
	r := httptest.NewRequest("POST", "http://desk.example/exchange/import", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	code, body := h.do(who, r)
	require.Equal(h.t, 200, code, body)
	return body
}

func (h *house) count() int {
	p, err := h.svc.Find(h.t.Context(), cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, service.Filter{}, "", 1000)
	require.NoError(h.t, err)
	return len(p.Cases)
}

func TestArchiveOfAllImportedTwice(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	_, err := demo.Load(t.Context(), from.cfg)
	require.NoError(t, err)
	code, _ := from.get("cleo", "/exchange/all.zip")
	require.Equal(t, 403, code, "it goes past groups")
	code, file := from.get("zoe", "/exchange/all.zip")
	require.Equal(t, 200, code)
	require.Contains(t, to.take("cleo", []byte(file), nil), "Nothing was imported")
	require.Zero(t, to.count())
	for range 2 {
		require.Contains(t, to.take("zoe", []byte(file), nil), "was imported")
		require.Equal(t, from.count(), to.count())
	}
	_, a := from.get("zoe", "/cases.csv?view=all")
	_, b := to.get("zoe", "/cases.csv?view=all")
	require.Equal(t, a, b)

	other := newHouse(t, "else")
	require.Contains(t, other.take("zoe", []byte(file), nil), "another secret")
	require.Zero(t, other.count())
	require.Contains(t, other.take("zoe", []byte(file[:len(file)/2]), nil), "Nothing was imported")
}

func TestCaseHandedOverAndTakenInTwice(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	c := from.open("ana", "Handed over", cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	code, _ := from.get("ben", "/exchange/case.zip?number="+c.Number)
	require.Equal(t, 404, code, "not open to his group")
	code, file := from.get("ana", "/exchange/case.zip?number="+c.Number)
	require.Equal(t, 200, code)
	require.Contains(t, to.take("ben", []byte(file), map[string]string{"name": "<script>"}), "Say from whom it is")
	for range 2 {
		body := to.take("ben", []byte(file), map[string]string{"organization": "Other CERT", "email": "cert@other.example"})
		require.Contains(t, body, "The case was taken in")
		require.Equal(t, 1, to.count())
	}
	body := to.take("ben", []byte("PK nonsense"), map[string]string{"name": "<script>alert(1)</script>"})
	require.Contains(t, body, "no archive")
	require.NotContains(t, body, "<script>")
	require.Contains(t, body, "&lt;script&gt;", "what was typed is kept")
}

func TestMeasures(t *testing.T) {
	h := newHouse(t)
	_, err := demo.Load(t.Context(), h.cfg)
	require.NoError(t, err)
	code, body := h.get("cleo", "/measures")
	require.Equal(t, 200, code)
	require.Contains(t, body, "acknowledge")
	for _, path := range []string{"/measures.csv", "/measures.csv?of=cases", "/measures.csv?of=year"} {
		code, text := h.get("cleo", path)
		require.Equal(t, 200, code)
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		_, err := r.ReadAll()
		require.NoError(t, err)
	}
	_, svg := h.get("cleo", "/measures.svg")
	require.NoError(t, xml.Unmarshal([]byte(svg), new(any)))
	code, _ = h.get("cleo", "/measures?year=1066")
	require.Equal(t, 404, code)
	// Only what one may see is counted.
	_, mine := h.get("ben", "/measures.csv?of=cases")
	_, theirs := h.get("zoe", "/measures.csv?of=cases")
	require.Less(t, strings.Count(mine, "\n"), strings.Count(theirs, "\n"))
}

func TestNobodyGetsNothing(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/exchange", "/measures", "/measures.csv", "/measures.svg", "/cases.csv", "/exchange/all.zip", "/exchange/case.zip"} {
		code, _ := h.get("nobody", path)
		require.Equal(t, 401, code, path)
	}
}
