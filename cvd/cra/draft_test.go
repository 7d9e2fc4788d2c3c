package cra_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var stages = []cvd.ReportStage{cvd.StageEarlyWarning, cvd.StageNotification, cvd.StageFinal}

func TestTables(t *testing.T) {
	files, err := os.ReadDir("tables")
	require.NoError(t, err)
	require.Len(t, cra.Tables(), len(files), "each table of the release is valid")
	require.Equal(t, "enisa-glossary 1.4", cra.Newest().ID())
	for _, table := range cra.Tables() {
		text, err := json.Marshal(table)
		require.NoError(t, err)
		again, err := cra.ParseTable(text)
		require.NoError(t, err)
		require.Equal(t, table, again)
		got, ok := cra.TableByID(table.ID())
		require.True(t, ok)
		require.Equal(t, table, got)
	}
	_, ok := cra.TableByID("none")
	require.False(t, ok)
	good := `{"format":1,"name":"x","version":"1","date":"2026-10-01","source":"s","fields":[{"number":"1","key":"title","label":"Title","for":"both","codes":["X","C","C"]}]}`
	_, err = cra.ParseTable([]byte(good))
	require.NoError(t, err)
	for _, bad := range [][2]string{
		{`"format":1`, `"format":2`}, {`"name":"x"`, `"name":"X"`}, {`"date":"2026-10-01"`, `"date":"soon"`}, {`"source":"s"`, `"source":""`},
		{`"number":"1"`, `"number":""`}, {`"key":"title"`, `"key":"The Title"`}, {`"label":"Title"`, `"label":""`}, {`"for":"both"`, `"for":"all"`},
		{`["X","C","C"]`, `["X","C"]`}, {`["X","C","C"]`, `["X","C","Z"]`}, {`"label"`, `"lable"`},
		{`]}]}`, `]},{"number":"1","key":"b","label":"B","for":"both","codes":["X","C","C"]}]}`},
		{`]}]}`, `]},{"number":"2","key":"title","label":"B","for":"incident","codes":["X","C","C"]}]}`},
		{`]}]}`, `]}]} more`}, {`[{"number"`, `[{"max":-1,"number"`},
	} {
		_, err := cra.ParseTable([]byte(strings.Replace(good, bad[0], bad[1], 1)))
		require.Error(t, err, bad[1])
	}
}

// filled gives every field a value that the form takes.
func filled(table cra.Table) map[string]string {
	all := map[string]string{}
	for _, f := range table.Fields {
		all[f.Key] = "value"
		if len(f.Choices) > 0 {
			all[f.Key] = f.Choices[0]
		}
	}
	return all
}

// aware is a case with both procedures.
func (d *desk) aware() cvd.CaseID {
	id := d.opened()
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"}, cvd.RecordAssessment{Matter: cvd.Matter{Incident: 1}, Step: cvd.StepAware, Evidence: "build"})
	return id
}

// Each field of each table: Check names it at its stage and only there; what the
// case fills by itself needs no words of the team. The draft prints all the same.
func TestEachFieldIsCheckedAtItsStage(t *testing.T) {
	d := newDesk(t)
	id := d.aware()
	fields := 0
	for _, table := range cra.Tables() {
		for _, matter := range []string{"v1", "i1"} {
			for _, def := range table.Fields {
				if matter == "v1" && def.For == cra.Incident || matter == "i1" && def.For == cra.Vulnerability {
					continue
				}
				fields++
				given := filled(table)
				given[def.Key] = "" // the team empties it: the case does not fill it either
				for i, stage := range stages {
					o := cra.Options{Table: table, Given: given, Profile: cra.Profile{MainEstablishment: "Germany"}}
					draft := d.draft(id, matter, stage, o)
					named := slices.ContainsFunc(draft.Check(), func(f cra.Finding) bool { return f.Number == def.Number && strings.HasSuffix(f.Say, "is missing") })
					earlier := slices.Contains(def.Codes[:i], cra.Obligatory)
					want := def.Codes[i] == cra.Obligatory || def.Codes[i] == cra.Carried && earlier
					require.Equal(t, want, named, "%s %s at the %s, code %s", table.ID(), def.Number, stage, def.Codes[i])
					require.Equal(t, !want, draft.Complete())
					asked := slices.ContainsFunc(draft.Check(), func(f cra.Finding) bool { return f.Number == def.Number && f.State == cra.FieldIfKnown })
					require.Equal(t, def.Codes[i] == cra.IfKnown || def.Codes[i] == cra.Carried && !earlier && slices.Contains(def.Codes[:i], cra.IfKnown), asked, def.Number)
					for _, form := range []string{draft.Markdown(), draft.Page()} {
						require.Contains(t, form, "The form")
					}
				}
			}
		}
	}
	require.Greater(t, fields, 80)
	// A submission of the emptiest draft is recorded like any other.
	draft := d.draft(id, "v1", cvd.StageFinal, cra.Options{})
	require.False(t, draft.Complete())
	x := draft.Submission()
	x.Authority, x.Reason = "CSIRT", "Rosa agreed that her title is used"
	d.do(id, x)
	require.Len(t, d.procedure(id, "v1").Submissions, 1)
}

