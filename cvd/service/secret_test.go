package service_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/measure"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

const marker = "MARKER-of-a-secret"

// leaks returns where a text shows the marker, in any form that a formatting
// verb or an encoder gives it.
func leaks(printed string) bool {
	low := strings.ToLower(printed)
	short := marker[:12] // a cut text is a leak too
	decimal := strings.Trim(fmt.Sprint([]byte(short)), "[]")
	b64 := base64.StdEncoding.EncodeToString([]byte(marker))[:12]
	spaced := strings.TrimSpace(fmt.Sprintf("% x", short))
	list := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(short)), "[]byte{"), "}")
	return strings.Contains(low, strings.ToLower(short)) || strings.Contains(low, hex.EncodeToString([]byte(short))) ||
		strings.Contains(low, spaced) || strings.Contains(printed, decimal) || strings.Contains(printed, list) ||
		strings.Contains(printed, b64)
}

// printings is everything that fmt, slog and JSON make of a value.
func printings(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%10.3s"} {
		out[verb] = fmt.Sprintf(verb, v)
		out["error "+verb] = fmt.Errorf("wrapped: "+verb, v).Error()
	}
	out["Println"] = fmt.Sprintln("x", v)
	for name, h := range map[string]func(io.Writer) slog.Handler{
		"slog text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		"slog JSON": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var b bytes.Buffer
		slog.New(h(&b)).With("with", v).Info("m", "v", v, slog.Group("g", "v", v), "list", []any{v})
		out[name] = b.String()
	}
	if b, err := json.Marshal(v); err == nil {
		out["JSON"] = string(b)
	} else {
		out["JSON"] = err.Error()
	}
	return out
}

func silent(t *testing.T, what string, v any) {
	t.Helper()
	for how, printed := range printings(t, v) {
		if leaks(printed) {
			t.Errorf("%s, printed by %s, shows the marker: %.300s", what, how, printed)
		}
	}
}

