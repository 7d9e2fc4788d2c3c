package cra_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *desk) voluntary(id cvd.CaseID, v cra.Voluntary, o cra.Options) cra.Draft {
	d.t.Helper()
	o.Now = d.now
	return cra.PrepareVoluntary(d.view(id), v, o)
}

// Each subject of Art. 15 has a draft in which no field must be given, whatever is
// missing; Check names those without which a reader can do little, and no other.
func TestVoluntaryReports(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	useful := map[string]bool{"about": true, "reporter": true, "exploited": true, "title": true, "summary": true, "manufacturer": true, "product": true, "version": true,
		"general": true, "nature-vulnerability": true, "incident-nature": true}
	for _, table := range cra.Tables() {
		for _, about := range cra.Subjects() {
			empty := map[string]string{}
			for _, f := range d.voluntary(id, cra.Voluntary{About: about}, cra.Options{Table: table}).Fields {
				empty[f.Key] = ""
			}
			draft := d.voluntary(id, cra.Voluntary{About: about}, cra.Options{Table: table, Given: empty})
			require.True(t, draft.Complete())
			asked := map[string]bool{}
			for _, f := range draft.Check() {
				require.Equal(t, cra.ToGive, f.Kind)
				require.Equal(t, "helps who reads it: give it if you know it", f.Say)
				asked[f.Key] = true
			}
			for _, f := range draft.Fields {
				require.Equal(t, useful[f.Key], asked[f.Key], "%s %s %s", table.ID(), about, f.Key)
				require.NotContains(t, []string{"level", "pec", "pec-reason", "time-24h", "csirt-note"}, f.Key, "only where a duty is")
			}
			for _, form := range []string{draft.Markdown(), draft.Page()} {
				require.Contains(t, form, "draft of the voluntary report, "+string(about))
			}
			text, err := json.Marshal(draft)
			require.NoError(t, err)
			require.Contains(t, string(text), `"voluntary":"`+string(about)+`"`)
		}
	}
}

// A voluntary report is recorded and carried to the next one, and makes no duty; a
// duty that begins later carries nothing of it, and has all of its stages before it.
func TestVoluntaryReportMakesNoDuty(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	v := cra.Voluntary{About: cra.AnyVulnerability, To: "ENISA"}
	o := cra.Options{Profile: cra.Profile{Manufacturer: "Gateway Works GmbH", MainEstablishment: "Germany"}, Given: map[string]string{"title": "Ours, told early"}}
	draft := d.voluntary(id, v, o)
	require.Equal(t, "ENISA", draft.Authority())
	require.Equal(t, "Gateway Works GmbH", field(t, draft, "reporter").Value)
	require.Equal(t, "Gateway OS", field(t, draft, "product").Value)
	d.do(id, draft.Submission())
	require.Empty(t, d.procedures(id))
	require.Len(t, d.view(id).AuthorityReports, 1)
	v.To = ""
	again := d.voluntary(id, v, cra.Options{Profile: o.Profile})
	require.True(t, field(t, again, "title").Carried)
	require.Equal(t, "CSIRT designated as coordinator, Germany", again.Authority(), "one of them is enough")
	near := d.voluntary(id, cra.Voluntary{About: cra.NearMiss}, o)
	require.Equal(t, "i1", near.Matter)
	require.False(t, field(t, near, "title").Carried, "another matter")
	d.do(id, near.Submission())

	d.now = d.now.Add(time.Hour)
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	ps := d.procedures(id)
	require.Len(t, ps, 1)
	require.Empty(t, ps[0].Submissions)
	next, ok := ps[0].Next()
	require.True(t, ok)
	require.Equal(t, cvd.StageEarlyWarning, next)
	due, _ := ps[0].Deadline("early-warning")
	require.Equal(t, policy.DeadlineRunning, due.State)
	require.False(t, field(t, d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{}), "title").Carried)
	require.Contains(t, strings.Join(d.voluntary(id, v, o).Questions, "\n"), "This is no voluntary matter")
	y := cra.YearOf([]cra.YearCase{{Measured: d.svc.Measured(d.view(id)), Procedures: ps, Deadlines: d.deadlines(id)}}, 2026, time.UTC)
	require.Equal(t, 1, y.Exploited)
	require.Zero(t, y.Incidents, "a near miss is no severe incident")
}

