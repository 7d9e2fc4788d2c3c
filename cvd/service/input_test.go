package service_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var aCode = service.FormatCode([16]byte{15: 1})

// Small limits, so that a test of them is quick.
func smallLimits(c *cvd.Config) {
	c.Limits = cvd.Limits{Text: 100, Line: 20, Attachment: 1000, Recipients: 2, Items: 3}
}

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	y9999 = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	line  = cvd.Private(strings.Repeat("x", 21))
	long  = cvd.Private(strings.Repeat("x", 101))
)

// badInput lists commands that cannot be, each with the field that is named.
var badInput = []struct {
	cmd   cvd.Command
	field string
}{
	{cvd.RecordCVE{}, "CVE"}, {cvd.RecordCVE{CVE: "CVE-1900-0001"}, "State"}, {cvd.RecordCVE{CVE: "CVE-1900-0001", State: cvd.CVERejected}, "Reason"},
	{cvd.RecordCVE{CVE: "CVE-1900-0001", State: cvd.CVEPublished, SHA256: "12"}, "SHA256"}, {cvd.SetGroups{Groups: []cvd.Private{" "}}, "Groups"}, {cvd.SetGroups{Groups: []cvd.Private{"*"}}, "Groups"},
	{cvd.LegalHold{}, "Reason"}, {cvd.LiftHold{}, "Reason"}, {cvd.HandOver{To: 2}, "Reason"},
	{cvd.DecideSSVC{Table: "none"}, "Inputs"},
	{cvd.AddID{}, "IDs"}, {cvd.AddID{IDs: []cvd.ExternalID{{Kind: cvd.IDNumber, Value: "CVD-2026-00000"}}}, "IDs"},
	{cvd.Receive{Title: line}, "Title"},
	{cvd.Receive{Summary: long}, "Summary"},
	{cvd.Receive{Products: long}, "Products"},
	{cvd.Receive{Observations: long}, "Observations"},
	{cvd.Receive{Wish: long}, "Wish"},
	{cvd.Receive{CreditName: line}, "CreditName"},
	{cvd.Receive{Fingerprint: line}, "Fingerprint"},
	{cvd.Receive{OriginalType: line}, "OriginalType"},
	{cvd.Receive{Summary: "\xff"}, "Summary"},
	{cvd.Receive{Summary: "a\x00b"}, "Summary"},
	{cvd.Receive{Title: "a\nb"}, "Title"},
	{cvd.Receive{Title: "a\u2028b"}, "Title"},
	{cvd.Receive{Received: y9999}, "Received"},
	{cvd.Receive{Received: noon.Add(time.Hour)}, "Received"},
	{cvd.Receive{Received: noon.AddDate(-101, 0, 0)}, "Received"},
	{cvd.Receive{Received: time.Unix(0, 0)}, "Received"},
	{cvd.Receive{TLP: 99}, "TLP"},
	{cvd.Receive{Channel: 99}, "Channel"},
	{cvd.Receive{Protection: 99}, "Protection"},
	{cvd.Receive{Signature: 99}, "Signature"},
	{cvd.Receive{Kind: 99}, "Kind"},
	{cvd.Receive{Credit: 99}, "Credit"},
	{cvd.Receive{IDs: make([]cvd.ExternalID, 4)}, "IDs"},
	{cvd.Receive{IDs: []cvd.ExternalID{{Kind: "x"}}}, "IDs"},
	{cvd.Receive{IDs: []cvd.ExternalID{{Value: "x"}}}, "IDs"},
	{cvd.Receive{IDs: []cvd.ExternalID{{Kind: cvd.IDNumber, Value: "CVD-2026-00000"}}}, "IDs"},
	{cvd.Receive{IDs: []cvd.ExternalID{{Kind: string(line), Value: "x"}}}, "IDs"},
	{cvd.Receive{Reporter: cvd.Contact{Email: "nobody"}}, "Reporter.Email"},
	{cvd.Receive{Reporter: cvd.Contact{Email: "a@b,c@d"}}, "Reporter.Email"},
	{cvd.Receive{Reporter: cvd.Contact{Email: "a@b\r\nBcc:c"}}, "Reporter.Email"},
	{cvd.Receive{Reporter: cvd.Contact{Name: line}}, "Reporter.Name"},
	{cvd.Receive{Reporter: cvd.Contact{Address: long}}, "Reporter.Address"},
	{cvd.Receive{Reporter: cvd.Contact{Routes: make([]cvd.Route, 4)}}, "Reporter.Routes"},
	{cvd.Receive{Reporter: cvd.Contact{Routes: []cvd.Route{{Transport: "pigeon"}}}}, "Reporter.Routes"},
	{cvd.Receive{Original: strings.NewReader(strings.Repeat("x", 1001))}, "Original"},
	{cvd.Attach{Name: "a"}, "Content"},
	{cvd.Attach{Name: line, Content: strings.NewReader("x")}, "Name"},
	{cvd.Attach{TLP: 99, Content: strings.NewReader("x")}, "TLP"},
	{cvd.Attach{Content: strings.NewReader(strings.Repeat("x", 1001))}, "Content"},
	{cvd.Acknowledge{Text: long}, "Text"},
	{cvd.Triage{}, "Outcome"},
	{cvd.Triage{Outcome: 99}, "Outcome"},
	{cvd.Triage{Outcome: cvd.OutcomeNeedsInformation}, "Reply"},
	{cvd.Triage{Outcome: cvd.OutcomeDuplicate}, "DuplicateOf"},
	{cvd.Triage{Outcome: cvd.OutcomeValid, SameAs: 1}, "DuplicateOf"},
	{cvd.Triage{Outcome: cvd.OutcomeDuplicate, SameAs: 1}, "SameAs"},
	{cvd.Triage{Outcome: cvd.OutcomeValid, Reason: long}, "Reason"},
	{cvd.Defer{Reason: long}, "Reason"},
	{cvd.Close{Reason: long}, "Reason"},
	{cvd.Close{Override: true}, "Reason"},
	{cvd.Assign{To: line}, "To"},
	{cvd.SetTitle{}, "Title"},
	{cvd.AddVulnerability{Title: line}, "Title"},
	{cvd.Identify{CVE: "CVE-26-1"}, "CVE"},
	{cvd.Identify{CVE: "CVE-2026-123456789012345678901"}, "CVE"},
	{cvd.Identify{CWE: "787"}, "CWE"},
	{cvd.SetSeverity{}, "Vector"},
	{cvd.SetSeverity{Vector: "AV:N", Rating: cvd.RatingLow}, "Vector"},
	{cvd.SetSeverity{Vector: "CVSS:4.0/AV:X"}, "Vector"},
	{cvd.SetSeverity{Rating: 99}, "Rating"},
	{cvd.SetSeverity{Rating: 1, Source: line}, "Source"},
	{cvd.AddProduct{}, "Name"},
	{cvd.AddProduct{Name: "a", PURL: line}, "PURL"},
	{cvd.RecordStatus{Affected: 99}, "Affected"},
	{cvd.RecordStatus{Statement: long}, "Statement"},
	{cvd.ProposeEmbargo{Ends: y9999}, "Ends"},
	{cvd.ProposeEmbargo{Ends: noon.AddDate(51, 0, 0)}, "Ends"},
	{cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 1).In(time.FixedZone(string(long), 0))}, "Ends"},
	{cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 1), Policy: string(line)}, "Policy"},
	{cvd.RejectEmbargo{Reason: long}, "Reason"},
	{cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: 9}}, "Rules"},
	{cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Quorum: 101}}, "Rules"},
	{cvd.AskConsent{Text: long}, "Text"},
	{cvd.AskConsent{To: 2, Window: 1 << 62}, "Window"},
	{cvd.AnnounceDeadline{}, "At"},
	{cvd.AnnounceDeadline{At: noon.Add(-time.Hour)}, "At"},
	{cvd.AnnounceDeadline{At: noon.AddDate(51, 0, 0)}, "At"},
	{cvd.RecordCompelledDisclosure{Recipient: "r"}, "Basis"},
	{cvd.RecordCompelledDisclosure{Basis: "b"}, "Recipient"},
	{cvd.RecordCompelledDisclosure{Basis: "b", Recipient: "r", What: long}, "What"},
	{cvd.PlanRelease{Outputs: []string{"a"}}, "At"},
	{cvd.PlanRelease{At: noon.AddDate(0, 0, 1)}, "Outputs"},
	{cvd.PlanRelease{At: noon.AddDate(0, 0, 1), Outputs: []string{"a", "a"}}, "Outputs"},
	{cvd.PlanRelease{At: noon.AddDate(0, 0, 1), Outputs: []string{"No"}}, "Outputs"},
	{cvd.AnswerRelease{Party: 1, Hold: true}, "Reason"},
	{cvd.ApproveRelease{DespiteHold: true}, "Reason"},
	{cvd.RecordOutput{Output: "a", Ref: string(line)}, "Ref"},
	{cvd.PlanNotification{List: "l", Parties: []cvd.PartyID{1}, Lead: time.Hour}, "Agreement"},
	{cvd.PlanNotification{List: "l", Parties: []cvd.PartyID{1}, Agreement: "a"}, "Lead"},
	{cvd.PlanNotification{List: "L", Parties: []cvd.PartyID{1}, Lead: time.Hour, Agreement: "a"}, "List"},
	{cvd.PlanNotification{List: "l", Lead: time.Hour, Agreement: "a"}, "Parties"},
	{cvd.NotifyList{List: "l"}, "Text"},
	{cvd.Invite{Roles: 1, Contact: cvd.Contact{Name: "n"}, Scope: []cvd.VulnID{1}}, "Limited"},
	{cvd.Receive{PublishOn: y9999}, "PublishOn"},
	{cvd.Observe{What: vultron.PublicAware, TLP: 99}, "TLP"},
	{cvd.RecordStatus{TLP: 99}, "TLP"},
	{cvd.AddVulnerability{TLP: 99}, "TLP"},
	{cvd.Identify{TLP: 99}, "TLP"},
	{cvd.SetSeverity{Rating: 1, TLP: 99}, "TLP"},
	{cvd.AddProduct{Name: "a", TLP: 99}, "TLP"},
	{cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 1), Dates: cvd.Dates{Details: y9999}}, "Dates"},
	{cvd.EndEmbargo{Reason: long}, "Reason"},
	{cvd.Observe{}, "What"},
	{cvd.Observe{What: vultron.PublicAware, Observed: noon.AddDate(0, 0, 1)}, "Observed"},
	{cvd.Observe{What: vultron.PublicAware, Evidence: long}, "Evidence"},
	{cvd.PostMessage{}, "Text"},
	{cvd.PostMessage{Text: "a", To: make([]cvd.PartyID, 3)}, "To"},
	{cvd.PostMessage{Text: "a", To: []cvd.PartyID{1}}, "To"},
	{cvd.PostMessage{Text: "a", Require: 99}, "Require"},
	{cvd.PostMessage{Text: "a", TLP: 99}, "TLP"},
	{cvd.PostMessage{Attachments: make([]cvd.AttachmentID, 4)}, "Attachments"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{Channel: 99}}, "Provenance.Channel"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{Protection: 99}}, "Provenance.Protection"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{Signature: 99}}, "Provenance.Signature"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{KnownBy: 99}}, "Provenance.KnownBy"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{Received: noon.AddDate(0, 0, 1)}}, "Provenance.Received"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{Sender: line}}, "Provenance.Sender"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{Fingerprint: "a\nb"}}, "Provenance.Fingerprint"},
	{cvd.PostMessage{Text: "a", Provenance: cvd.Provenance{IDs: []cvd.ExternalID{{Kind: cvd.IDNumber, Value: "1"}}}}, "Provenance.IDs"},
	{cvd.PostMessage{Text: "a", Files: []cvd.File{{Name: "a"}}}, "Files"},
	{cvd.PostMessage{Text: "a", Files: make([]cvd.File, 4)}, "Files"},
	{cvd.PostMessage{Text: "a", Original: strings.NewReader(strings.Repeat("x", 1001))}, "Original"},
	{cvd.PostMessage{Text: "a", Files: []cvd.File{{Content: strings.NewReader(strings.Repeat("x", 1001))}}}, "Files"},
	{cvd.PostMessage{Text: "a", Go: true, Hold: true}, "Hold"},
	{cvd.PostMessage{Text: "a", Statements: []cvd.Statement{{Affected: 99}}}, "Statements"},
	{cvd.Receive{Quarantine: long}, "Quarantine"},
	{cvd.Dismiss{}, "Why"}, {cvd.Dismiss{Why: 99}, "Why"}, {cvd.Dismiss{Why: 1, Reply: long}, "Reply"}, {cvd.Dismiss{Why: 1, DuplicateOf: cvd.CaseID{1}}, "DuplicateOf"},
	{cvd.Appeal{}, "Text"}, {cvd.Appeal{Text: "a", Provenance: cvd.Provenance{Channel: 99}}, "Provenance.Channel"},
	{cvd.PostUnverified{Text: "a"}, "Reason"}, {cvd.PostUnverified{Reason: "r", Text: long}, "Text"},
	{cvd.Admit{Message: 1, Reporter: cvd.Contact{Name: "n"}}, "Reporter"},
	{cvd.RecordBounce{}, "Delivery"}, {cvd.RecordBounce{Delivery: "d", Detail: long}, "Detail"},
	{cvd.Publish{At: y9999}, "At"},
	{cvd.Publish{Advisories: []string{""}}, "Advisories"},
	{cvd.Publish{Advisories: make([]string, 4)}, "Advisories"},
	{cvd.Invite{}, "Roles"},
	{cvd.Invite{Roles: 1}, "Contact"},
	{cvd.Invite{Roles: 1 << 15, Contact: cvd.Contact{Name: "n"}}, "Roles"},
	{cvd.Invite{Roles: 1, Contact: cvd.Contact{Name: "n"}, DetailsFirst: true}, "Reason"},
	{cvd.ReportState{Party: cvd.Owner, State: vultron.RMClosed}, "Party"},
	{cvd.GrantAccess{Party: 2}, "Code"}, {cvd.GrantAccess{Party: 2, Code: "1234"}, "Code"}, {cvd.GrantAccess{Party: 2, Code: aCode, Until: noon}, "Until"},
	{cvd.SetTopic{}, "Title"}, {cvd.SetTopic{Title: line}, "Title"}, {cvd.SetTopic{Title: "t", Parties: make([]cvd.PartyID, 3)}, "Parties"},
	{cvd.MarkRead{Over: 99}, "Over"},
	{cvd.RevokeAccess{}, "Grant"}, {cvd.RevokeAccess{Party: 2, Reason: long}, "Reason"},
	{cvd.AdoptPolicy{}, "Policy"},
	{cvd.RecordAssessment{}, "Step"},
	{cvd.RecordAssessment{Step: 9}, "Step"},
	{cvd.RecordAssessment{Step: cvd.StepAware}, "Evidence"},
	{cvd.RecordAssessment{Step: cvd.StepSuspected, Instead: true}, "Evidence"},
	{cvd.RecordAssessment{Step: cvd.StepSuspected, Evidence: long}, "Evidence"},
	{cvd.RecordAssessment{Step: cvd.StepSuspected, Source: line}, "Source"},
	{cvd.RecordAssessment{Step: cvd.StepSuspected, At: noon.AddDate(0, 0, 1)}, "At"},
	{cvd.RecordAssessment{Step: cvd.StepSuspected, Matter: cvd.Matter{Vuln: 1, Incident: 1}}, "Matter"},
	{cvd.RecordSubmission{Authority: "a"}, "Stages"},
	{cvd.RecordSubmission{Authority: "a", Stages: []cvd.ReportStage{9}}, "Stages"},
	{cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageFinal}}, "Authority"},
	{cvd.RecordSubmission{Authority: "a", Stages: []cvd.ReportStage{cvd.StageFinal}, Forbidden: []string{"v27"}}, "Reason"},
	{cvd.RecordSubmission{Authority: "a", Stages: []cvd.ReportStage{cvd.StageFinal}, Reference: line}, "Reference"},
	{cvd.RecordSubmission{Authority: "a", Stages: []cvd.ReportStage{cvd.StageFinal}, Values: long}, "Values"},
	{cvd.RecordSubmission{Authority: "a", Stages: []cvd.ReportStage{cvd.StageFinal}, At: noon.AddDate(0, 0, 1)}, "At"},
	{cvd.RecordSubmission{Authority: "a", Stages: []cvd.ReportStage{cvd.StageFinal}, Content: strings.NewReader(strings.Repeat("x", 1001))}, "Content"},
	{cvd.RecordRequest{Authority: "a"}, "Kind"},
	{cvd.RecordRequest{Authority: "a", Kind: cvd.RequestIntermediate}, "Due"},
	{cvd.RecordRequest{Kind: cvd.RequestDelay, Text: "t"}, "Authority"},
	{cvd.RecordRequest{Authority: "a", Kind: cvd.RequestDelay}, "Text"},
	{cvd.RecordRequest{Authority: "a", Kind: cvd.RequestIntermediate, Due: y9999}, "Due"},
	{cvd.RecordAnswer{Answer: long}, "Answer"},
	{cvd.InformUsers{Text: "t"}, "Audience"},
	{cvd.InformUsers{Audience: "a"}, "Text"},
	{cvd.InformUsers{Audience: "a", Text: "t", Way: line}, "Way"},
	{cvd.InformUsers{Audience: "a", Text: "t", Mitigation: long}, "Mitigation"},
	{cvd.RecordFact{Fact: "No Words"}, "Fact"},
	{cvd.RecordFact{Fact: "a", Instead: true}, "Reason"},
}