// exported holds one value of every exported struct and every exported type that
// has fields or bytes. TestEveryTypeIsSilent fails if one is missing.
var exported = []any{
	cvd.Texts{}, service.SentText{},
	cvd.Acknowledge{}, cvd.AddProduct{}, cvd.AddVulnerability{}, cvd.Accept{}, cvd.AcceptEmbargo{},
	cvd.SetEmbargoRules{}, cvd.AskConsent{}, cvd.AnnounceDeadline{}, cvd.RecordCompelledDisclosure{}, cvd.Announcement{},
	cvd.CompelledDisclosure{}, cvd.Release{}, cvd.ReleaseAnswer{}, cvd.ReleaseApproval{}, cvd.ReleaseOutput{}, cvd.NotificationList{},
	cvd.PlanRelease{}, cvd.AnswerRelease{}, cvd.ApproveRelease{}, cvd.RecordOutput{}, cvd.PlanNotification{}, cvd.NotifyList{},
	cvd.VendorProgress{}, cvd.EmbargoRules{}, cvd.StandingEmbargo{}, cvd.Dates{},
	cvd.AdoptClaim{}, cvd.AnswerInvitation{}, cvd.Assign{}, cvd.Attach{}, cvd.Attachment{}, storage.BlobInfo{}, cvd.By{},
	cvd.AuthorityReport{}, cvd.Case{}, cvd.Claim{}, cvd.Close{}, cvd.Config{}, cvd.Contact{}, cvd.Defer{}, storage.Delivery{},
	cvd.DeliveryProblem{}, cvd.DeliveryState{}, cvd.Embargo{}, cvd.EndEmbargo{}, cvd.Event{}, cvd.ExternalID{},
	service.Filter{}, cvd.Identify{}, cvd.InputError{}, cvd.Invite{}, cvd.Limits{}, cvd.Message{}, cvd.Observe{},
	cvd.Open{}, cvd.Outgoing{}, cvd.OutgoingFile{}, service.Page{}, cvd.Participant{}, cvd.PostMessage{},
	cvd.Proposal{}, cvd.ProposeEmbargo{}, cvd.Publication{}, cvd.Publish{}, cvd.Receive{}, cvd.RecordStatus{},
	cvd.Refusal{}, cvd.RejectEmbargo{}, cvd.WithdrawProposal{}, cvd.RetryError{}, cvd.PanicError{}, cvd.CaseProblem{}, cvd.Relayed{}, cvd.Rendering{}, cvd.Report{}, cvd.ReportState{},
	cvd.Route{}, cvd.Sent{}, cvd.SetSeverity{}, cvd.SetTitle{}, cvd.Severity{}, cvd.Status{}, cvd.Stream{},
	cvd.Summary{}, cvd.Team{}, cvd.Triage{}, cvd.Viewer{}, cvd.Vulnerability{},
	cvd.DuplicateError{}, storage.Cursor{}, storage.Query{}, cvd.AdoptPolicy{}, cvd.RecordFact{}, cvd.RecordedFact{}, cvd.Reminded{}, cvd.Ticked{},
	cvd.Alert{}, measure.Case{}, measure.Team{}, measure.StageFigures{}, measure.DesideratumFigures{}, measure.AgeBand{},
	cvd.RecordAssessment{}, cvd.RecordSubmission{}, cvd.RecordRequest{}, cvd.RecordAnswer{}, cvd.InformUsers{},
	cvd.Matter{}, cvd.Assessment{}, cvd.Submission{}, cvd.AuthorityRequest{}, cvd.UserNotice{},
	cvd.ErasePerson{}, cvd.Erased{}, cvd.Mention{}, cvd.LegalHold{}, cvd.LiftHold{}, cvd.Retention{}, cvd.Retained{},
	cvd.Merge{}, cvd.Split{}, cvd.LinkTo{}, cvd.Link{}, cvd.Reopen{}, cvd.HandOver{}, cvd.MarkRead{}, cvd.Unread{}, cvd.CaseResult{},
	cvd.GrantAccess{}, cvd.RevokeAccess{}, cvd.Grant{}, service.Accessed{}, service.AccessUse{}, service.Place{}, cvd.Upload{}, cvd.StepRun{}, cvd.ReleaseRun{}, cvd.StepProblem{}, cvd.SetTopic{}, cvd.Topic{},
	cvd.AddID{}, service.Dirty{}, cvd.SetGroups{}, cvd.RecordCVE{}, cvd.CVERecord{},
	cvd.Submission{}, cvd.Dismiss{}, cvd.Appeal{}, cvd.Provenance{}, cvd.File{}, cvd.Statement{}, cvd.PostUnverified{}, cvd.Admit{}, cvd.AdoptStatements{}, cvd.RecordBounce{},
	service.Match{}, cvd.DecideSSVC{}, cvd.SSVCDecision{}, service.Person{}, service.PersonData{}, cvd.PersonCase{}, cvd.PersonRecord{}, cvd.PersonField{},
}

// plain names the structs that hold nothing private: what a Store keeps (sealed
// or not, it is bytes), and what is made to be shown or has no texts of a case.
var plain = map[string]string{
	"Rows": "bytes of the Store", "Service": "has a test of its own", "Change": "bytes for the Store", "Head": "bytes for the Store", "Record": "bytes for the Store",
	"Transition": "a table", "Graph": "a table", "GraphEdge": "a table",
}

// marked fills every Private, Secret, reader and error in a value. Nothing else
// may hold what a report says.
func marked(v reflect.Value, depth int) {
	if !v.CanSet() || depth > 6 {
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *cvd.Private:
		*x = marker
		return
	case *cvd.Secret:
		*x = cvd.Secret(marker)
		return
	case *io.Reader:
		*x = bytes.NewBufferString(marker) // which is a fmt.Stringer
		return
	case *time.Time:
		*x = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		return
	case *error:
		*x = &cvd.InputError{Command: "Receive", Field: "Title", Problem: "it is too long"}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			marked(v.Field(i), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			marked(v.Index(i), depth+1)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		marked(v.Elem(), depth+1)
	}
}

func TestEveryTypeIsSilent(t *testing.T) {
	have := map[string]bool{}
	for _, x := range exported {
		v := reflect.New(reflect.TypeOf(x))
		have[v.Elem().Type().Name()] = true
		marked(v.Elem(), 0)
		silent(t, v.Elem().Type().String(), v.Elem().Interface())
		silent(t, v.Type().String(), v.Interface())
		silent(t, "[]"+v.Elem().Type().String(), []any{v.Elem().Interface()})
		silent(t, "map of "+v.Elem().Type().String(), map[string]any{"k": v.Interface()})
		silent(t, "struct with "+v.Elem().Type().String(), struct{ X any }{v.Elem().Interface()})
	}
	for _, name := range exportedStructs(t) {
		if !have[name] && plain[name] == "" {
			t.Errorf("type %s is not in this test: add it to exported, so that it is checked", name)
		}
	}
}

// exportedStructs reads the package's own source.
func exportedStructs(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if ts, ok := n.(*ast.TypeSpec); ok && ts.Name.IsExported() {
				if _, ok := ts.Type.(*ast.StructType); ok {
					out = append(out, ts.Name.Name)
				}
			}
			_, inFunc := n.(*ast.FuncDecl)
			return !inFunc
		})
	}
	require.Greater(t, len(out), 60)
	return out
}

