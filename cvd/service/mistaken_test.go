package service_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Issue 12, line 24: two Services with different Secrets on one Store would not
// find each other's numbers, and open cases twice.
func TestAnotherSecretIsRefused(t *testing.T) {
	d := newDesk(t)
	wrong := d.another(func(c *cvd.Config) { c.Secret = []byte(strings.Repeat("w", 32)) })
	page, err := wrong.svc.Find(ctx, team, service.Filter{}, "", 10)
	require.NoError(t, err, "an empty Store is nobody's")
	require.Empty(t, page.Cases)
	c := d.received()
	before := d.contents()
	for _, e := range []*desk{wrong, wrong.another()} {
		for name, call := range map[string]func() error{
			"Receive": func() error { _, err := e.svc.Do(ctx, cvd.CaseID{}, staff, report); return err },
			"Do":      func() error { _, err := e.svc.Do(ctx, c.ID, staff, cvd.Acknowledge{}); return err },
			"View":    func() error { _, err := e.svc.View(ctx, c.ID, team); return err },
			"Find":    func() error { _, err := e.svc.Find(ctx, team, service.Filter{}, "", 10); return err },
			"Lookup": func() error {
				_, err := e.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(c.Number)})
				return err
			},
			"Relay": func() error { _, err := e.svc.Relay(ctx, 10); return err },
			"Tick":  func() error { _, err := e.svc.Tick(ctx, 10); return err },
			"Split": func() error {
				_, err := e.svc.Split(ctx, c.ID, staff, cvd.Split{Title: "t", Reports: []cvd.ReportID{1}})
				return err
			},
			"Using": func() error {
				_, err := e.svc.Using(d.store).Do(ctx, cvd.CaseID{}, staff, report)
				return err
			},
		} {
			require.ErrorIs(t, call(), cvd.ErrSecret, name)
		}
	}
	require.Equal(t, before, d.contents(), "and nothing was written")
	require.NoError(t, d.svc.Reindex(ctx, c.ID))
	require.ErrorIs(t, wrong.svc.Reindex(ctx, c.ID), cvd.ErrSecret, "the check is derived from the log again")
	d.another().received()
}

// Of two Services that start on an empty Store at once only one is right.
func TestTheFirstSecretWins(t *testing.T) {
	d := newDesk(t)
	racing := d.another(func(c *cvd.Config) {
		c.Secret = []byte(strings.Repeat("w", 32))
		c.Store = &later{Store: c.Store, first: func() { d.received() }}
	})
	_, err := racing.svc.Do(ctx, cvd.CaseID{}, staff, cvd.Receive{Title: "t"})
	require.ErrorIs(t, err, cvd.ErrSecret)
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 10})
	require.NoError(t, err)
	require.Len(t, heads, 1)
}

// Line 25: what comes under a known ID and says something else is not lost.
func TestAnIDStandsForOneCommand(t *testing.T) {
	d := newDesk(t)
	by := cvd.By{ID: cvd.CommandID{1}, Actor: "alice"}
	mine := cvd.Receive{Title: "mine", Reporter: cvd.Contact{Email: "a@finder.example"}}
	c, err := d.svc.Do(ctx, cvd.CaseID{}, by, mine)
	require.NoError(t, err)
	refused := func(e *desk, id cvd.CaseID, by cvd.By, cmds ...cvd.Command) {
		t.Helper()
		_, err := e.svc.Do(ctx, id, by, cmds...)
		var r *cvd.Refusal
		require.ErrorAs(t, err, &r)
		require.Equal(t, cvd.RuleCommandID, r.Rule)
		silent(t, "the refusal", err)
	}
	file := func(text string) cvd.Attach { return cvd.Attach{Name: "f", Content: strings.NewReader(text)} }
	second := cvd.By{ID: cvd.CommandID{2}}
	_, err = d.svc.Do(ctx, c.ID, second, file("one"))
	require.NoError(t, err)
	for _, e := range []*desk{d, d.another(), d.another(func(c *cvd.Config) { c.Cached = -1 })} {
		theirs := mine
		theirs.Reporter.Email = "b@finder.example"
		refused(e, cvd.CaseID{}, by, theirs)
		refused(e, cvd.CaseID{}, by, mine, cvd.Acknowledge{})
		refused(e, c.ID, by, cvd.Acknowledge{})
		refused(e, c.ID, second, file("two"))
		refused(e, c.ID, second, file("one"), file("one"))
		again, err := e.svc.Do(ctx, c.ID, second, file("one"))
		require.NoError(t, err)
		require.True(t, again.Repeated)
		again, err = e.svc.Do(ctx, cvd.CaseID{}, cvd.By{ID: by.ID, Actor: "another host"}, mine)
		require.NoError(t, err)
		require.True(t, again.Repeated)
	}
	// The verbs of two cases, too.
	other, third := d.do(cvd.CaseID{}, cvd.Receive{Title: "u"}), d.do(cvd.CaseID{}, cvd.Receive{Title: "v"})
	link := cvd.By{ID: cvd.CommandID{3}}
	_, err = d.svc.Link(ctx, c.ID, link, cvd.LinkTo{Kind: cvd.LinkRelated, Case: other.ID})
	require.NoError(t, err)
	_, err = d.svc.Link(ctx, c.ID, link, cvd.LinkTo{Kind: cvd.LinkRelated, Case: third.ID})
	require.ErrorIs(t, err, cvd.ErrRefused)
	require.NotContains(t, d.everywhere(), "b@finder.example")
}