func TestBadInput(t *testing.T) {
	d := newDesk(t, smallLimits)
	d.clock.t = noon
	id := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"}).ID
	d.do(id, cvd.PostUnverified{Reason: "r", Text: "t"})
	before := d.contents()
	for _, x := range badInput {
		what := fmt.Sprintf("%T %s", x.cmd, x.field)
		// A good command before it does not make it half done.
		to, cmds := id, []cvd.Command{cvd.SetTitle{Title: "u"}, x.cmd}
		if _, starts := x.cmd.(cvd.Receive); starts { // can only be the first
			to, cmds = cvd.CaseID{}, []cvd.Command{x.cmd}
		}
		_, err := d.svc.Do(ctx, to, staff, cmds...)
		var in *cvd.InputError
		require.ErrorAs(t, err, &in, what)
		require.ErrorIs(t, err, cvd.ErrInput, what)
		require.Equal(t, x.field, in.Field, "%s: %v", what, err)
		require.Equal(t, reflect.TypeOf(x.cmd).Name(), in.Command)
		require.Equal(t, before, d.contents(), what)
	}
	for what, cmds := range map[string][]cvd.Command{
		"none": nil, "nil": {nil}, "too many": {cvd.Accept{}, cvd.Accept{}, cvd.Accept{}, cvd.Accept{}},
		"a pointer": {&cvd.Attach{Content: strings.NewReader("lost")}}, "a nil pointer": {(*cvd.Accept)(nil)},
		"embedded": {struct{ cvd.Attach }{cvd.Attach{Content: strings.NewReader("lost")}}},
	} {
		_, err := d.svc.Do(ctx, id, staff, cmds...)
		require.ErrorIs(t, err, cvd.ErrInput, what)
	}
	_, err := d.svc.Do(ctx, id, cvd.By{Actor: line}, cvd.Accept{})
	require.ErrorIs(t, err, cvd.ErrInput)
	require.Equal(t, before, d.contents())
	_, err = d.svc.Do(ctx, id, staff, cvd.SetSeverity{Vector: "CVSS:3.1/AV:Q"})
	require.ErrorIs(t, err, cvss.ErrMalformed, "the parser's own error is at hand")
	_, err = d.svc.Do(ctx, id, staff, cvd.Attach{TLP: 9, Content: strings.NewReader("x")})
	require.ErrorIs(t, err, tlp.ErrUnknown)
}