// The fields are in the form's order, filled from the case, with where from.
func TestDraftIsFilledFromTheCase(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.AddVulnerability{Title: "Heap overflow in the frame parser"})
	m := cvd.Matter{Vuln: 2}
	d.do(id, cvd.Identify{Vuln: 2, CVE: "CVE-1900-0002", CWE: "CWE-787"}, cvd.SetSeverity{Vuln: 2, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		cvd.Observe{What: vultron.AttacksObserved, Vuln: 2, Adopt: true}, cvd.RecordAssessment{Matter: m, Step: cvd.StepAware, Evidence: "logs"})
	d.do(id, deployed(2, 0, d.now)...)
	d.do(id, cvd.RecordStatus{Vuln: 2, Stream: 1, Affected: cvd.IsFixed, Fixed: "7.4.3"}, cvd.InformUsers{Matter: m, Audience: "all", Text: "t", Mitigation: "Disable the parser."})
	profile := cra.Profile{Manufacturer: "Gateway Works GmbH", MainEstablishment: "Germany", Products: map[cvd.StreamID]cra.ProductProfile{
		0: {States: []string{"Germany", "Austria"}, Type: "Important", Class: "Class II"}, 1: {Category: "Firewalls"}}}
	draft := d.draft(id, "v2", cvd.StageFinal, cra.Options{Profile: profile})
	for key, want := range map[string]string{
		"type": "Vulnerability", "title": "Heap overflow in the frame parser", "manufacturer": "Gateway Works GmbH", "states": "Austria, Germany",
		"product": "Gateway OS", "version": "7.0 to 7.4.2", "product-type": "Important", "product-class": "Class II", "product-category": "Firewalls",
		"cve": "CVE-1900-0002", "general": "Heap overflow in the frame parser (CWE-787)", "aware": "2026-11-06 19:30 UTC", "occurred": "2026-11-06 19:30 UTC",
		"measure-date": "2026-11-06 19:30 UTC", "severity": "critical, 9.8 (CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H)",
		"measures-users": "Update Gateway OS to 7.4.3\nDisable the parser.", "update-details": "Gateway OS to 7.4.3",
		"summary": "An actively exploited vulnerability affects Gateway OS (7.0 to 7.4.2). Mitigation: fix available since 2026-11-06 19:30 UTC.",
	} {
		f := field(t, draft, key)
		require.Equal(t, want, f.Value, key)
		require.NotEmpty(t, f.From, key)
		require.Empty(t, f.Marks, key)
	}
	var numbers, order []string
	for _, f := range draft.Fields {
		numbers = append(numbers, f.Number)
	}
	for _, f := range cra.Newest().Fields {
		if f.For != cra.Incident {
			order = append(order, f.Number)
		}
	}
	require.Equal(t, order, numbers)
	require.Equal(t, "CSIRT designated as coordinator, Germany, and ENISA", draft.Route.Authority())
	text, err := json.Marshal(draft)
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, "final report", back["stage"])
	require.Len(t, back["fields"], len(draft.Fields))
	require.Contains(t, draft.Markdown(), "| v19 | CVE ID | C | CVE-1900-0002 |")
	page := draft.Page()
	require.Less(t, strings.Index(page, ">1</span>"), strings.Index(page, ">v19</span>"))
	require.Contains(t, page, "user-select:all", "a click selects a value")
	require.Contains(t, page, "size:A4")
}

