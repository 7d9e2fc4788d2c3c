package service_test

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Golden logs are what this and earlier versions wrote. Every later version must
// open them and read the same. -update-golden writes the dump of each anew, and
// a log for a story that has none. It only adds: the records that stand there are
// frozen as version 1, and frozen.txt lists their digests. What a later version writes
// otherwise gets a story of its own, with a new name, or a new version of the record.
var updateGolden = flag.Bool("update-golden", false, "write testdata/golden: dumps, and logs that are missing")

const goldenDir = "testdata/golden/v1"

// stories between them write every kind of record.
var stories = map[string]func(*desk) cvd.CaseID{
	"publication": publication,
	"negotiation": negotiation,
	"multiparty":  multiparty,
	"surprise":    surprise,
	"rejected":    rejectedReport,
	"erased":      erased,
	"clocks":      clocks,
	"handling":    handling,
	"merged":      merged,
	"access":      access,
	"released":    released,
	"authority":   authority,
	"letters":     letters,
	"submission":  submission,
	"imported":    imported,
	"gathered":    gathered,
	"sent":        sent,
}

// handling is what a team does around the work itself: links, a split, marks, a
// hold, an erasure.
func handling(d *desk) cvd.CaseID {
	id := d.received().ID
	other := d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "the library below", IDs: []cvd.ExternalID{{Kind: "ticket", Value: "PSIRT-18"}}})
	_, err := d.svc.Link(ctx, id, staff, cvd.LinkTo{Kind: cvd.LinkDependsOn, Case: other.ID, Reason: "same parser"})
	require.NoError(d.t, err)
	second := report
	second.IDs, second.Reporter.Email, second.Title = nil, "zoe@finder.example", "and another"
	d.do(id, second, cvd.AddVulnerability{Title: "the second"}, cvd.MarkRead{})
	d.do(id, cvd.DecideSSVC{Vuln: 1, Table: "supplier", Inputs: map[string]string{"E": "N", "U": "L", "TI": "P", "PSI": "M"}})
	_, err = d.svc.Split(ctx, id, staff, cvd.Split{Title: "the second", Reports: []cvd.ReportID{2}, Vulnerabilities: []cvd.VulnID{2}, Reason: "another cause"})
	require.NoError(d.t, err)
	d.do(id, cvd.AddID{IDs: []cvd.ExternalID{{Kind: "ticket", Value: "PSIRT-19"}}})
	d.do(id, cvd.RecordCVE{Vuln: 1, CVE: "CVE-1900-0042", State: cvd.CVEReserved}, cvd.RecordCVE{Vuln: 1, CVE: "CVE-1900-0042", State: cvd.CVERejected, Reason: "no flaw"})
	d.do(id, cvd.AddProduct{Name: "frobd"}, cvd.SetGroups{Stream: 1, Groups: []cvd.Private{"daemons", "core"}, Reason: "a key customer"}, cvd.SetGroups{Groups: []cvd.Private{"router"}})
	d.do(id, cvd.HandOver{To: 2, Reason: "they know it better"}, cvd.LegalHold{Reason: "court"}, cvd.LiftHold{Reason: "over"})
	_, err = d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 3, Basis: cvd.EraseRequest})
	require.NoError(d.t, err)
	return id
}

// sent is a case whose messages went out, and one of their recipients was erased.
func sent(d *desk) cvd.CaseID {
	id := lettered(d)
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(d.t, err)
	return id
}

// merged is a case into which another went.
func merged(d *desk) cvd.CaseID {
	id := d.received().ID
	again := report
	again.IDs, again.Reporter = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<2@other.example>"}}, cvd.Contact{Email: "otto@other.example"}
	again.Original = strings.NewReader("the other original")
	other := d.do(cvd.CaseID{}, again)
	d.do(other.ID, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 10)}, cvd.AcceptEmbargo{Party: 2})
	_, err := d.svc.Merge(ctx, other.ID, staff, cvd.Merge{Into: id, Reason: "the same bug"})
	require.NoError(d.t, err)
	return id
}

