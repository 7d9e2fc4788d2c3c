package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// house is a team whose desk runs as several processes on one database.
type house struct {
	t    *testing.T
	bin  string
	args []string
	mail *mailServer
	all  []*program
	c    *http.Client // logged in
}

// newHouse starts n processes at once: one of them makes the tables, the secret and the
// key.
func newHouse(t *testing.T, m *mailServer, n int, args ...string) *house {
	h := &house{t: t, bin: build(t), mail: m, args: append(append(args, "-files", filepath.Join(t.TempDir(), "desk")), m.flags...)}
	m.use(t)
	for range n {
		h.all = append(h.all, launch(t, h.bin, h.args...))
	}
	for _, p := range h.all {
		p.ready(t)
	}
	var err error
	h.c, err = h.all[0].staff()
	require.NoError(t, err)
	return h
}

// wake has every process do what is due, at the same time.
func (h *house) wake() {
	var wg sync.WaitGroup
	for _, p := range h.all {
		wg.Go(func() {
			if r, err := http.Post(p.base()+"/", "text/plain", nil); err == nil {
				r.Body.Close()
			}
		})
	}
	wg.Wait()
}

// wait wakes them until something holds.
func (h *house) wait(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if h.wake(); holds() {
			return
		}
	}
	for _, p := range h.all {
		p.kill()
		h.t.Log(p.says.String())
	}
	h.t.Fatal("it did not come: " + what)
}

// page is one of the team's, without what differs each time that it is made.
func (h *house) page(p *program, path string) string {
	h.t.Helper()
	text, err := fetch(h.c, p.base()+path)
	require.NoError(h.t, err)
	_, text, ok := strings.Cut(text, "<main")
	require.True(h.t, ok)
	return regexp.MustCompile(`name="(csrf|command|seq)" value="[^"]*"`).ReplaceAllString(html.UnescapeString(text), "")
}