// Line 26: one person does not make two by another spelling.
func TestTwoPeopleAreTwo(t *testing.T) {
	one := []cvd.By{
		{Actor: "Zoë Example"}, {Actor: "zoë example"}, {Actor: " Zoë  Example "}, {Actor: "ZOË EXAMPLE"},
		{Actor: "Zoe\u0308 Example"}, {Actor: "Zoë\u200b Example"}, {Actor: "Zoë\u00a0Example"}, {Actor: "Ｚｏë Example"},
		{Actor: "\u202eZoë Example"}, {Actor: "ZoëExample"}, {Actor: "Zoë Example", Person: "7"}, {Actor: "Zoë Example", Person: "8"},
	}
	approve := func(d *desk, id cvd.CaseID, by cvd.By) error {
		_, err := d.svc.Do(ctx, id, by, cvd.ApproveRelease{})
		return err
	}
	planned := func(t *testing.T) (*desk, cvd.CaseID) {
		d := newDesk(t)
		d.clock.t = noon
		return d, releasePlanned(d)
	}
	for i, by := range one[1:] {
		d, id := planned(t)
		require.NoError(t, approve(d, id, one[0]))
		require.ErrorIs(t, approve(d, id, by), cvd.ErrRefused, "%d: %q", i+1, string(by.Actor))
		require.NoError(t, approve(d, id, cvd.By{Actor: "Bob Example"}))
	}
	d, id := planned(t)
	require.NoError(t, approve(d, id, cvd.By{Actor: "alice", Person: "oidc:1"}))
	require.ErrorIs(t, approve(d, id, cvd.By{Actor: "аlice", Person: "oidc:1"}), cvd.ErrRefused, "a Cyrillic letter is another name, and the host knows better")
	require.ErrorIs(t, approve(d, id, cvd.By{Actor: "\u200b"}), cvd.ErrRefused, "nobody")
	require.NoError(t, approve(d, id, cvd.By{Actor: "alicia", Person: "oidc:2"}))
}

// Line 27: what a reporter sends does not steer a terminal, turn the text that
// follows or cover the lines above it. It is kept as it was.
func TestDisplay(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                               "plain",
		"":                                    "",
		"a\u202egnp.exe":                      "agnp.exe",
		"\u2066a\u2069 \u200eb\u200f \u061cc": "a b c",
		"\x1b[31mred\x1b[0m \x1b]0;title\x07after": "red after",
		"\x1b]8;;https://x.example\x1b\\link":      "link",
		"\u009b31mred":                             "red",
		"\x1bPno end":                              "no end",
		"bell\a back\b null\x00":                   "bell back null",
		"Zalgo" + strings.Repeat("\u0301", 500):    "Zalgo" + strings.Repeat("\u0301", 5),
		"Việt Nam, שָׁלוֹם, हिन्दी":                "Việt Nam, שָׁלוֹם, हिन्दी",
		"👩\u200d👩\u200d👧":                          "👩\u200d👩\u200d👧",
		"a\r\nb\u2028c\td":                         "a b c d",
		"tag\U000e0041\U000e007f":                  "tag",
		"bad \xff byte":                            "bad \ufffd byte",
		"soft\u00adhyphen\ufeff":                   "softhyphen",
	} {
		require.Equal(t, want, cvd.Private(in).Display(), "%q", in)
	}
	require.Equal(t, "a\nb\n\nc", cvd.Private("a\r\nb\n\x1b[2J\nc").DisplayText())
	require.Equal(t, "é", cvd.Private("\x1bé").Display(), "no byte of a letter is taken")
	d := newDesk(t)
	name := cvd.Private("Eve\u202e \x1b[2J" + strings.Repeat("\u0300", 300))
	r := report
	r.Title, r.Reporter.Name = name, name
	c := d.do(cvd.CaseID{}, r, cvd.Acknowledge{})
	require.Equal(t, name, d.view(c.ID, team).Title, "as received")
	d.relay()
	for _, o := range d.mail.got {
		require.NotContains(t, o.Subject+string(o.Text), "\u202e")
		require.NotContains(t, o.Subject+string(o.Text), "\x1b")
	}
	tl := d.svc.Timeline(d.view(c.ID, team))
	for _, s := range []string{tl.Text(), tl.Markdown(), string(tl.SVG())} {
		require.NotContains(t, s, "\u202e")
		require.NotContains(t, s, "\x1b")
	}
}

func FuzzDisplay(f *testing.F) {
	for _, s := range []string{"a", "\x1b[31m", "\u009d x \u009c", "e\u0301", "\xff", "\x1b]\x1b\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{cvd.Private(s).Display(), cvd.Private(s).DisplayText()} {
			require.True(t, utf8.ValidString(out))
			require.NotContains(t, out, "\x1b")
			require.NotContains(t, out, "\u202e")
		}
		once := cvd.Private(s).Display()
		require.Equal(t, once, cvd.Private(once).Display(), "what is clean stays so")
	})
}

// later does something before the first Append.
type later struct {
	storage.Store
	first func()
}

func (l *later) Append(ctx context.Context, c []storage.Change) error {
	if f := l.first; f != nil {
		l.first = nil
		f()
	}
	return l.Store.Append(ctx, c)
}