// gathered is a case into which an imported one went.
func gathered(d *desk) cvd.CaseID {
	old, id := imported(d), d.do(cvd.CaseID{}, reportBy("zoe")).ID
	again, err := d.svc.Reopen(ctx, old, staff, cvd.Reopen{Reason: "it is back"})
	require.NoError(d.t, err)
	_, err = d.svc.Merge(ctx, again.ID, staff, cvd.Merge{Into: id, Reason: "the same"})
	require.NoError(d.t, err)
	return id
}

// access is a case with codes, of which one leads on.
func access(d *desk) cvd.CaseID {
	id := d.received().ID
	d.do(id, vendorAt("one"), cvd.GrantAccess{Party: 2, Code: aCode}, cvd.GrantAccess{Party: 3, Code: d.code(), Until: d.clock.t.AddDate(0, 0, 30)})
	d.do(id, cvd.GrantAccess{Party: 2, Code: d.code(), Replace: true}, cvd.RevokeAccess{Party: 3, Reason: "the link was forwarded"})
	d.do(id, cvd.SetTopic{Title: "frobd", Parties: []cvd.PartyID{2}}, cvd.PostMessage{Topic: 1, Text: "how is it going?"}, cvd.MarkRead{Party: 2})
	_, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "a part", Reports: []cvd.ReportID{1}})
	require.NoError(d.t, err)
	other := d.do(cvd.CaseID{}, reportBy("zoe"), cvd.Invite{Roles: cvd.RoleReporter, Contact: report.Reporter})
	_, err = d.svc.Merge(ctx, other.ID, staff, cvd.Merge{Into: id})
	require.NoError(d.t, err)
	d.do(id, cvd.GrantAccess{Party: 4, Code: d.code()}, cvd.GrantAccess{Party: 3, Code: d.code()})
	_, err = d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 4})
	require.NoError(d.t, err)
	return id
}

// authority is a case with reports to an authority, for a vulnerability and for an
// incident.
func authority(d *desk) cvd.CaseID {
	id := d.received().ID
	incident := cvd.Matter{Incident: 1}
	d.do(id, cvd.RecordAssessment{Step: cvd.StepSuspected, Source: "KEV"}, cvd.RecordAssessment{Step: cvd.StepDismissed, Evidence: "another product"})
	d.clock.pass(time.Hour)
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "our own logs"},
		cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageEarlyWarning}, Authority: "CSIRT", Reference: "SRP-1",
			Table: "t", Values: "{}", Name: "warning.pdf", Type: "application/pdf", Content: strings.NewReader("the bytes")})
	d.do(id, cvd.RecordRequest{Kind: cvd.RequestDelay, Authority: "CSIRT", Text: "no fix yet"}, cvd.RecordAnswer{Request: 1, Granted: true, Answer: "for a week"})
	d.do(id, cvd.RecordRequest{Kind: cvd.RequestIntermediate, Authority: "CSIRT", Due: d.clock.t.AddDate(0, 0, 3), Text: "state?"})
	d.do(id, cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageIntermediate}, Request: 2, Authority: "CSIRT", Forbidden: []string{"v27"}, Reason: "agreed with the source"})
	d.do(id, cvd.InformUsers{Audience: "all", Text: "update", Mitigation: "switch it off", Way: "mail", Machine: true, Reason: "they are attacked"})
	d.do(id, cvd.RecordAssessment{Matter: incident, Step: cvd.StepAware, Evidence: "the build server"})
	return id
}

// clocks is a case with dates: policies, facts, a date that moves, reminders.
func clocks(d *desk) cvd.CaseID {
	id := d.received().ID
	zero, _ := policy.ByName("project-zero")
	start := d.clock.Now()
	d.do(id, cvd.AdoptPolicy{Policy: zero}, cvd.RecordFact{Fact: policy.FactVendorNotified, At: start})
	d.do(id, cvd.RecordFact{Fact: policy.FactVendorNotified, At: start.Add(-time.Hour), Instead: true, Reason: "older mail"})
	d.clock.pass(72 * time.Hour)
	d.tick()
	return id
}