// Where something suggests a duty, the draft says so: a voluntary report stands in for
// none.
func TestVoluntaryReportStandsInForNoDuty(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	v := cra.Voluntary{About: cra.AnyVulnerability}
	require.NotContains(t, strings.Join(d.voluntary(id, v, cra.Options{}).Questions, "\n"), "Art. 14")
	require.Contains(t, strings.Join(d.voluntary(id, v, cra.Options{}).Questions, "\n"), "To whom does it go?")
	d.do(id, cvd.Observe{What: vultron.AttacksObserved, Adopt: true})
	draft := d.voluntary(id, v, cra.Options{Profile: cra.Profile{MostUsers: "Italy"}})
	require.Contains(t, strings.Join(draft.Questions, "\n"), "assess that first")
	require.NotContains(t, strings.Join(draft.Questions, "\n"), "To whom does it go?")
	require.Equal(t, "Yes", field(t, draft, "exploited").Value)
	d.do(id, cvd.ProposeEmbargo{Ends: d.now.AddDate(0, 0, 5), Reason: "attacked, but not public"}, cvd.AcceptEmbargo{Party: 2})
	require.Contains(t, strings.Join(d.voluntary(id, v, cra.Options{}).Questions, "\n"), "An embargo is in force")
}

// A coordinator reports what is in a vendor's product: what the vendor said in
// confidence is another's, unlike in the vendor's own report.
func TestCoordinatorReportsVoluntarily(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Team.Roles = cvd.RoleCoordinator })
	id := d.opened()
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Northlink"}})
	d.do(id, cvd.AddProduct{Vendor: 3, Name: "North Switch"},
		cvd.RecordStatus{Party: 3, Stream: 2, Affected: cvd.IsAffected, Statement: "our parser shares the code of the gateway"})
	theirs := cvd.Matter{Vendor: 3, Vuln: 1}
	o := cra.Options{Profile: cra.Profile{Manufacturer: "CERT Example"}, Given: map[string]string{"general": "They say: our parser shares the code of the gateway."}}
	draft := d.voluntary(id, cra.Voluntary{About: cra.AnyVulnerability, Matter: theirs, To: "Germany", Reporter: "CERT Example"}, o)
	require.Equal(t, "Northlink", field(t, draft, "manufacturer").Value)
	require.Equal(t, "CERT Example", field(t, draft, "reporter").Value)
	require.Equal(t, "North Switch", field(t, draft, "product").Value)
	require.Contains(t, strings.Join(draft.Questions, "\n"), "Art. 15(4)")
	marks := field(t, draft, "general").Marks
	require.Len(t, marks, 1, "a vendor's statement is the vendor's")
	require.True(t, marks[0].Forbidden)
	require.Equal(t, cvd.PartyID(3), marks[0].Party)
	x := draft.Submission()
	_, err := d.svc.Do(ctx, id, cvd.By{Actor: "ada"}, x)
	require.Error(t, err, "it needs a reason")
	x.Reason = "Northlink agreed by telephone"
	d.do(id, x)
	require.Empty(t, d.procedures(id))
}

// The page of a voluntary report says nowhere that something must be given.
func TestVoluntaryPageAsksForNothing(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	page := d.voluntary(id, cra.Voluntary{About: cra.CyberThreat}, cra.Options{Profile: cra.Profile{MainEstablishment: "Malta"}}).Page()
	require.NotContains(t, page, "must be given")
	require.NotContains(t, page, "Checked against")
	require.Contains(t, page, "No field is obligatory")
	require.Contains(t, page, "another coordinator or ENISA would do")
}