// The test above can fail: each way to print is seen to leak where nothing
// prevents it.
func TestLeaksAreSeen(t *testing.T) {
	type open struct{ S string }
	for how, printed := range printings(t, open{marker}) {
		if how != "%d" && how != "error %d" && how != "%10.3s" && how != "error %10.3s" {
			require.True(t, leaks(printed), "%s: %s", how, printed)
		}
	}
	for how, printed := range printings(t, []byte(marker)) {
		if how != "%10.3s" && how != "error %10.3s" {
			require.True(t, leaks(printed), "%s: %s", how, printed)
		}
	}
	require.True(t, leaks(fmt.Sprintf("%v", struct{ R io.Reader }{bytes.NewBufferString(marker)})))
	require.False(t, leaks("harmless"))
}

func TestWhatAServiceReturnsIsSilent(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Secret = cvd.Secret(strings.Repeat(marker, 3)) })
	r := cvd.Receive{}
	marked(reflect.ValueOf(&r).Elem(), 0)
	r.Kind, r.Received, r.PublishOn, r.IDs = 0, time.Time{}, time.Time{}, []cvd.ExternalID{{Kind: "ticket", Value: marker}}
	r.Reporter.Email, r.Reporter.Routes = "a@"+marker+".example", []cvd.Route{{Transport: "box", Address: marker}}
	by := cvd.By{Actor: marker}
	do := func(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
		c, err := d.svc.Do(ctx, id, by, cmds...)
		require.NoError(t, err)
		silent(t, "what Do returns", c)
		silent(t, "what Do takes", cmds)
		return c
	}
	id := do(cvd.CaseID{}, r).ID
	do(id, cvd.Acknowledge{Text: marker}, cvd.Admit{}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: marker, Reason: marker},
		cvd.Accept{}, cvd.Assign{To: marker}, cvd.AddProduct{Name: marker}, cvd.RecordStatus{Statement: marker},
		cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 9), Reason: marker}, cvd.AcceptEmbargo{Party: 2},
		cvd.Observe{What: vultron.VendorAware, Evidence: marker},
		cvd.PostMessage{To: []cvd.PartyID{2}, Text: marker, Subject: marker, Attachments: []cvd.AttachmentID{1}})
	for p := range cvd.PartyID(3) {
		c, err := d.svc.View(ctx, id, cvd.Viewer{Party: p, Team: p == 0})
		require.NoError(t, err)
		silent(t, "Case", c)
		silent(t, "Case", *c)
		require.True(t, leaks(dump(c)), "the text is there for who asks for it")
	}
	page, err := d.svc.Find(ctx, team, service.Filter{Assignee: marker}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
	silent(t, "Page", page)
	d.box.fail = errors.New("connection refused")
	relayed, err := d.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.NotEmpty(t, relayed.Problems)
	silent(t, "Relayed", relayed)
	d.box.fail = nil
	d.clock.pass(time.Hour)
	d.relay()
	require.NotEmpty(t, d.box.got)
	for _, o := range d.box.got {
		silent(t, "Outgoing", o)
		require.False(t, leaks(o.Subject), "the subject is read by everybody on the way")
	}
	silent(t, "Service", d.svc)
	silent(t, "Service", *d.svc)
	silent(t, "Config", d.cfg)
}

