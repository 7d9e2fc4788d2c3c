package cvdjson

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Every field of every command has a form and comes back.
func TestEveryCommandRoundTrips(t *testing.T) {
	require.Greater(t, len(actions()), 60)
	for _, a := range actions() {
		typ := reflect.TypeOf(a)
		for seed := range uint64(5) {
			x, y := reflect.New(typ).Elem(), reflect.New(typ).Elem()
			require.NoError(t, fill(rand.New(rand.NewPCG(seed, 1)), x))
			require.NoError(t, fill(rand.New(rand.NewPCG(seed, 1)), y)) // files are read once
			b, err := MarshalCommand(x.Interface().(cvd.Action))
			require.NoError(t, err, typ)
			require.True(t, json.Valid(b), "%s", b)
			back, err := Decoder{}.Action(b)
			require.NoError(t, err, "%s", b)
			require.Empty(t, differs(y, reflect.ValueOf(back), typ.Name()))
			var members map[string]any
			require.NoError(t, json.Unmarshal(b, &members))
			require.Len(t, members, typ.NumField()+1, "%s: a field is missing in %s", typ, b)
		}
		// A zero command has only its name.
		b, err := MarshalCommand(a)
		require.NoError(t, err)
		require.Equal(t, `{"do":"`+typ.Name()+`"}`, string(b))
	}
}

