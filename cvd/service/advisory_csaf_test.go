package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// The draft passes all tests of CSAF but for what the writer of a draft cannot know:
// that it is a draft, that a product has a hash or an SBOM, and the like.
func TestDraftHasNoAvoidableWarning(t *testing.T) {
	d := newDesk(t)
	id := d.fixed()
	for _, v := range []csaf.Version{csaf.V20, csaf.V21} {
		doc, _, err := csaf.FromAdvisory(d.view(id, team).Advisory("EX-2026-1", publisher, d.clock.Now()), v)
		require.NoError(t, err)
		r, err := (&csaf.Validator{}).Validate(ctx, doc.JSON(), csaf.Full)
		require.NoError(t, err)
		for _, f := range r.Findings {
			// A draft cannot know the license; the rest is about how little is known of products.
			require.Contains(t, []string{"6.2.43", "6.3.9", "6.3.10", "6.3.12"}, f.Test, f)
		}
	}
}

// A draft is for readers who know nothing of the case: no number of it, no words of
// the trade, each credit once and as it was asked for.
func TestDraftIsForReaders(t *testing.T) {
	d := newDesk(t)
	id := d.fixed()
	d.do(id, cvd.Receive{Title: "again", Reporter: cvd.Contact{Email: "rita@reporter.example"}, Credit: cvd.CreditNamed, CreditName: `please name me as "Rita R."`})
	c := d.view(id, team)
	a := c.Advisory("EX-2026-1", publisher, d.clock.Now())
	require.Len(t, a.Credits, 1)
	require.Equal(t, []string{"Rita R."}, a.Credits[0].Names)
	v := a.Vulnerabilities[0]
	require.Empty(t, v.Credits)
	require.NotContains(t, dump(a), c.Number)
	require.NotEmpty(t, v.Timeline)
	for _, e := range v.Timeline {
		require.NotRegexp(t, `\d+ received|Report \d|Embargo|embargo`, e.Text)
	}
	summary := a.Notes[0].Text
	require.Equal(t, "A vulnerability affects frobd. Its severity is critical. Fixed in: frobd 1.5.", summary)
	require.NotEqual(t, a.Title, v.Description())
	require.NotEqual(t, summary, v.Description())
	require.NotEqual(t, a.Title+".", v.Description())
}

func TestCreditsAreAsAskedFor(t *testing.T) {
	for wish, want := range map[string]string{
		"Rita R.":                     "Rita R.",
		`please name me as "Rita R."`: "Rita R.",
		`Please credit me as Rita R. (@rita) in the advisory.`: "Rita R. (@rita)",
		"I'd like to be credited as Rita":                      "Rita",
		"You can mention us as “Example Lab”, thanks":          "Example Lab",
		"credit: Example Lab":                                  "Example Lab",
		`"Example Lab"`:                                        "Example Lab",
		"Rita of Example Lab":                                  "Rita of Example Lab",
		"Bitte mich als „Rita“ nennen":                         "Rita",
		"Usedom Lab":                                           "Usedom Lab",
		"Lister Namegood":                                      "Lister Namegood",
		"":                                                     "",
	} {
		d := newDesk(t)
		c := d.do(cvd.CaseID{}, cvd.Receive{Title: "x", Reporter: cvd.Contact{Email: "rita@reporter.example"}, Credit: cvd.CreditNamed, CreditName: cvd.Private(wish)})
		a := d.view(c.ID, team).Advisory("EX-1", publisher, d.clock.Now())
		if want == "" {
			require.Empty(t, a.Credits)
			continue
		}
		require.Len(t, a.Credits, 1, wish)
		require.Equal(t, want, a.Credits[0].Names[0], wish)
	}
}

// The timeline of the draft tells what came to pass, once each.
func TestDraftTimeline(t *testing.T) {
	d := newDesk(t)
	id := d.fixed()
	ends := d.clock.t.Add(48 * time.Hour)
	d.do(id, cvd.Acknowledge{})
	d.do(id, cvd.Observe{What: vultron.AttacksObserved, Adopt: true})
	d.clock.t = ends
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	var got []string
	for _, e := range d.view(id, team).Advisory("EX-1", publisher, d.clock.Now()).Vulnerabilities[0].Timeline {
		got = append(got, e.Text)
	}
	require.Equal(t, []string{
		"The vulnerability was reported.", "The report was acknowledged.", "Attacks were observed.", "The vulnerability was published.",
	}, got)
}