// What the last submission had is carried, and marked where it changed.
func TestCarriedAndChangedFields(t *testing.T) {
	d := newDesk(t)
	id := d.aware()
	o := cra.Options{Profile: cra.Profile{MainEstablishment: "Germany"}, Given: map[string]string{"title": "Attacks on Gateway OS", "measures-taken": "none yet", "states": "Germany"}}
	first := d.draft(id, "v1", cvd.StageEarlyWarning, o)
	d.do(id, first.Submission())
	d.do(id, cvd.Identify{Vuln: 1, CVE: "CVE-1900-0007"}, cvd.RecordFact{Fact: policy.FactWorkaround, Subject: "v1"})

	second := d.draft(id, "v1", cvd.StageNotification, cra.Options{Profile: o.Profile, Given: map[string]string{"states": "Germany, Austria"}})
	title := field(t, second, "title")
	require.True(t, title.Carried && !title.Changed && title.Given)
	require.Equal(t, "Attacks on Gateway OS", title.Value, "the team's words go before what the case says")
	states := field(t, second, "states")
	require.True(t, states.Changed && !states.Carried)
	require.Equal(t, "Germany", states.Before)
	require.False(t, field(t, second, "cve").Changed, "it was not there before")
	require.Equal(t, "CVE-1900-0007", field(t, second, "cve").Value)
	require.True(t, field(t, second, "summary").Changed, "a workaround is there now")
	require.True(t, slices.ContainsFunc(second.Check(), func(f cra.Finding) bool { return f.Key == "states" && strings.Contains(f.Say, "differs") }))
	require.Contains(t, second.Page(), "changed since the last submission; before: Germany")
	require.Contains(t, second.Markdown(), "as in the last submission")
	require.Equal(t, cra.Newest().ID(), d.procedure(id, "v1").Submissions[0].Table)
}

// A newer table is loaded without a release; a field that this library does not
// know is shown as missing, never dropped, and carried once it has a value.
func TestNewerTable(t *testing.T) {
	d := newDesk(t)
	id := d.aware()
	text, err := json.Marshal(cra.Newest())
	require.NoError(t, err)
	newer := strings.Replace(string(text), `"fields":[`, `"fields":[{"number":"0","key":"quantum-risk","label":"Risk by quantum computers","for":"both","codes":["X","C","C"]},`, 1)
	newer = strings.Replace(newer, `"version":"1.4"`, `"version":"9"`, 1)
	table, err := cra.ParseTable([]byte(newer))
	require.NoError(t, err)
	draft := d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{Table: table})
	f := field(t, draft, "quantum-risk")
	require.Equal(t, cra.FieldMissing, f.State)
	require.Equal(t, "quantum-risk", draft.Check()[0].Key)
	require.Contains(t, draft.Page(), "Risk by quantum computers")
	require.Equal(t, "enisa-glossary 9", draft.Submission().Table)
	draft = d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{Table: table, Given: map[string]string{"quantum-risk": "low"}})
	x := draft.Submission()
	x.Authority, x.Reason = "CSIRT", "Rosa agreed that her title is used"
	d.do(id, x)
	require.True(t, field(t, d.draft(id, "v1", cvd.StageFinal, cra.Options{Table: table}), "quantum-risk").Carried)
}

// What does not fit the form is said.
func TestValuesThatDoNotFit(t *testing.T) {
	d := newDesk(t)
	id := d.aware()
	draft := d.draft(id, "v1", cvd.StageFinal, cra.Options{Given: map[string]string{"title": strings.Repeat("ä", 256), "product-type": "Huge"}})
	require.Equal(t, cra.FieldTooLong, field(t, draft, "title").State)
	require.Equal(t, cra.FieldNotChoice, field(t, draft, "product-type").State)
	draft = d.draft(id, "v1", cvd.StageFinal, cra.Options{Given: map[string]string{"title": strings.Repeat("ä", 255), "pec": "Yes"}})
	require.Equal(t, cra.FieldFilled, field(t, draft, "title").State, "characters, not bytes")
	require.Empty(t, field(t, draft, "pec").Value, "the form does not show it at this stage")
}