// What changes two cases, or answers more than a case, has a method of its own. The
// compiler refuses it for Do, and Authorize is asked all the same.
func TestActionsThatAreNoCommands(t *testing.T) {
	for _, a := range []cvd.Action{cvd.Merge{}, cvd.Split{}, cvd.Reopen{}, cvd.LinkTo{}, cvd.ErasePerson{}} {
		_, ok := a.(cvd.Command)
		require.False(t, ok, "%T", a)
	}
	d := newDesk(t)
	id := d.received().ID
	var in *cvd.InputError
	_, err := d.svc.Merge(ctx, id, staff, cvd.Merge{Into: id})
	require.ErrorAs(t, err, &in)
	require.Equal(t, "Merge.Into", in.Command+"."+in.Field)
	_, err = d.svc.Link(ctx, id, staff, cvd.LinkTo{Case: id})
	require.ErrorAs(t, err, &in)
	require.Equal(t, "LinkTo.Case", in.Command+"."+in.Field)
}

func TestUnknownCase(t *testing.T) {
	d := newDesk(t)
	before := d.contents()
	for _, id := range []cvd.CaseID{{}, {1}} {
		_, err := d.svc.Do(ctx, id, staff, cvd.SetTitle{Title: "t"})
		require.ErrorIs(t, err, cvd.ErrNotFound)
		_, err = d.svc.View(ctx, id, team)
		require.ErrorIs(t, err, cvd.ErrNotFound)
	}
	_, err := d.svc.Do(ctx, cvd.CaseID{1}, staff, cvd.Receive{Original: strings.NewReader("x")})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	_, err = d.svc.Do(ctx, cvd.CaseID{1}, staff, cvd.Attach{Content: strings.NewReader("x")})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	require.Equal(t, before, d.contents(), "no blob is left behind")
	id := d.received().ID
	_, err = d.svc.Do(ctx, id, staff, cvd.Triage{Outcome: cvd.OutcomeDuplicate, DuplicateOf: cvd.CaseID{1}})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	_, err = d.svc.Attachment(ctx, id, team, 99)
	require.ErrorIs(t, err, cvd.ErrNotFound)
}

