package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/timeline"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// The words of states that a timeline fills into its labels are in every catalogue.
func TestTimelineStatesAreInTheCatalogues(t *testing.T) {
	var words []string
	add := func(all ...interface{ String() string }) {
		for _, x := range all {
			words = append(words, x.String())
		}
	}
	add(cvd.OriginOutbound, cvd.OriginSurprise, vultron.RMAccepted, vultron.RMDeferred)
	for o := cvd.OutcomeValid; o <= cvd.OutcomeNeedsInformation; o++ {
		add(o)
	}
	for r := cvd.RatingUnknown; r <= cvd.RatingCritical; r++ {
		add(r)
	}
	for a := cvd.NoStatement; a <= cvd.Unreachable; a++ {
		add(a)
	}
	for e := cvd.EndReached; e <= cvd.EndAgreed; e++ {
		add(e)
	}
	for s := cvd.StageEarlyWarning; s <= cvd.StageVoluntary; s++ {
		add(s)
	}
	words = append(words, "must", "should", "may", "done", "met", "met late", "planned", "due soon", "overdue",
		"superseded", "broken off", "cancelled", "taken back", "not considered", "rejected", "withdrawn", "ran out")
	for i := range 12 {
		at := time.Date(2026, time.Month(i+1), i+1, 0, 0, 0, 0, time.UTC)
		words = append(words, at.Format("Jan"), at.Format("January"), at.Format("Mon"))
	}
	for tag, c := range cvd.Catalogues() {
		for _, w := range words {
			require.NotEmpty(t, c["timeline."+w], "%s in %s", w, tag)
		}
	}
}

// A public timeline is in the language that is asked for in every form; its dates and
// identifiers are the same in all.
func TestTimelineInLanguages(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Texts = map[string]map[string]string{"de": {"timeline.Published": "Bekanntgegeben"}}
	})
	id := d.received().ID
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.ProposeEmbargo{Ends: d.clock.Now().AddDate(0, 1, 0)}, cvd.AcceptEmbargo{Party: 2})
	d.do(id, cvd.EndEmbargo{Reason: "we agreed"}, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	c := d.view(id, team)
	en := d.svc.Timeline(c).Public()
	for tag, want := range map[string][]string{
		"de":    {"Meldung 1 eingegangen", "Embargo beendet: Einvernehmen", "Embargo vereinbart bis", "Bekanntgegeben", "Eingang von Meldung 1 bestätigt", "vorzeitig beendet"},
		"de-AT": {"Meldung 1 eingegangen", "Bekanntgegeben"},
		"fr":    {"Signalement 1 reçu", "Publié"},
		"es":    {"Informe 1 recibido", "Publicado"},
		"pl":    {"Otrzymano zgłoszenie 1", "Opublikowano"},
	} {
		x := d.svc.TimelineIn(c, tag).Public()
		require.Equal(t, len(en.Entries), len(x.Entries))
		for form, out := range map[string]string{"text": x.Text(), "Markdown": x.Markdown(), "HTML": x.HTML(), "calendar": strings.ReplaceAll(x.ICalendar(), "\r\n ", ""), "picture": x.SVG()} {
			out = strings.NewReplacer("\u00a0", " ").Replace(out)
			if form != "picture" { // which wraps its labels
				for _, w := range want {
					require.Contains(t, out, w, "%s in %s", form, tag)
				}
			}
			for _, w := range []string{"received", "acknowledged", "agreed until", "Embargo ended", "Published", "broken off", "Times in", "times in", "milestones", "happened", `lang="en"`, "//EN\r"} {
				require.NotContains(t, out, w, "%s in %s", form, tag)
			}
		}
		require.Equal(t, uids(en), uids(x), "an entry replaces itself in another language")
	}
	require.Equal(t, en.HTML(), d.svc.TimelineIn(c, "en").Public().HTML())
	require.Equal(t, en.SVG(), d.svc.TimelineIn(c, "ja").Public().SVG(), "what nobody translated is in English")
}

func uids(t timeline.Timeline) (out []string) {
	for line := range strings.Lines(t.ICalendar()) {
		if strings.HasPrefix(line, "UID") {
			out = append(out, line)
		}
	}
	return out
}