// publication is the main job: a report is taken in, triaged, put under an
// embargo, fixed and published.
func publication(d *desk) cvd.CaseID {
	c := d.received()
	id := c.ID
	d.do(id, cvd.Acknowledge{Text: "Thank you."})
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "Which version?"})
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid, Reason: "reproduced", Reply: "We can reproduce it."},
		cvd.SetSeverity{Vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Source: "us"},
		cvd.SetSeverity{Party: 2, Rating: cvd.RatingMedium},
		cvd.Accept{}, cvd.Assign{To: "bob@psirt.example"}, cvd.SetTitle{Title: "Overflow in frobd"},
		cvd.Identify{CWE: "CWE-787", CVE: "CVE-1900-0001"}, cvd.AddVulnerability{Title: "another"})
	berlin := time.FixedZone("Europe/Berlin", 7200)
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30).In(berlin).Add(time.Microsecond), Policy: "example/1", Reason: "our policy"})
	d.do(id, cvd.AcceptEmbargo{Party: 2, Assumed: true})
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Text: "Please join.", Contact: cvd.Contact{
		Organization: "Vendor One", Name: "Vera", Email: "psirt@one.example", Key: "0123456789ABCDEF",
		Routes: []cvd.Route{{Transport: "box", Address: "one"}, {Transport: "mail", Address: "psirt@one.example"}},
	}})
	d.do(id, cvd.Invite{Roles: cvd.RoleExpert, DetailsFirst: true, Reason: "standing agreement",
		Contact: cvd.Contact{Name: "Xaver", Phone: "+49 30 1", NotForSecurity: true}})
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.ReportState{Party: 3, State: vultron.RMAccepted})
	d.do(id, cvd.Attach{Name: "poc.c", Type: "text/x-c", TLP: tlp.Red, Content: strings.NewReader("int main;")})
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2, 3}, Subject: "details", Text: "the details", Attachments: []cvd.AttachmentID{1}})
	d.do(id, cvd.PostMessage{Text: "a note"})
	require.Empty(d.t, d.relay().Problems)
	d.do(id, cvd.AddProduct{Vendor: 3, Name: "frobd", Versions: "1.0 to 1.4", PURL: "pkg:generic/frobd"})
	d.clock.pass(24*time.Hour + 1500*time.Microsecond)
	d.do(id, cvd.Observe{What: vultron.VendorAware, Vuln: 1, Vendor: 3, Party: 3, Adopt: true, Observed: d.clock.t.Add(-90 * time.Microsecond)},
		cvd.Observe{What: vultron.FixReady, Vuln: 1, Vendor: 3, Stream: 1, Evidence: "commit 1234"})
	d.do(id, cvd.AdoptClaim{Claim: 6}, cvd.RecordStatus{Vuln: 1, Party: 3, Stream: 1, Affected: cvd.IsFixed, Fixed: "1.5", Statement: "update"})
	d.clock.pass(31 * 24 * time.Hour)
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1, 2}, At: d.clock.t.Add(-time.Hour).Add(time.Nanosecond).In(berlin), Advisories: []string{"https://example.org/1"}})
	d.do(id, cvd.Assign{}, cvd.Close{Reason: "done"})
	d.relay()
	return id
}