func TestErrorsAreSilent(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	long := cvd.Private(strings.Repeat(marker, 1<<17))
	errs := map[string]error{}
	try := func(what string, id cvd.CaseID, by cvd.By, cmds ...cvd.Command) {
		_, err := d.svc.Do(ctx, id, by, cmds...)
		require.Error(t, err, what)
		errs[what] = err
	}
	try("vector", id, staff, cvd.SetSeverity{Vector: "CVSS:4.0/" + marker})
	try("vector 2", id, staff, cvd.SetSeverity{Vector: "CVSS:3.1/AV:" + marker})
	try("vector 3", id, staff, cvd.SetSeverity{Vector: marker + ":N/AC:L"})
	try("long", id, staff, cvd.SetTitle{Title: long})
	try("utf-8", id, staff, cvd.SetTitle{Title: marker + "\xff"})
	try("line", id, staff, cvd.SetTitle{Title: marker + "\n"})
	try("actor", id, cvd.By{Actor: long}, cvd.SetTitle{Title: "t"})
	try("email", id, staff, cvd.Invite{Roles: 1, Contact: cvd.Contact{Email: marker}})
	try("cve", id, staff, cvd.Identify{CVE: marker})
	try("cwe", id, staff, cvd.Identify{CWE: marker})
	try("route", id, staff, cvd.Invite{Roles: 1, Contact: cvd.Contact{Routes: []cvd.Route{{Transport: "no", Address: marker}}}})
	try("zone", id, staff, cvd.ProposeEmbargo{Ends: d.clock.t.In(time.FixedZone(marker+"\x00", 0))})
	try("refusal", id, staff, cvd.Acknowledge{Text: marker}, cvd.Acknowledge{Text: marker})
	try("close", id, staff, cvd.Close{Reason: marker})
	try("stale", id, cvd.By{If: 1, Actor: marker}, cvd.SetTitle{Title: marker})
	try("unknown", cvd.CaseID{1}, staff, cvd.SetTitle{Title: marker})
	try("reader", id, staff, cvd.Attach{Name: marker, Content: io.MultiReader(strings.NewReader(marker), readerFunc(func([]byte) (int, error) { return 0, errBroken }))})
	d.do(cvd.CaseID{}, cvd.Open{Title: "t", Origin: cvd.OriginOutbound, IDs: []cvd.ExternalID{{Kind: "ticket", Value: marker}}})
	try("duplicate", id, staff, cvd.Receive{IDs: []cvd.ExternalID{{Kind: "ticket", Value: marker}}})
	_, errs["page"] = d.svc.Find(ctx, team, service.Filter{}, marker, 10)
	errs["case ID"] = errOf(storage.ParseCaseID(marker + "-0123456789ab"))
	_, errs["secret"] = service.New(cvd.Config{Store: d.store, Secret: cvd.Secret(marker)})
	_, errs["prefix"] = service.New(cvd.Config{Store: d.store, Secret: cvd.Secret(marker + marker), Prefix: marker})
	for what, err := range errs {
		require.Error(t, err, what)
		silent(t, "the error of "+what, err)
		for ; err != nil; err = errors.Unwrap(err) {
			silent(t, "the cause of "+what, err)
			if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
				silent(t, "the fields of "+what, v.Elem().Interface())
			}
		}
	}
}

func errOf(_ cvd.CaseID, err error) error { return err }

func TestPrivate(t *testing.T) {
	require.Empty(t, fmt.Sprint(cvd.Private("")), "nothing is shown as nothing")
	require.Equal(t, "[redacted]", fmt.Sprint(cvd.Private("x")))
	require.Equal(t, `"[redacted]"`, fmt.Sprintf("%#v", cvd.Private("x")))
	require.Equal(t, "[redacted]", cvd.Private("x").String())
	b, err := json.Marshal(map[string]cvd.Private{"k": marker})
	require.NoError(t, err)
	require.JSONEq(t, `{"k":"[redacted]"}`, string(b))
	require.Equal(t, "x", string(cvd.Private("x")))
	silent(t, "Secret", cvd.Secret(marker))
	silent(t, "a struct with a Secret", struct{ S cvd.Secret }{cvd.Secret(marker)})
	silent(t, "Private", cvd.Private(marker))
	require.Equal(t, `"[redacted]"`, cvd.Private("x").GoString())
}