func TestEndedContext(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	before := d.contents()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err := d.svc.Do(gone, id, staff, cvd.Attach{Content: strings.NewReader("x")})
	require.ErrorIs(t, err, context.Canceled)
	_, err = d.svc.View(gone, id, team)
	require.ErrorIs(t, err, context.Canceled)
	_, err = d.svc.Relay(gone, 1)
	require.ErrorIs(t, err, context.Canceled)
	// A Store that always conflicts does not hold the caller for ever.
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	e := d.another(func(c *cvd.Config) { c.Store = &moving{Store: c.Store} })
	_, err = e.svc.Do(soon, id, staff, cvd.SetTitle{Title: "t"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, before, d.contents())
}

// moving is a Store on which another writer always wins.
type moving struct {
	storage.Store
	own int
}

func (m *moving) Append(context.Context, []storage.Change) error { return cvd.ErrConflict }

func (m *moving) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, n int, private bool) ([]storage.Record, error) {
	if after > 0 {
		m.own++
		if m.own > 5 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	}
	return m.Store.Load(ctx, id, after, n, private)
}

// refusals shows for each rule commands that violate it, on the case that
// prepare makes.
var refusals = map[cvd.RuleID][]struct {
	prepare func(*desk) cvd.CaseID
	cmd     cvd.Command
}{
	cvd.RuleReportState: {
		{valid, cvd.Close{}}, {intake, cvd.Accept{}}, {intake, cvd.Defer{}}, {closed, cvd.Accept{}},
	},
	cvd.RuleRegression: {{intake, cvd.ReportState{Party: 2, State: vultron.RMReceived}}, {intake, cvd.ReportState{Party: 2, State: 99}}},
	cvd.RuleEmbargoState: {
		{intake, cvd.EndEmbargo{}}, {proposed, cvd.EndEmbargo{}}, {intake, cvd.AnswerInvitation{Party: 2, Accept: true}},
		{ended, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9)}},
	},
	cvd.RuleConsentState: {{declined, cvd.AnswerInvitation{Party: 3, Accept: true}}, {declined, cvd.AnswerInvitation{Party: 3}}},
	cvd.RuleEmbargoSecret: {
		{public, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9)}},
	},
	cvd.RuleEmbargoDeployed: {{deployed, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9)}}},
	cvd.RuleEmbargoEnd: {
		{intake, cvd.ProposeEmbargo{}}, {intake, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, -9)}},
		{proposedAndPast, cvd.AcceptEmbargo{Party: 2}},
	},
	cvd.RuleEmbargoOwn: {
		{proposed, cvd.AcceptEmbargo{}}, {proposed, cvd.RejectEmbargo{}}, {proposedByOther, cvd.AcceptEmbargo{Party: 3}},
	},
	cvd.RuleEmbargoDone:  {{embargoed, cvd.AcceptEmbargo{Proposal: 1, Party: 2}}, {embargoed, cvd.RejectEmbargo{Proposal: 1, Party: 2}}},
	cvd.RuleEmbargoHolds: {{embargoed, cvd.Publish{}}},
	cvd.RuleEmbargoClose: {{embargoed, cvd.Close{}}},
	cvd.RuleManufacturer: {{intake, cvd.RecordAssessment{Matter: cvd.Matter{Vendor: 2}, Step: cvd.StepSuspected}}},
	cvd.RuleInformReason: {{embargoed, cvd.InformUsers{Audience: "all", Text: "update"}}},
	cvd.RuleEmbargoRules: {{proposed, cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: cvd.ResolveOwner}}}},
	cvd.RuleEmbargoEarliest: {
		{twoProposed, cvd.AcceptEmbargo{Proposal: 1, Party: 2}},
		{twoRevisions, cvd.AcceptEmbargo{Proposal: 2, Party: 2}}, {twoRevisions, cvd.RejectEmbargo{Proposal: 2, Party: 2}},
	},
	cvd.RuleEmbargoUnanimous: {{unanimousLate, cvd.AcceptEmbargo{Party: 3}}},
	cvd.RuleEmbargoDates: {
		{intake, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9), Dates: cvd.Dates{Existence: noon.AddDate(0, 0, 10)}}},
		{intake, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9), Dates: cvd.Dates{Details: noon.AddDate(0, 0, 8)}}},
		{intake, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9), Dates: cvd.Dates{Details: noon.AddDate(0, 0, 20), ProofOfConcept: noon.AddDate(0, 0, 10)}}},
	},
	cvd.RuleEmbargoQuorum:   {{quorum, cvd.EndEmbargo{Reason: "early"}}},
	cvd.RuleTerms:           {{embargoed, cvd.AnswerInvitation{Party: 2, Proposal: 2}}, {rejected, cvd.AnswerInvitation{Party: 2, Accept: true, Proposal: 1}}},
	cvd.RuleVoice:           {{declinedOne, cvd.AcceptEmbargo{Party: 2}}, {after(proposed, cvd.ReportState{Party: 2, State: vultron.RMClosed}), cvd.AnswerInvitation{Party: 2, Accept: true}}},
	cvd.RuleEmbargoWithdraw: {{proposed, cvd.WithdrawProposal{Party: 2, Proposal: 1}}},
	cvd.RuleEmbargoOver:     {{ranOut, cvd.ProposeEmbargo{Ends: days(200)}}},
	cvd.RuleEmbargoShort:    {{proposedAndAttacked, cvd.AcceptEmbargo{Party: 2}}, {attacked, cvd.ProposeEmbargo{Ends: days(3)}}, {attacked, cvd.ProposeEmbargo{Ends: days(9), Reason: "we need time"}}},
	cvd.RuleEmbargoLong:     {{intake, cvd.ProposeEmbargo{Ends: days(3650)}}},
	cvd.RulePublishFix:      {{after(valid, cvd.Accept{}), cvd.Publish{}}},
	cvd.RuleConsentWindow: {
		{embargoed, cvd.AskConsent{To: 2, Window: 71 * time.Hour}},
		{embargoed, cvd.Invite{Roles: 1, Contact: cvd.Contact{Name: "n"}, Window: time.Hour}},
	},
	cvd.RuleReleaseInstant: {
		{embargoed, cvd.PlanRelease{At: noon.AddDate(0, 0, 29), Outputs: []string{"csaf"}}},
		{embargoed, cvd.PlanRelease{At: noon.AddDate(0, 0, -29), Outputs: []string{"csaf"}}},
		{releaseApproved, cvd.RecordOutput{Output: "csaf"}}, {releaseApproved, cvd.Publish{}},
	},
	cvd.RuleReleaseHold: {{releaseHeld, cvd.RecordOutput{Output: "csaf"}}, {releaseHeld, cvd.Publish{}}},
	cvd.RuleReleaseTwo: {
		{releasePlanned, cvd.RecordOutput{Output: "csaf"}}, {releasePlanned, cvd.Publish{}},
		{after(releasePlanned, cvd.ApproveRelease{}), cvd.ApproveRelease{}},
	},
	cvd.RuleReleaseOrder: {{releaseDue, cvd.RecordOutput{Output: "cve"}}},
	cvd.RuleListLead:     {{after(releaseApproved, cvd.PlanNotification{List: "distros", Parties: []cvd.PartyID{3}, Lead: time.Hour, Agreement: "a"}), cvd.NotifyList{List: "distros", Text: "t"}}},
	cvd.RuleCaseState: {
		{intake, cvd.Observe{What: vultron.FixDeployed, Adopt: true}}, {intake, cvd.RecordStatus{Party: 2}},
		{claimed, cvd.AdoptClaim{Claim: 1}},
	},
	cvd.RuleOnce: {
		{after(after(intake, unverified), cvd.Admit{Message: 1}), cvd.Admit{Message: 1}},
		{submitted, cvd.Acknowledge{}}, {intake, cvd.SetGroups{}},
		{after(intake, aCVE), aCVE},
		{after(submitted, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "which?"}), cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "and?"}},
		{acknowledged, cvd.Acknowledge{}}, {intake, cvd.ReportState{Party: 2, State: vultron.RMAccepted}},
		{public, cvd.Observe{What: vultron.PublicAware, Adopt: true}}, {public, cvd.AdoptClaim{Claim: 1}},
	},
	cvd.RuleTriage:      {{outbound, cvd.Triage{Outcome: cvd.OutcomeValid}}},
	cvd.RuleAssessed:    {{intake, cvd.Publish{}}},
	cvd.RuleAdvisoryTLP: {{after(valid, cvd.Accept{}), cvd.Publish{Advisory: &advisory.Advisory{TLP: tlp.Amber}}}},
	cvd.RuleClosed: {
		{closed, cvd.Triage{Outcome: cvd.OutcomeValid}}, {closed, cvd.AddVulnerability{}}, {closed, cvd.Receive{}},
		{closed, cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 9)}}, {closed, cvd.Invite{Roles: 1, Contact: cvd.Contact{Name: "n"}}},
	},
	cvd.RuleKnown: {
		{intake, cvd.Admit{Message: 9}}, {after(intake, unverified), cvd.Admit{Message: 1, Party: 9}}, {intake, cvd.PostUnverified{Reason: "r", Claimed: 9}},
		{intake, cvd.PostMessage{Text: "t", InReplyTo: 9}}, {intake, cvd.RecordBounce{Delivery: "0123"}},
		{after(intake, unverified), cvd.AdoptStatements{Message: 1}}, {after(intake, vendor), cvd.PostMessage{Party: 3, Go: true}},
		{intake, cvd.MarkRead{Upto: 999}}, {intake, cvd.SetGroups{Stream: 9, Groups: []cvd.Private{"g"}}},
		{intake, cvd.AskConsent{To: 9}}, {intake, cvd.AnnounceDeadline{Party: 9, At: noon.AddDate(0, 0, 9)}},
		{intake, cvd.AnswerRelease{Party: 1}}, {intake, cvd.ApproveRelease{}}, {intake, cvd.RecordOutput{Output: "csaf"}},
		{releaseDue, cvd.RecordOutput{Output: "no"}}, {intake, cvd.NotifyList{List: "no", Text: "t"}},
		{intake, cvd.PlanNotification{List: "l", Parties: []cvd.PartyID{9}, Lead: time.Hour, Agreement: "a"}},
		{intake, cvd.Invite{Roles: 1, Contact: cvd.Contact{Name: "n"}, Limited: true, Scope: []cvd.VulnID{9}}},
		{intake, cvd.Acknowledge{Report: 9}}, {intake, cvd.Triage{Report: 9, Outcome: cvd.OutcomeValid}},
		{intake, cvd.Triage{Outcome: cvd.OutcomeDuplicate, SameAs: 9}}, {intake, cvd.AcceptEmbargo{}},
		{intake, cvd.RejectEmbargo{}}, {intake, cvd.AdoptClaim{Claim: 9}}, {intake, cvd.Identify{Vuln: 9}},
		{intake, cvd.SetSeverity{Vuln: 9, Rating: cvd.RatingLow}}, {intake, cvd.SetSeverity{Party: 9, Rating: cvd.RatingLow}},
		{intake, cvd.AddProduct{Vendor: 9, Name: "n"}}, {intake, cvd.RecordStatus{Stream: 9}}, {intake, cvd.RecordStatus{Party: 9}},
		{intake, cvd.Observe{What: vultron.PublicAware, Vuln: 9}}, {intake, cvd.Observe{What: vultron.PublicAware, Party: 9}},
		{intake, cvd.PostMessage{Text: "t", To: []cvd.PartyID{9}}}, {intake, cvd.PostMessage{Text: "t", Party: 9}},
		{intake, cvd.PostMessage{Attachments: []cvd.AttachmentID{9}}}, {intake, cvd.ReportState{Party: 9}},
		{intake, cvd.AnswerInvitation{Party: 9}}, {intake, cvd.Attach{Party: 9, Content: strings.NewReader("x")}},
	},
	cvd.RuleAccess: {
		{intake, cvd.GrantAccess{Party: cvd.Owner, Code: aCode}}, {after(intake, cvd.GrantAccess{Party: 2, Code: aCode}), cvd.GrantAccess{Party: 2, Code: aCode}},
	},
	cvd.RuleAdmit: {{after(intake, cvd.PostMessage{Text: "t"}), cvd.Admit{Message: 1, Party: 2}}},
	cvd.RuleSubmission: {
		{submitted, cvd.Accept{}}, {submitted, cvd.Publish{}}, {submitted, vendor}, {submitted, cvd.Receive{}}, {dismissed, propose},
		{submitted, cvd.Triage{Outcome: cvd.OutcomeValid}}, {quarantined, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "which?"}},
		{dismissed, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "which?"}}, {dismissed, cvd.Dismiss{Why: cvd.DismissalSpam}},
		{intake, cvd.Dismiss{Why: cvd.DismissalSpam}}, {after(submitted, unverified), cvd.Admit{Message: 2, AsReport: true}},
	},
	cvd.RuleAppeal: {
		{submitted, cvd.Appeal{Text: "t"}}, {intake, cvd.Appeal{Text: "t"}}, {quarantined, cvd.Appeal{Text: "t"}},
		{after(dismissed, cvd.Appeal{Text: "t"}), cvd.Dismiss{Why: cvd.DismissalSpam}},
		{dismissedAgain, cvd.Appeal{Text: "t"}},
	},
	cvd.RuleAudience: {{quarantined, cvd.PostMessage{Text: "t", To: []cvd.PartyID{2}}}, {invited, cvd.PostMessage{Text: "t", To: []cvd.PartyID{3}}}},
	cvd.RuleNew:      {{intake, cvd.Open{Title: "t", Origin: cvd.OriginOutbound}}},
}