// A command is read strictly, and each fault is named with its place.
func TestCommandErrors(t *testing.T) {
	for _, c := range []struct{ text, pointer, words string }{
		{``, "", "ends too early"},
		{`{`, "", "ends too early"},
		{`{"do":"Accept"}x`, "", "behind its end"},
		{`{"do":"Accept"} {}`, "", "behind its end"},
		{`{do:"Accept"}`, "", "not JSON"},
		{"{\"do\":\"\xff\"}", "", "not UTF-8 at byte 7"},
		{`[]`, "", "an object is needed"},
		{`{}`, "", "the member do is missing"},
		{`{"do":7}`, "/do", "the name of a command is needed"},
		{`{"do":"accept"}`, "/do", "no such command"},
		{`{"do":"Accept","party":1}`, "/party", "no such member"},
		{`{"do":"Accept","do":"Accept"}`, "/do", "there twice"},
		{`{"do":"SetTitle","title":null}`, "/title", "it is null, a text is needed"},
		{`{"do":"SetTitle","Title":"x"}`, "/Title", "no such member"},
		{`{"do":"SetTitle","title":["x"]}`, "/title", "it is a list, a text is needed"},
		{`{"do":"Acknowledge","report":-1}`, "/report", "whole number from 0"},
		{`{"do":"Acknowledge","report":1.5}`, "/report", "whole number"},
		{`{"do":"Acknowledge","report":"1"}`, "/report", "it is a text, a number is needed"},
		{`{"do":"Acknowledge","report":4294967296}`, "/report", "32 bits"},
		{`{"do":"Triage","outcome":"great"}`, "/outcome", "the words are: none, valid"},
		{`{"do":"ProposeEmbargo","ends":"tomorrow"}`, "/ends", "RFC 3339"},
		{`{"do":"ProposeEmbargo","dates":{"details":3}}`, "/dates/details", "a text is needed"},
		{`{"do":"PostMessage","to":[2,"x"]}`, "/to/1", "a number is needed"},
		{`{"do":"PostMessage","to":2}`, "/to", "a list is needed"},
		{`{"do":"Receive","reporter":{"email":"a@example.org","fax":"1"}}`, "/reporter/fax", "there are: name, organization"},
		{`{"do":"Receive","ids":[{"kind":"x","value":"y","a/b":1}]}`, "/ids/0/a~1b", "no such member"},
		{`{"do":"Invite","roles":["vendor","king"]}`, "/roles/1", "the words are: finder"},
		{`{"do":"AskConsent","window":"a while"}`, "/window", "ISO 8601"},
		{`{"do":"AskConsent","window":"P1M"}`, "/window", "ISO 8601"},
		{`{"do":"Triage","duplicate_of":"7"}`, "/duplicate_of", "no UUID"},
		{`{"do":"Attach","content":"%%%"}`, "/content", "no base64"},
		{`{"do":"Attach","content":{"file":"a"}}`, "/content/file", "cannot be named here"},
		{`{"do":"Attach","content":{"text":"a","file":"b"}}`, "/content", "one member"},
		{`{"do":"AdoptPolicy","policy":"nobody's"}`, "/policy", "no policy of this name"},
		{`{"do":"AdoptPolicy","policy":{"nam":1}}`, "/policy", ""},
		{`{"do":"SetTopic","topic":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "", "nested deeper"},
		{`{"do":"Merge","into":"01890a5d-ac96-774b-bcce-b302099a8057"}`, "/do", "method of the Service"},
	} {
		_, err := UnmarshalCommand([]byte(c.text))
		var e *Error
		require.ErrorAs(t, err, &e, c.text)
		require.Contains(t, e.Problem, c.words, c.text)
		if c.words != "nested deeper" {
			require.Equal(t, c.pointer, e.Pointer, c.text)
		}
	}
}

// No error quotes a value: a command holds what is secret.
func TestErrorsDoNotQuote(t *testing.T) {
	for _, a := range actions() {
		for _, name := range memberNames(reflect.TypeOf(a)) {
			for _, value := range []string{`"S3CRET"`, `["S3CRET"]`, `{"S3CRE":"S3CRET"}`, `-77.77`, `true`} {
				_, err := Decoder{}.Action([]byte(`{"do":"` + reflect.TypeOf(a).Name() + `","` + name + `":` + value + `}`))
				if err != nil {
					require.NotContains(t, err.Error(), "S3CRET")
					require.NotContains(t, err.Error(), "77.77")
				}
			}
		}
	}
}

func TestWordsAreReadKindly(t *testing.T) {
	for text, want := range map[string]cvd.Command{
		`{"do":"Triage","outcome":"needs_information"}`:                                cvd.Triage{Outcome: cvd.OutcomeNeedsInformation},
		`{"do":"Triage","outcome":"Out Of Scope"}`:                                     cvd.Triage{Outcome: cvd.OutcomeOutOfScope},
		`{"do":"Observe","what":"public aware"}`:                                       cvd.Observe{What: vultron.PublicAware},
		`{"do":"Observe","what":"P"}`:                                                  cvd.Observe{What: vultron.PublicAware},
		`{"do":"ReportState","state":"accepted"}`:                                      cvd.ReportState{State: vultron.RMAccepted},
		`{"do":"Invite","roles":"vendor, coordinator"}`:                                cvd.Invite{Roles: cvd.RoleVendor | cvd.RoleCoordinator},
		`{"do":"AskConsent","window":"P3DT2H"}`:                                        cvd.AskConsent{Window: 74 * 3600e9},
		`{"do":"AskConsent","window":"74h"}`:                                           cvd.AskConsent{Window: 74 * 3600e9},
		`{"do":"Triage","duplicate_of":"01890a5d-ac96-774b-bcce-b302099a8057"}`:        cvd.Triage{DuplicateOf: cvd.CaseID{0x01, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x77, 0x4b, 0xbc, 0xce, 0xb3, 0x02, 0x09, 0x9a, 0x80, 0x57}},
		`{"do":"Receive","tlp":"AMBER+STRICT","known_by":"authentication_results"}`:    cvd.Receive{TLP: 4, KnownBy: cvd.KnownByResults},
		`{"reason":"done","do":"Close","override":true}`:                               cvd.Close{Reason: "done", Override: true},
		`{"do":"DecideSSVC","inputs":{"exploitation":"none"}}`:                         cvd.DecideSSVC{Inputs: map[string]string{"exploitation": "none"}},
		`{"do":"SetEmbargoRules","rules":{"resolve":"the owner decides","quorum":50}}`: cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: cvd.ResolveOwner, Quorum: 50}},
	} {
		got, err := UnmarshalCommand([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestDecoderResolves(t *testing.T) {
	id := cvd.CaseID{1}
	upload := cvd.Upload{Size: 7}
	d := Decoder{
		Case: func(name string) (cvd.CaseID, bool) { return id, name == "first" },
		File: func(name string) (io.Reader, error) {
			if name == "poc" {
				return upload, nil
			}
			return nil, errors.New("none")
		},
	}
	a, err := d.Action([]byte(`{"do":"Merge","into":"first"}`))
	require.NoError(t, err)
	require.Equal(t, cvd.Merge{Into: id}, a)
	a, err = d.Action([]byte(`{"do":"Attach","content":{"file":"poc"}}`))
	require.NoError(t, err)
	require.Equal(t, cvd.Attach{Content: upload}, a)
	_, err = MarshalCommand(a)
	require.ErrorContains(t, err, "no JSON form")
	_, err = d.Action([]byte(`{"do":"Attach","content":{"file":"other"}}`))
	require.EqualError(t, err, "cvdjson: /content/file: there is no file of this name")
}

func TestPointer(t *testing.T) {
	require.Equal(t, "/reporter/email", Pointer("Reporter.Email"))
	require.Equal(t, "/in_reply_to", Pointer("InReplyTo"))
	for name, want := range map[string]string{"ID": "id", "IDs": "ids", "CVE": "cve", "SHA256": "sha256", "ReportID": "report_id", "TLPLabel": "tlp_label", "PURL": "purl", "At": "at"} {
		require.Equal(t, want, snake(name))
	}
}

func TestOtherValues(t *testing.T) {
	var f service.Filter
	require.NoError(t, Decoder{}.Decode([]byte(`{"open":true,"rating":"high","assignee":"bob","due_before":"2026-03-02T09:00:00Z"}`), &f))
	require.Equal(t, cvd.RatingHigh, *f.Rating)
	b, err := Encode(f)
	require.NoError(t, err)
	require.Equal(t, `{"open":true,"rating":"high","assignee":"bob","due_before":"2026-03-02T09:00:00Z"}`, string(b))
	var v cvd.Viewer
	require.ErrorContains(t, Decoder{}.Decode([]byte(`{"teem":true}`), &v), "cvdjson: /teem: there is no such member; there are: team, ")
	require.Error(t, Decoder{}.Decode([]byte(`{}`), v))
	b, err = Encode(service.Page{Cases: []cvd.Summary{{Number: "CVD-1", Title: "Overflow"}}})
	require.NoError(t, err)
	require.Contains(t, string(b), `"title":"Overflow"`)
	_, err = Encode(cvd.CaseProblem{Err: errors.New("x")})
	require.ErrorContains(t, err, "no JSON form")
	_, err = Encode(nil)
	require.Error(t, err)
}
