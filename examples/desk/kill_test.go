package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// program is the real desk, as a process of its own.
type program struct {
	cmd        *exec.Cmd
	out        io.ReadCloser
	says       bytes.Buffer // its problems; to be read once it has exited
	form, team string
	exited     chan struct{}
}

func build(t *testing.T) string {
	bin := filepath.Join(t.TempDir(), "desk")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return bin
}

// start starts it, and waits until it says where it is.
func start(t *testing.T, bin string, args ...string) *program {
	return launch(t, bin, args...).ready(t)
}

// launch starts it.
func launch(t *testing.T, bin string, args ...string) *program {
	p := &program{cmd: exec.Command(bin, append([]string{"-listen", "127.0.0.1:0", "-team-listen", "127.0.0.1:0"}, args...)...), exited: make(chan struct{})}
	var err error
	p.out, err = p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = &p.says
	require.NoError(t, p.cmd.Start())
	return p
}

// ready waits until it says where it is.
func (p *program) ready(t *testing.T) *program {
	out := p.out
	lines := bufio.NewScanner(out)
	for lines.Scan() && p.team == "" {
		if m := regexp.MustCompile(`reporters is at (\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			p.form = m[1]
		}
		if m := regexp.MustCompile(`team is at (\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			p.team = m[1]
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(p.kill)
	if p.team == "" {
		p.kill()
		require.FailNow(t, "it did not start", "%s", p.says.String())
	}
	return p
}

func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

var (
	tokenOf   = regexp.MustCompile(`name="token" value="([^"]+)"`)
	csrfOf    = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	receiptOf = regexp.MustCompile(`(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}`)
)

func fetch(c *http.Client, address string) (string, error) {
	r, err := c.Get(address)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}

// report sends a report, and returns its receipt; "": it cannot be known whether it
// arrived.
func (p *program) report(text string) string {
	c := &http.Client{}
	page, err := fetch(c, p.form)
	m := tokenOf.FindStringSubmatch(page)
	if err != nil || m == nil {
		return ""
	}
	var body strings.Builder
	form := multipart.NewWriter(&body)
	for _, f := range [][2]string{{"token", html.UnescapeString(m[1])}, {"product", "Frobnicator"}, {"description", text}} {
		_ = form.WriteField(f[0], f[1])
	}
	_ = form.Close()
	r, err := c.Post(p.form, form.FormDataContentType(), strings.NewReader(body.String()))
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	return receiptOf.FindString(html.UnescapeString(string(answer)))
}

// jar keeps cookies as browsers do on loopback: those that are Secure too.
type jar map[string]*http.Cookie

func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		j[c.Name] = c
	}
}

func (j jar) Cookies(*url.URL) []*http.Cookie { return slices.Collect(maps.Values(j)) }

// staff logs in by the link that the program has printed.
func (p *program) staff() (*http.Client, error) {
	c := &http.Client{Jar: jar{}}
	page, err := fetch(c, p.team)
	m := csrfOf.FindStringSubmatch(page)
	if err != nil || m == nil {
		return nil, fmt.Errorf("no form to log in: %w", err)
	}
	at, err := url.Parse(p.team)
	if err != nil {
		return nil, err
	}
	r, err := c.PostForm(at.Scheme+"://"+at.Host+"/login/link", url.Values{"csrf": {html.UnescapeString(m[1])}, "once": {at.Query().Get("once")}})
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("log in: %s", r.Status)
	}
	return c, nil
}

func (p *program) base() string {
	at, _ := url.Parse(p.team)
	return at.Scheme + "://" + at.Host
}

// note writes a note on a case, and reports whether the desk has said that it is kept.
func (p *program) note(c *http.Client, number, text string) bool {
	page, err := fetch(c, p.base()+"/cases/"+number)
	_, page, ok := strings.Cut(page, `action="/cases/`+number+`/do/note"`)
	if err != nil || !ok {
		return false
	}
	page, _, _ = strings.Cut(page, "</form>")
	v := url.Values{"text": {text}}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		v.Set(m[1], html.UnescapeString(m[2]))
	}
	r, err := c.PostForm(p.base()+"/cases/"+number+"/do/note", v)
	if err != nil {
		return false
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil && r.StatusCode == http.StatusOK && strings.Contains(r.Request.URL.RawQuery, "done=note")
}