var aCVE = cvd.RecordCVE{CVE: "CVE-1900-0001", State: cvd.CVEReserved}

func intake(d *desk) cvd.CaseID {
	d.clock.t = noon
	return d.do(cvd.CaseID{}, report).ID
}

func submitted(d *desk) cvd.CaseID {
	d.clock.t = noon
	r := report
	r.Submission = true
	return d.do(cvd.CaseID{}, r).ID
}

func quarantined(d *desk) cvd.CaseID {
	d.clock.t = noon
	r := report
	r.Quarantine = "too fast"
	return d.do(cvd.CaseID{}, r).ID
}

var dismissed = after(submitted, cvd.Dismiss{Why: cvd.DismissalNoFlaw, Reason: "works as it should"})

func dismissedAgain(d *desk) cvd.CaseID {
	id := after(dismissed, cvd.Appeal{Text: "look again"})(d)
	_, err := d.svc.Do(ctx, id, other, cvd.Dismiss{Why: cvd.DismissalNoFlaw})
	require.NoError(d.t, err)
	return id
}

var other = cvd.By{Actor: "bob@psirt.example"}

func after(prepare func(*desk) cvd.CaseID, cmds ...cvd.Command) func(*desk) cvd.CaseID {
	return func(d *desk) cvd.CaseID {
		id := prepare(d)
		d.do(id, cmds...)
		return id
	}
}