// A draft never holds another's confidential statement or a reporter's name without
// being marked, wherever it came from; what a label forbids needs a reason.
func TestConfidentialValuesAreMarked(t *testing.T) {
	d := newDesk(t)
	id := d.aware()
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Northlink"}, DetailsFirst: true, Reason: "agreement"})
	d.do(id, cvd.RecordStatus{Party: 3, Affected: cvd.IsAffected, Statement: "our controllers boot unsigned images", TLP: tlp.AmberStrict},
		cvd.Observe{What: vultron.AttacksObserved, Party: 3, Evidence: "seen at a customer in Graz", TLP: tlp.Red},
		cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "please keep the exploit to yourselves", TLP: tlp.Green})
	marks := func(key, value string) []cra.Mark {
		o := cra.Options{Given: map[string]string{"title": "ours"}}
		o.Given[key] = value
		return field(t, d.draft(id, "v1", cvd.StageFinal, o), key).Marks
	}
	for _, tt := range []struct {
		value     string
		party     cvd.PartyID
		forbidden bool
	}{
		{"found by ROSA  finder", 2, true},
		{"write to rosa@finder.example", 2, true},
		{"I found a heap overflow in the frame parser of your gateway, they say", 2, true},
		{"see the crash log of my neighbour's\ndevice", 2, true},
		{"Northlink says: Our controllers boot unsigned images", 3, true},
		{"seen at a customer in Graz", 3, true},
		{"please keep the exploit to yourselves", 2, false}, // TLP:GREEN
	} {
		ms := marks("impact", tt.value)
		require.NotEmpty(t, ms, tt.value)
		require.Equal(t, tt.party, ms[0].Party, tt.value)
		require.Equal(t, tt.forbidden, ms[0].Forbidden, tt.value)
		require.NotContains(t, strings.ToLower(ms[0].What), "rosa", "the mark does not say it again")
	}
	require.Empty(t, marks("impact", "our own analysis"))
	// The title of a report fills the vulnerability's: that is marked too.
	draft := d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{Profile: cra.Profile{MainEstablishment: "Germany"}})
	title := field(t, draft, "title")
	require.Contains(t, title.Value, "Rosa")
	require.NotEmpty(t, title.Marks)
	require.Contains(t, draft.Forbidden(), "2")
	require.Contains(t, draft.Page(), "its label does not let it out, record the reason")
	_, err := d.svc.Do(ctx, id, cvd.By{Actor: "ada"}, draft.Submission())
	require.ErrorIs(t, err, cvd.ErrInput)
	require.ErrorContains(t, err, "Reason")
	x := draft.Submission()
	x.Reason = "Rosa agreed by telephone"
	d.do(id, x)
}

// Hostile text stays text in every form.
func TestNothingIsInjected(t *testing.T) {
	d := newDesk(t)
	id := d.aware()
	evil := "</dd><script>alert(1)</script> | [a](https://b) \x1b[31m\u202e"
	given := map[string]string{}
	for _, f := range cra.Newest().Fields {
		given[f.Key] = evil
	}
	draft := d.draft(id, "v1", cvd.StageFinal, cra.Options{Given: given, Profile: cra.Profile{MainEstablishment: evil}})
	for name, form := range map[string]string{"page": draft.Page(), "markdown": draft.Markdown()} {
		require.NotContains(t, form, "<script", name)
		require.NotContains(t, form, "\x1b", name)
		require.NotContains(t, form, "\u202e", name)
	}
	require.NotContains(t, draft.Markdown(), "https://")
}

// Whenever an embargo runs, sensitivity is asked for at 24 hours (Art. 16(2)).
func TestSensitivityIsAskedUnderAnEmbargo(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.ProposeEmbargo{Ends: d.now.Add(10 * 24 * time.Hour)}, cvd.AcceptEmbargo{Party: 2})
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	asks := func(stage cvd.ReportStage) bool {
		return slices.ContainsFunc(d.draft(id, "v1", stage, cra.Options{}).Questions, func(q string) bool { return strings.Contains(q, "16(2)") })
	}
	require.True(t, asks(cvd.StageEarlyWarning))
	require.False(t, asks(cvd.StageFinal))
}