// kept is what people were told is kept.
type kept struct{ receipts, notes []string }

// load reports and writes notes until the program is gone. What was confirmed is kept;
// what was not may be there or not. killAfter says after how many confirmations it is
// killed, in the middle of what comes next.
func (p *program) load(c *http.Client, number string, round, killAfter int) (k kept) {
	done := make(chan kept, 2)
	said := make(chan struct{}, 1000)
	go func() {
		var k kept
		for i := range 1000 {
			r := p.report(fmt.Sprintf("Report %d of round %d.", i, round))
			if r == "" {
				break
			}
			k.receipts = append(k.receipts, r)
			said <- struct{}{}
		}
		done <- k
	}()
	go func() {
		var k kept
		for i := range 1000 {
			text := fmt.Sprintf("Note %d of round %d.", i, round)
			if !p.note(c, number, text) {
				break
			}
			k.notes = append(k.notes, text)
			said <- struct{}{}
		}
		done <- k
	}()
	add := func(x kept) { k.receipts, k.notes = append(k.receipts, x.receipts...), append(k.notes, x.notes...) }
	left := 2
	for n := 0; n < killAfter && left > 0; {
		select {
		case <-said:
			n++
		case x := <-done: // refused, or broken
			add(x)
			left--
		}
	}
	p.kill()
	for range left {
		add(<-done)
	}
	return k
}

// killed runs the program on a database, kills it under load at points that differ, and
// then finds everything that it had confirmed.
func killed(t *testing.T, args ...string) {
	kills := 6
	if s := os.Getenv("CVD_TEST_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	bin := build(t)
	o := flags(t, args...)
	d, err := open(context.Background(), o)
	require.NoError(t, err)
	c, err := d.svc.Do(t.Context(), cvd.CaseID{}, cvd.By{Actor: "test"}, cvd.Open{Origin: cvd.OriginOutbound, Title: "A case with notes"})
	require.NoError(t, err)
	d.close()
	var all kept
	for round := range kills {
		p := start(t, bin, args...)
		client, err := p.staff()
		require.NoError(t, err)
		// One note is there before anything is killed, so that the test shows something. A
		// reminder that falls due meanwhile makes a form stale, which keeps nothing.
		for try := range 10 {
			if first := fmt.Sprintf("First of round %d, %d.", round, try); p.note(client, c.Number, first) {
				all.notes = append(all.notes, first)
				break
			}
		}
		k := p.load(client, c.Number, round, 1+rand.IntN(6))
		all.receipts, all.notes = append(all.receipts, k.receipts...), append(all.notes, k.notes...)
	}
	require.NotEmpty(t, all.receipts)
	require.NotEmpty(t, all.notes)
	d, err = open(context.Background(), o)
	require.NoError(t, err)
	defer d.close()
	everything := cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}
	seen := map[cvd.CaseID]bool{}
	for _, r := range all.receipts {
		a, err := d.svc.Access(t.Context(), cvd.Private(r))
		require.NoError(t, err, "a receipt that was shown opens its case")
		require.False(t, seen[a.Case])
		seen[a.Case] = true
	}
	got, err := d.svc.View(t.Context(), c.ID, everything)
	require.NoError(t, err)
	notes := map[string]int{}
	for _, m := range got.Messages {
		notes[string(m.Text)]++
	}
	for _, n := range all.notes {
		require.Equal(t, 1, notes[n], n)
	}
	for n, times := range notes {
		require.Equal(t, 1, times, "%s was kept twice", n)
	}
	// Every log is whole.
	for page := ""; ; {
		p, err := d.svc.Find(t.Context(), everything, service.Filter{}, page, 100)
		require.NoError(t, err)
		require.Empty(t, p.Problems)
		for _, x := range p.Cases {
			_, err := d.svc.Rebuild(t.Context(), x.ID)
			require.NoError(t, err)
		}
		if page = p.Next; page == "" {
			break
		}
	}
}

// Killed at any moment and started again: nothing that was confirmed is lost, and
// nothing is there twice. CVD_TEST_KILLS says how often, 6 times without it.
func TestKilledAtAnyMoment(t *testing.T) {
	killed(t, "-db", filepath.Join(t.TempDir(), "cases.db"))
}