var (
	vendor          = cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "n", Email: "n@vendor.example"}}
	propose         = cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 30)}
	unverified      = cvd.PostUnverified{Claimed: 2, Reason: "no signature", Text: "t"}
	acknowledged    = after(intake, cvd.Acknowledge{})
	valid           = after(intake, cvd.Triage{Outcome: cvd.OutcomeValid})
	closed          = after(intake, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	proposed        = after(intake, propose)
	proposedByOther = after(after(intake, vendor), cvd.ProposeEmbargo{Party: 2, Ends: noon.AddDate(0, 0, 30)})
	// Attacks that are adopted end what is proposed; so one is proposed and the
	// other way round here: a claim, adopted while keeping the proposal.
	proposedAndAttacked = after(after(proposed, cvd.Observe{What: vultron.AttacksObserved}), cvd.AdoptClaim{Claim: 1, KeepEmbargo: true})
	embargoed           = after(proposed, cvd.AcceptEmbargo{Party: 2}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	ended               = after(embargoed, cvd.EndEmbargo{Reason: "agreed"})
	invited             = after(embargoed, vendor)
	declined            = after(invited, cvd.AnswerInvitation{Party: 3})
	public              = after(intake, cvd.Observe{What: vultron.PublicAware, Adopt: true})
	deployed            = after(intake, cvd.Observe{What: vultron.VendorAware, Adopt: true}, cvd.Observe{What: vultron.FixReady, Adopt: true}, cvd.Observe{What: vultron.FixDeployed, Adopt: true})
	claimed             = after(intake, cvd.Observe{What: vultron.FixDeployed})
)

// What the rules of running out, declining and attacks need.
var (
	rejected    = after(proposed, cvd.RejectEmbargo{Party: 2}, propose)
	declinedOne = after(proposed, cvd.AnswerInvitation{Party: 2})
	attacked    = after(intake, cvd.Observe{What: vultron.AttacksObserved, Adopt: true})
)

func ranOut(d *desk) cvd.CaseID {
	id := embargoed(d)
	d.clock.t = days(40)
	return id
}

func proposedAndPast(d *desk) cvd.CaseID {
	id := proposed(d)
	d.clock.t = noon.AddDate(0, 0, 31)
	return id
}

func outbound(d *desk) cvd.CaseID {
	d.clock.t = noon
	return d.do(cvd.CaseID{}, cvd.Open{Title: "t", Origin: cvd.OriginOutbound}).ID
}

// elsewhere are the rules that methods of the Service refuse by, not Do, and the
// tests that show it.
var elsewhere = map[cvd.RuleID]string{
	cvd.RuleHold: "erase_test.go", cvd.RuleMoved: "merge_test.go",
	cvd.RuleCommandID: "mistaken_test.go", cvd.RulePerson: "submission_test.go",
	cvd.RuleReopen: "merge_test.go", cvd.RuleMergeEmbargo: "merge_test.go",
}

// ruleNames returns the names of the constants.
func ruleNames(t *testing.T) map[cvd.RuleID]string {
	b, err := os.ReadFile("../rules.go")
	require.NoError(t, err)
	names := map[cvd.RuleID]string{}
	for _, m := range regexp.MustCompile(`(?m)^\t(Rule\w+)\s+RuleID = "(.*)"$`).FindAllStringSubmatch(string(b), -1) {
		names[cvd.RuleID(m[2])] = m[1]
	}
	return names
}

func TestEveryRule(t *testing.T) {
	for rule := range ruleNames(t) {
		if file := elsewhere[rule]; file != "" {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Contains(t, string(b), "cvd."+ruleNames(t)[rule], "%s was to show what violates rule %s", file, rule)
			continue
		}
		require.NotEmpty(t, refusals[rule], "nothing shows what violates rule %s: add it to refusals, or remove the rule", rule)
		for _, x := range refusals[rule] {
			d := newDesk(t)
			id := x.prepare(d)
			before := d.contents()
			d.refused(id, rule, x.cmd)
			require.Equal(t, before, d.contents())
			// Nor is it done as the last of several, nor by a process that knows an
			// old version.
			e := d.another()
			e.refused(id, rule, x.cmd)
			require.Equal(t, before, d.contents())
		}
	}
}

// Every command is refused by some test: by an input error or by a rule.
func TestEveryCommandIsRefused(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range badInput {
		seen[reflect.TypeOf(x.cmd).Name()] = true
	}
	for _, xs := range refusals {
		for _, x := range xs {
			seen[reflect.TypeOf(x.cmd).Name()] = true
		}
	}
	commands := 0
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "command" && f.Recv != nil {
				commands++
				name := f.Recv.List[0].Type.(*ast.Ident).Name
				require.True(t, seen[name], "no test refuses %s", name)
			}
			return true
		})
	}
	require.Greater(t, commands, 60)
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	good := newDesk(t).cfg
	for what, change := range map[string]func(*cvd.Config){
		"no store": func(c *cvd.Config) { c.Store = nil }, "no secret": func(c *cvd.Config) { c.Secret = nil },
		"short secret": func(c *cvd.Config) { c.Secret = make([]byte, 31) }, "prefix": func(c *cvd.Config) { c.Prefix = "cvd-" },
	} {
		cfg := good
		change(&cfg)
		_, err := service.New(cfg)
		require.Error(t, err, what)
	}
	_, err := service.New(good)
	require.NoError(t, err)
}

