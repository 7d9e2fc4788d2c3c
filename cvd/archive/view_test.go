package archive_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
)

// handed is a case with something for everybody: the vendor is participant 3, another
// vendor 4.
func handed(t testing.TB, s storecopy.Side) cvd.CaseID {
	c := do(t, s, cvd.CaseID{}, report("ann"), cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid, Reason: "secret reason"}, cvd.Accept{})
	id := c.ID
	do(t, s, id, cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2})
	do(t, s, id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Vendor One", Email: "psirt@one.example"}},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Vendor Two", Email: "psirt@two.example"}})
	do(t, s, id, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.AnswerInvitation{Party: 4, Accept: true})
	do(t, s, id, cvd.AddVulnerability{Title: "second vulnerability"}, cvd.Identify{Vuln: 2, CVE: "CVE-1900-0002", CWE: "CWE-787"},
		cvd.SetSeverity{Vuln: 2, Rating: cvd.RatingHigh, Source: "us"})
	do(t, s, id, cvd.Attach{Name: "poc.c", TLP: tlp.Amber, Content: strings.NewReader("int main of all")}, cvd.Attach{Name: "red.c", TLP: tlp.Red, Content: strings.NewReader("only for vendor two")})
	do(t, s, id, cvd.PostMessage{To: []cvd.PartyID{3, 4}, Text: "message to both", Attachments: []cvd.AttachmentID{2}},
		cvd.PostMessage{To: []cvd.PartyID{4}, Text: "message to vendor two", Attachments: []cvd.AttachmentID{3}}, cvd.PostMessage{Text: "secret note"})
	return id
}

func viewed(t testing.TB, s storecopy.Side, id cvd.CaseID, v cvd.Viewer) *archive.Archive {
	t.Helper()
	var b bytes.Buffer
	_, err := archive.ExportView(ctx, &b, s.Service, id, v, archive.ViewOptions{Created: now, Team: "Example PSIRT", Signer: signer})
	require.NoError(t, err)
	a := open(t, b.Bytes())
	require.NoError(t, a.Verify(ctx, verifier))
	return a
}

// Issue 13, line 8: another organisation gets what its role may see, and nothing else.
func TestHandOver(t *testing.T) {
	from := side(t, 1, nil)
	id := handed(t, from)
	var b bytes.Buffer
	_, err := archive.ExportView(ctx, &b, from.Service, id, cvd.Viewer{Party: 3}, archive.ViewOptions{Created: now, Signer: signer})
	require.NoError(t, err)
	for _, hidden := range []string{"secret", "vendor two", "only for", "red.c", "ann@finder", "mail of ann", "psirt@two", "alice"} {
		require.NotContains(t, b.String(), hidden)
	}
	for _, seen := range []string{"title of ann", "message to both", "int main of all", "CVE-1900-0002", "Vendor One"} {
		require.Contains(t, b.String(), seen)
	}
	require.NotContains(t, b.String(), "cvdkit log", "no log")
	a := viewed(t, from, id, cvd.Viewer{Party: 3})
	v, err := a.View()
	require.NoError(t, err)
	full, err := from.Service.View(ctx, id, team)
	require.NoError(t, err)
	require.Equal(t, full.Tip.String(), v.Tip)
	require.Equal(t, cvd.PartyID(3), v.You)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", v, v, &v), "title of ann")
	_, err = archive.ExportView(ctx, io.Discard, from.Service, id, cvd.Viewer{}, archive.ViewOptions{})
	require.Error(t, err)
	_, err = archive.ExportView(ctx, io.Discard, from.Service, id, cvd.Viewer{Party: 99}, archive.ViewOptions{})
	require.ErrorIs(t, err, cvd.ErrNotFound)

	// The team's own view is all of it.
	whole, err := viewed(t, from, id, team).View()
	require.NoError(t, err)
	require.Len(t, whole.Attachments, 3)
	require.Equal(t, "secret note", whole.Messages[len(whole.Messages)-1].Text)

	to := side(t, 2, nil)
	o := archive.ImportOptions{From: cvd.Contact{Organization: "Example PSIRT", Email: "psirt@sender.example"}, Signature: cvd.SignatureValid}
	got, err := archive.ImportView(ctx, to.Service, a, o)
	require.NoError(t, err)
	require.Empty(t, got.Problems)
	c, err := to.Service.View(ctx, got.Case, team)
	require.NoError(t, err)
	require.Equal(t, "title of ann", string(c.Title))
	require.Equal(t, "observations of ann", string(c.Reports[0].Observations))
	require.Len(t, c.Vulnerabilities, 2)
	require.Equal(t, "CVE-1900-0002", string(c.Vulnerabilities[1].CVE))
	require.Equal(t, cvd.RatingHigh, c.Vulnerabilities[1].Rating)
	ends, ok := c.Embargo.Ends()
	require.True(t, ok && c.Embargo.State.InForce(), "the receiver has agreed to it")
	require.True(t, ends.Equal(*v.Embargo.Ends))
	require.Len(t, c.Attachments, 1)
	require.Contains(t, fmt.Sprint(texts(c)), "message to both")
	require.Contains(t, fmt.Sprint(texts(c)), full.Tip.String())

	// Again: nothing. A later one: what is new.
	same, err := archive.ImportView(ctx, to.Service, a, o)
	require.NoError(t, err)
	require.Equal(t, archive.Imported{Case: got.Case}, same)
	do(t, from, id, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "a later message"}, cvd.SetTitle{Title: "another title"})
	later, err := archive.ImportView(ctx, to.Service, viewed(t, from, id, cvd.Viewer{Party: 3}), o)
	require.NoError(t, err)
	require.Empty(t, later.Problems)
	require.Equal(t, got.Case, later.Case)
	require.Equal(t, 2, later.New, "the message, and the note on the archive")
	_, err = archive.Import(ctx, a, to, storecopy.Options{})
	require.ErrorIs(t, err, archive.ErrForm)
}