// negotiation proposes, counters, rejects, revises and ends an embargo.
func negotiation(d *desk) cvd.CaseID {
	id := d.received().ID
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 90), Reason: "as usual"})
	d.do(id, cvd.RejectEmbargo{Party: 2, Reason: "too long"})
	// A time of RFC 3339 has an offset and no name.
	d.do(id, cvd.ProposeEmbargo{Party: 2, Ends: d.clock.t.AddDate(0, 0, 30).In(time.FixedZone("", -16200))})
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 45)})
	d.do(id, cvd.AcceptEmbargo{Proposal: 2})
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 46)}, cvd.RejectEmbargo{Proposal: 4, Party: 2},
		cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 47)}, cvd.WithdrawProposal{Reason: "a slip"})
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor | cvd.RoleDeployer, Contact: cvd.Contact{Name: "N"}})
	d.do(id, cvd.AnswerInvitation{Party: 3})
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 20)})
	d.do(id, cvd.AcceptEmbargo{Party: 2})
	d.do(id, cvd.EndEmbargo{Reason: "the vendor has published"})
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Defer{Reason: "no time"}, cvd.Accept{})
	d.relay()
	return id
}

// surprise is a case that nobody reported, public from its first moment.
func surprise(d *desk) cvd.CaseID {
	c := d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginSurprise, Title: "seen in the news", Summary: "a link",
		IDs: []cvd.ExternalID{{Kind: "ticket", Value: "PSIRT-17"}}})
	d.do(c.ID, cvd.Observe{What: vultron.AttacksObserved, Evidence: "honeypot"})
	d.do(c.ID, cvd.AdoptClaim{Claim: 2})
	return c.ID
}

// rejectedReport was no vulnerability, was sent twice, and went elsewhere.
func rejectedReport(d *desk) cvd.CaseID {
	other := d.do(cvd.CaseID{}, cvd.Receive{Title: "the original"})
	c := d.do(cvd.CaseID{}, cvd.Receive{Kind: cvd.KindIncident, Channel: cvd.ChannelPhone, Title: "a call", TLP: tlp.Green})
	d.do(c.ID, report)
	d.do(c.ID, cvd.Triage{Report: 1, Outcome: cvd.OutcomeDuplicate, DuplicateOf: other.ID})
	d.do(c.ID, cvd.Triage{Report: 2, Outcome: cvd.OutcomeDuplicate, SameAs: 1, Reply: "We know."})
	d.do(c.ID, cvd.Triage{Report: 2, Outcome: cvd.OutcomeOutOfScope, ForwardedTo: "cert@example.org"})
	d.do(c.ID, cvd.Close{Reason: "nothing to do"})
	return c.ID
}

// erased lacks the private parts of a report and of its reporter.
func erased(d *desk) cvd.CaseID {
	id := d.received().ID
	c := d.do(id, cvd.Acknowledge{})
	var gone []cvd.Seq
	for _, e := range c.Events {
		if e.Kind == cvd.EventReportReceived || e.Kind == cvd.EventPartyAdded && e.Party == 2 {
			gone = append(gone, e.Seq)
		}
	}
	require.NoError(d.t, d.store.Append(ctx, []storage.Change{service.Erasure(c, cvd.CommandID{0: 0xee}, gone...)}))
	return id
}

// dump writes all that is exported and not zero, with the texts.
func dump(x any) string {
	var b strings.Builder
	dumpValue(&b, "", "Case", reflect.ValueOf(x))
	return b.String()
}

func dumpValue(b *strings.Builder, indent, name string, v reflect.Value) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.IsZero() || name == "Repeated" {
		return
	}
	switch x := v.Interface().(type) {
	case time.Time:
		fmt.Fprintf(b, "%s%s: %s %s\n", indent, name, x.Format(time.RFC3339Nano), x.Location())
		return
	case cvd.Private:
		fmt.Fprintf(b, "%s%s: %q\n", indent, name, string(x))
		return
	case fmt.Stringer:
		fmt.Fprintf(b, "%s%s: %s\n", indent, name, x)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		fmt.Fprintf(b, "%s%s:\n", indent, name)
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				dumpValue(b, indent+"  ", f.Name, v.Field(i))
			}
		}
		if e, ok := v.Interface().(cvd.Event); ok {
			if n := e.About(); n != nil {
				fmt.Fprintf(b, "%s  About: %v\n", indent, n)
			}
			if s := e.Became(); s != nil {
				fmt.Fprintf(b, "%s  Became: %s\n", indent, s)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			dumpValue(b, indent, name+" "+strconv.Itoa(i+1), v.Index(i))
		}
	default:
		fmt.Fprintf(b, "%s%s: %v\n", indent, name, v.Interface())
	}
}