func TestFindRefuses(t *testing.T) {
	d := newDesk(t)
	_, err := d.svc.Sweep(ctx, storage.BlobID{}, 0)
	require.ErrorIs(t, err, cvd.ErrInput)
	for _, n := range []int{-1, 0, 1001} {
		_, err := d.svc.Find(ctx, team, service.Filter{}, "", n)
		require.ErrorIs(t, err, cvd.ErrInput)
	}
	for _, page := range []string{"!", "AAAA"} {
		_, err := d.svc.Find(ctx, team, service.Filter{}, page, 1)
		require.ErrorIs(t, err, cvd.ErrInput)
	}
	for _, v := range []cvd.Viewer{{}, {Party: 1}} {
		_, err := d.svc.Find(ctx, v, service.Filter{}, "", 1)
		require.ErrorIs(t, err, cvd.ErrDenied)
	}
}

// Randomness that fails is an error, not a number that everybody can guess.
func TestRandFails(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	broken := errors.New("no entropy")
	e := d.another(func(c *cvd.Config) { c.Rand = readerFunc(func([]byte) (int, error) { return 0, broken }) })
	before := d.contents()
	_, err := e.svc.Do(ctx, id, staff, cvd.SetTitle{Title: "t"})
	require.ErrorIs(t, err, broken)
	_, err = e.svc.Do(ctx, cvd.CaseID{}, staff, cvd.Receive{})
	require.ErrorIs(t, err, broken)
	_, err = e.svc.Do(ctx, id, cvd.By{ID: cvd.CommandID{1}}, cvd.SetTitle{Title: "t"})
	require.ErrorIs(t, err, broken, "the salt of a private part")
	_, err = e.svc.Do(ctx, id, cvd.By{ID: cvd.CommandID{1}}, cvd.Attach{Content: strings.NewReader("x")})
	require.ErrorIs(t, err, broken, "the name of a blob")
	require.Equal(t, before, d.contents())
}