func texts(c *cvd.Case) (out []string) {
	for _, m := range c.Messages {
		out = append(out, string(m.Text))
	}
	return out
}

// A crash at every step of taking a view in.
func TestImportViewCrashes(t *testing.T) {
	from := side(t, 1, nil)
	a := viewed(t, from, handed(t, from), cvd.Viewer{Party: 3})
	o := archive.ImportOptions{From: cvd.Contact{Organization: "Example PSIRT", Email: "psirt@sender.example"}}
	var want []string
	for at := 0; ; at++ {
		n := at
		to := side(t, 2, &n)
		_, err := archive.ImportView(ctx, to.Service, a, o)
		died := n < 0
		require.True(t, died || err == nil) // a Service finds out what became of its last append
		n = 1 << 30
		got, err := archive.ImportView(ctx, to.Service, a, o)
		require.NoError(t, err)
		require.Empty(t, got.Problems)
		c, err := to.Service.View(ctx, got.Case, team)
		require.NoError(t, err)
		all, err := to.Service.Find(ctx, team, service.Filter{}, "", 10)
		require.NoError(t, err)
		require.Len(t, all.Cases, 1)
		now := []string{fmt.Sprint(len(c.Reports), len(c.Vulnerabilities), len(c.Attachments), len(c.Embargo.Proposals)), fmt.Sprint(texts(c))}
		if want == nil {
			want = now
		}
		require.Equal(t, want, now)
		if !died {
			require.Greater(t, at, 6)
			return
		}
	}
}

// What a view says is printed on purpose only.
func TestViewsDoNotPrint(t *testing.T) {
	const mark = "M12345X"
	v := archive.View{
		Title: mark, Participants: []archive.Participant{{Name: mark}}, Reports: []archive.Report{{Title: mark, Summary: mark}},
		Vulnerabilities: []archive.Vulnerability{{Title: mark, Severity: []archive.Severity{{Vector: mark}}}}, Products: []archive.Product{{Name: mark}},
		Statuses: []archive.Status{{Statement: mark}}, Messages: []archive.Message{{Text: mark}}, Attachments: []archive.Attachment{{Name: mark}},
	}
	for _, x := range []any{v, &v, v.Participants, v.Reports, v.Vulnerabilities, v.Vulnerabilities[0].Severity, v.Products, v.Statuses, v.Messages, v.Attachments} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			require.NotContains(t, fmt.Sprintf(verb, x), mark)
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "view", v, "pointer", &v)
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "view", v)
	j, err := json.Marshal(v)
	require.NoError(t, err)
	require.NotContains(t, b.String()+string(j), mark)
	b.Reset()
	require.NoError(t, v.RevealJSON(&b))
	require.Equal(t, 10, strings.Count(b.String(), mark))
}