// A golden file holds the case's ID, its records as lines "body HEX" and
// "private HEX", and after a line of dashes the dump.
type golden struct {
	id      cvd.CaseID
	records []storage.Record
	dump    string
}

func (g golden) write() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "case %s\n", g.id)
	for _, r := range g.records {
		fmt.Fprintf(&b, "body %x\n", r.Body)
		if r.Private != nil {
			fmt.Fprintf(&b, "private %x\n", r.Private)
		}
	}
	fmt.Fprintf(&b, "----\n%s", g.dump)
	return []byte(b.String())
}

func readGolden(t *testing.T, text string) (g golden) {
	t.Helper()
	logText, rest, ok := strings.Cut(text, "\n----\n")
	require.True(t, ok)
	g.dump = rest
	lines := bufio.NewScanner(strings.NewReader(logText))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		what, digits, _ := strings.Cut(lines.Text(), " ")
		if what == "case" {
			require.NoError(t, g.id.UnmarshalText([]byte(digits)))
			continue
		}
		b, err := hex.DecodeString(digits)
		require.NoError(t, err)
		switch what {
		case "body":
			g.records = append(g.records, storage.Record{Seq: cvd.Seq(len(g.records) + 1), Body: b})
		case "private":
			r := &g.records[len(g.records)-1]
			r.Private, r.HasPrivate = b, true
		default:
			t.Fatalf("a line that is neither case, body nor private: %q", what)
		}
	}
	require.NoError(t, lines.Err())
	return g
}

// open puts the log into a store of its own.
func (g golden) open(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	last := g.records[len(g.records)-1]
	require.NoError(t, d.store.Append(ctx, []storage.Change{{
		ID: g.id, Records: g.records, Head: storage.Head{ID: g.id, Seq: last.Seq, Tip: service.TipIn(last.Body)},
	}}))
	return d
}

func TestGoldenLogs(t *testing.T) {
	for name, story := range stories {
		path := filepath.Join(goldenDir, name+".txt")
		if _, err := os.Stat(path); *updateGolden && os.IsNotExist(err) {
			d, id := withDesk(t, story)
			g := golden{id: id, records: d.log(id)}
			require.NoError(t, os.MkdirAll(goldenDir, 0o755))
			require.NoError(t, os.WriteFile(path, g.write(), 0o644))
		}
	}
	files, err := filepath.Glob("testdata/golden/*/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), len(stories), "run this test with -update-golden for the log of a new story")
	keepFrozen(t, files)
	seen := map[string]bool{}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			g := readGolden(t, string(text))
			d := g.open(t)
			c := d.view(g.id, team)
			got := dump(c)
			if *updateGolden {
				g.dump = got
				require.NoError(t, os.WriteFile(path, g.write(), 0o644))
			}
			require.Equal(t, g.dump, got)
			require.False(t, c.ReadOnly)
			for _, r := range g.records {
				seen[service.NameIn(r.Body)] = true
			}
			if c.Open() {
				d.clock.t = c.At
				d.do(g.id, cvd.SetTitle{Title: "and it can be continued"})
			}
		})
	}
	for _, name := range service.KindNames() {
		require.True(t, seen[name], "no golden log holds %s: add a story that writes it, and run this test with -update-golden", name)
	}
}

// The same story writes the same bytes, so a golden log can be read against the
// code that made it.
func TestStoriesAreDeterministic(t *testing.T) {
	for name, story := range stories {
		a, idA := withDesk(t, story)
		b, idB := withDesk(t, story)
		require.Equal(t, a.log(idA), b.log(idB), name)
	}
}