// same is a page that all processes show alike.
func (h *house) same(path string) (text string) {
	h.t.Helper()
	for range 20 { // what one records between two looks is on one of them only
		var all []string
		for _, p := range h.all {
			all = append(all, h.page(p, path))
		}
		alike := true
		for _, x := range all {
			alike = alike && x == all[0]
		}
		if text = all[0]; alike {
			return text
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.t.Fatal("the processes show different pages at " + path)
	return ""
}

// post sends a form of a page of the team.
func (h *house) post(p *program, page, action string, v url.Values) string {
	h.t.Helper()
	for range 20 {
		text, err := fetch(h.c, p.base()+page)
		require.NoError(h.t, err)
		_, form, ok := strings.Cut(text, `action="`+action+`"`)
		require.True(h.t, ok, "no form %s on %s", action, page)
		form, _, _ = strings.Cut(form, "</form>")
		for _, m := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
			v.Set(m[1], html.UnescapeString(m[2]))
		}
		r, err := h.c.PostForm(p.base()+action, v)
		require.NoError(h.t, err)
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		require.NoError(h.t, err)
		if r.StatusCode == http.StatusConflict { // what fell due meanwhile made it stale
			continue
		}
		require.Equal(h.t, http.StatusOK, r.StatusCode, "%s", b)
		return string(b)
	}
	h.t.Fatal("always stale")
	return ""
}

// report comes by mail, from an address of its own.
func (h *house) report(n int) {
	h.mail.deliver(fmt.Sprintf("From: Rita <rita+%d@finder.example>\r\nTo: %s\r\nMessage-ID: <%s@finder.example>\r\nSubject: Overflow %d in the Frobnicator\r\n\r\nA long frame of kind %d overflows.\r\n", n, h.mail.address, uuid.NewString(), n, n))
}

// out counts what was sent, by recipient and subject; and no mail was sent twice.
func (h *house) out() map[string]int {
	h.t.Helper()
	out, ids := map[string]int{}, map[string]bool{}
	for _, raw := range h.mail.sent() {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		require.NoError(h.t, err)
		require.False(h.t, ids[m.Header.Get("Message-ID")], "sent twice: %s", raw)
		ids[m.Header.Get("Message-ID")] = true
		to, err := mail.ParseAddress(m.Header.Get("To"))
		require.NoError(h.t, err)
		out[to.Address]++
	}
	return out
}

// submissions are the numbers of those that a page names.
func submissions(page string) (out []string) {
	for _, m := range regexp.MustCompile(`/submissions/([^"/]+)"`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// Mails come in and go out through whichever process is first, and through one only:
// no report is there twice, and nothing is sent twice. What is done in one is seen in
// each. One that ends leaves its work to the others.
func conversation(t *testing.T, m *mailServer, processes int, args ...string) {
	h := newHouse(t, m, processes, args...)
	const reports = 6
	for i := range reports / 2 {
		h.report(i)
	}
	h.wait("the first reports", func() bool { return len(submissions(h.page(h.all[0], "/submissions"))) >= reports/2 })
	for i := reports / 2; i < reports; i++ { // while they are at work
		h.report(i)
		h.wake()
	}
	h.wait("all reports", func() bool { return len(submissions(h.page(h.all[0], "/submissions"))) >= reports })
	found := submissions(h.same("/submissions"))
	require.Len(t, found, reports)
	h.wait("each is answered", func() bool { return len(h.out()) == reports })
	require.Zero(t, m.left(), "none lies in the mailbox")

	// Somebody admits them here and there, and writes.
	for i, x := range found {
		h.post(h.all[i%processes], "/submissions/"+x, "/submissions/"+x+"/decide", url.Values{"what": {"admit"}, "text": {"Which version is it?"}})
	}
	require.Empty(t, submissions(h.same("/submissions")))
	for i, x := range found {
		h.post(h.all[(i+1)%processes], "/cases/"+x, "/cases/"+x+"/do/note", url.Values{"text": {"Rita is asked."}})
		require.Contains(t, h.same("/cases/"+x), "Rita is asked.")
	}
	// Each has the answer to the mail, perhaps a word that it was admitted, and our
	// question: the same for all.
	each := 0
	h.wait("the questions are sent", func() bool {
		sent := h.out()
		each = sent["rita+0@finder.example"]
		if each < 2 {
			return false
		}
		for _, n := range sent {
			if n != each {
				return false
			}
		}
		return true
	})
	for _, x := range found {
		require.NotContains(t, h.same("/cases/"+x), "waits to be sent")
	}

	// One ends as it should, and another takes over; a new one shows the same.
	if processes > 1 {
		first := h.all[0]
		require.NoError(t, first.cmd.Process.Signal(os.Interrupt))
		<-first.exited
		require.True(t, first.cmd.ProcessState.Success(), first.says.String())
		h.all = append(h.all[1:], start(t, h.bin, h.args...))
	}
	h.report(reports)
	h.wait("a report after that", func() bool {
		return strings.Contains(h.page(h.all[0], "/submissions"), fmt.Sprintf("Overflow %d", reports))
	})
	last := fmt.Sprintf("rita+%d@finder.example", reports)
	h.wait("its answer", func() bool { return h.out()[last] == 1 })
	require.Len(t, submissions(h.same("/submissions")), 1)
	for _, x := range found {
		require.Contains(t, h.same("/cases/"+x), "Rita is asked.")
	}
	for to, n := range h.out() {
		if to != last {
			require.Equal(t, each, n, to)
		}
	}
}

// postgres names a schema of its own on the server of the tests.
func postgres(t *testing.T) []string {
	server := os.Getenv("CVD_TEST_POSTGRES")
	if server == "" {
		t.Skip("CVD_TEST_POSTGRES names no server")
	}
	schema := "desk_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	t.Cleanup(func() {
		db, err := sql.Open("pgx", server)
		require.NoError(t, err)
		defer db.Close()
		_, err = db.Exec(`DROP SCHEMA IF EXISTS "` + schema + `" CASCADE`)
		require.NoError(t, err)
	})
	return []string{"-db", server, "-schema", schema}
}

// One process with an SQLite file, and servers of the test's own.
func TestMail(t *testing.T) {
	conversation(t, ownMail(t), 1, "-db", filepath.Join(t.TempDir(), "cases.db"))
}

// Two on PostgreSQL, with Postfix and Dovecot where they are.
func TestMailTwoProcesses(t *testing.T) {
	args := postgres(t)
	m := realMail(t)
	if m == nil {
		t.Log("CVD_TEST_SUBMISSION is not set: with mail servers of the test's own")
		m = ownMail(t)
	}
	conversation(t, m, 2, args...)
}
