package cvdjson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
	"github.com/cvdkit/cvdkit/internal/testonly/golden"
)

var ctx = context.Background()

// Every field of a case has a form and comes back.
func TestEveryFieldRoundTrips(t *testing.T) {
	for seed := range uint64(20) {
		var c cvd.Case
		require.NoError(t, fill(rand.New(rand.NewPCG(seed, 2)), reflect.ValueOf(&c).Elem()))
		c.Embargo.Active = 1
		roundTrip(t, &c)
	}
	roundTrip(t, &cvd.Case{})
}

func roundTrip(t *testing.T, c *cvd.Case) []byte {
	t.Helper()
	b, err := Marshal(c)
	require.NoError(t, err)
	require.True(t, json.Valid(b), "%s", b)
	back, err := Unmarshal(b)
	require.NoError(t, err, "%s", b)
	require.Empty(t, differs(reflect.ValueOf(*c), reflect.ValueOf(*back), "Case"), "%s", b)
	again, err := Marshal(back)
	require.NoError(t, err)
	require.Equal(t, string(b), string(again))
	return b
}

// What the model's random cases became, as everybody sees them.
func TestRandomCasesRoundTrip(t *testing.T) {
	var services []*service.Service
	r, err := cvdmodel.Run(ctx, cvdmodel.Options{Commands: 3000, Seed: 11, New: func(cfg cvd.Config) (*service.Service, error) {
		cfg.Store, cfg.Secret = memstore.New(), []byte(strings.Repeat("s", 32))
		svc, err := service.New(cfg)
		services = append(services, svc)
		return svc, err
	}})
	require.NoError(t, err)
	cases, views := 0, 0
	for _, svc := range services {
		page, err := svc.Find(ctx, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, service.Filter{}, "", 1000)
		require.NoError(t, err)
		for _, x := range page.Cases {
			cases++
			for p := range cvd.PartyID(x.Parties + 1) {
				v := cvd.Viewer{Party: p, Team: p == cvd.Owner}
				if v.Team {
					v.Groups = []cvd.Private{cvd.EveryGroup}
				}
				c, err := svc.View(ctx, x.ID, v)
				if p != cvd.Owner && errors.Is(err, cvd.ErrNotFound) {
					continue // it is not for these eyes at all
				}
				require.NoError(t, err)
				roundTrip(t, c)
				views++
			}
		}
	}
	require.Equal(t, r.Cases, cases)
	require.Greater(t, views, 3*cases)
}

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// story is a case with everything that viewers see differently.
func story(t *testing.T) (*service.Service, cvd.CaseID) {
	t.Helper()
	at := &clock{time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	n := byte(0)
	svc, err := service.New(cvd.Config{
		Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Blobs: memstore.NewBlobs(at.now), Now: at.now,
		Rand: readerFunc(func(b []byte) (int, error) {
			for i := range b {
				n++
				b[i] = n
			}
			return len(b), nil
		}),
		Team: cvd.Team{Name: "Example PSIRT"},
		Transports: map[string]cvd.Transport{"mail": cvd.TransportFunc(func(context.Context, cvd.Outgoing) (cvd.Sent, error) {
			return cvd.Sent{Protection: cvd.ProtectSealed}, nil
		})},
	})
	require.NoError(t, err)
	berlin := time.FixedZone("CET", 3600)
	id := cvd.CaseID{}
	do := func(actor cvd.Private, cmds ...cvd.Command) {
		t.Helper()
		c, err := svc.Do(ctx, id, cvd.By{Actor: actor}, cmds...)
		require.NoError(t, err)
		id = c.ID
		at.t = at.t.Add(time.Hour)
	}
	do("alice", cvd.Receive{
		Channel: cvd.ChannelMail, Title: "Overflow in example-router", Summary: "A long name overflows a buffer.", Wish: "in May",
		IDs:      []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<1@reporter.example>"}},
		Reporter: cvd.Contact{Name: "Rita", Email: "rita@reporter.example"}, Credit: cvd.CreditNamed, CreditName: "Rita R.",
		Original: strings.NewReader("the mail"), OriginalType: "message/rfc822",
	})
	do("alice", cvd.Acknowledge{}, cvd.Assign{To: "bob"})
	do("bob", cvd.Triage{Outcome: cvd.OutcomeValid, Reason: "reproduced"}, cvd.Accept{},
		cvd.Identify{CVE: "CVE-1900-0001", CWE: "CWE-787"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		cvd.AddProduct{Name: "example-router", Versions: "1.0 to 1.4"})
	do("bob", cvd.ProposeEmbargo{Ends: time.Date(2026, 5, 4, 12, 0, 0, 0, berlin), Reason: "time for the fix"}, cvd.AcceptEmbargo{Party: 2})
	do("bob", cvd.Invite{Roles: cvd.RoleVendor | cvd.RoleDeployer, Contact: cvd.Contact{Organization: "Upstream example", Email: "psirt@upstream.example"}},
		cvd.PostMessage{To: []cvd.PartyID{2}, Subject: "Thanks", Text: "We can reproduce it.", TLP: tlp.Amber},
		cvd.PostMessage{Text: "Bob: ask the lab"})
	do("bob", cvd.AnswerInvitation{Party: 3, Accept: true},
		cvd.RecordStatus{Stream: 1, Affected: cvd.IsAffected, Statement: "1.4 is affected", Shared: true},
		cvd.Observe{What: vultron.VendorAware, Adopt: true}, cvd.Observe{What: vultron.FixReady, Adopt: true, Evidence: "build 7"})
	_, err = svc.Relay(ctx, 100)
	require.NoError(t, err)
	return svc, id
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// The form does not change unnoticed.
func TestGoldenCases(t *testing.T) {
	svc, id := story(t)
	for name, v := range map[string]cvd.Viewer{"team": {Team: true}, "reporter": {Party: 2}, "vendor": {Party: 3}} {
		c, err := svc.View(ctx, id, v)
		require.NoError(t, err)
		shown := *c
		shown.Tip = storage.Hash{0xaa} // it follows from how records are written, not from this form
		b := roundTrip(t, &shown)
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, b, "", "  "))
		golden.Check(t, *update, "-update", "testdata/"+name+".json", pretty.String()+"\n")
		for text, teamOnly := range map[string]bool{"ask the lab": true, "in May": name == "vendor", "We can reproduce it.": name == "vendor", "redacted": true} {
			if text == "redacted" || teamOnly && name != "team" {
				require.NotContains(t, string(b), text, name)
			}
		}
	}
}

// json.Marshal of a Case prints no text, and Marshal of what Do returned has none.
func TestOnlyMarshalPrintsTexts(t *testing.T) {
	svc, id := story(t)
	c, err := svc.View(ctx, id, cvd.Viewer{Team: true})
	require.NoError(t, err)
	b, err := json.Marshal(c)
	require.NoError(t, err)
	require.NotContains(t, string(b), "Rita")
	b, err = Marshal(c)
	require.NoError(t, err)
	require.Contains(t, string(b), "Rita")
}

func TestUnmarshalErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:              "cvdjson: it ends too early",
		`[]`:            "cvdjson: it is a list, an object is needed",
		`{}`:            "cvdjson: the member cvdjson is missing: it is no case of this form",
		`{"cvdjson":2}`: "cvdjson: /cvdjson: the version is not 1",
		`{"cvdjson":1,"participants":[{"roles":7}]}`:                        "cvdjson: /participants/0/roles: it is a number, a list of words is needed",
		`{"cvdjson":1,"events":[{"kind":"report.triaged","became":"odd"}]}`: "cvdjson: /events/0/became: such an event does not lead to this",
	} {
		_, err := Unmarshal([]byte(text))
		require.EqualError(t, err, want)
	}
	// A later writer's members are ignored.
	c, err := Unmarshal([]byte(`{"cvdjson":1,"colour":{"x":[1]},"number":"CVD-1","participants":[{"id":1,"mood":"good"}]}`))
	require.NoError(t, err)
	require.Equal(t, "CVD-1", c.Number)
	require.Equal(t, cvd.Owner, c.Participants[0].ID)
}

// A case read back answers what it holds.
func TestRestoredAnswers(t *testing.T) {
	svc, id := story(t)
	c, err := svc.View(ctx, id, cvd.Viewer{Team: true})
	require.NoError(t, err)
	back, err := Unmarshal(roundTrip(t, c))
	require.NoError(t, err)
	require.Equal(t, c.Status(1, 1, 1).Affected, back.Status(1, 1, 1).Affected)
	require.Equal(t, cvd.IsAffected, back.Status(1, 1, 1).Affected)
	require.Equal(t, c.Rating(), back.Rating())
	x, _ := c.Embargo.Ends()
	y, ok := back.Embargo.Ends()
	require.True(t, ok && x.Equal(y))
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"cvdjson":1,"id":"01890a5d-ac96-774b-bcce-b302099a8057","number":"CVD-1","embargo":{"state":"Active","active":1,"proposals":[{"id":1,"ends":"2026-05-04T12:00:00+01:00"}]}}`))
	f.Add([]byte(`{"do":"Receive","reporter":{"email":"a@example.org"},"files":[{"name":"x","content":"aGk="}],"tlp":"AMBER"}`))
	f.Add([]byte(`{"do":"AdoptPolicy","policy":"team"}`))
	f.Add([]byte(`{"cvdjson":1,"events":[{"kind":"embargo.proposed","about":1,"became":"Proposed","at":"2026-05-04T12:00:00.123Z"}]}`))
	files, _ := filepath.Glob("testdata/*.json")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := Unmarshal(text); err == nil {
			b, err := Marshal(c)
			if err != nil {
				return // a year that has no form
			}
			back, err := Unmarshal(b)
			if err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if d := differs(reflect.ValueOf(*c), reflect.ValueOf(*back), "Case"); d != "" {
				t.Fatal(d)
			}
		}
		if a, err := (Decoder{}).Action(text); err == nil {
			b, err := MarshalCommand(a)
			if err != nil {
				return
			}
			if _, err := (Decoder{}).Action(b); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
		}
	})
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"P7D": 7 * 24 * time.Hour, "P1W": 7 * 24 * time.Hour, "PT72H": 72 * time.Hour, "P1DT2H3M4.5S": 26*time.Hour + 3*time.Minute + 4500*time.Millisecond,
		"-PT1M": -time.Minute, "72h": 72 * time.Hour, "PT0S": 0,
	} {
		got, err := parseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		back, err := parseDuration(formatDuration(got))
		require.NoError(t, err, text)
		require.Equal(t, want, back, text)
	}
	for _, text := range []string{"", "P", "PT", "P1", "P1H", "PT1D", "P1DT", "P1.5D", "P1Y", "P1M", "PT1M1H", "PT1H1H", "P99999999999D", "PT9223372037S", "P-1D", "7", "soon"} {
		_, err := parseDuration(text)
		require.Error(t, err, text)
	}
	for _, d := range []time.Duration{1, -1, 1<<63 - 1, -1 << 63, 999999999, time.Hour + 1} {
		back, err := parseDuration(formatDuration(d))
		if d == -1<<63 {
			continue // one more than what can be written without its sign
		}
		require.NoError(t, err, formatDuration(d))
		require.Equal(t, d, back)
	}
}

func TestTimesAreOfNoMachine(t *testing.T) {
	for text, want := range map[string]string{"2026-05-04T12:00:00Z": "UTC", "2026-05-04T12:00:00+00:00": "UTC", "2026-05-04T12:00:00+02:00": ""} {
		got, err := ParseTime(text)
		require.NoError(t, err)
		require.Equal(t, want, got.Location().String(), text)
	}
	for _, text := range []string{"2026-05-04", "2026-05-04 12:00:00Z", "2026-05-04T12:00:00", "2026-05-04T12:00:00,5Z", "", "2026-02-30T12:00:00Z"} {
		_, err := ParseTime(text)
		require.Error(t, err, text)
	}
	odd := time.Date(1890, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 3208))
	s, err := formatTime(odd)
	require.NoError(t, err)
	back, err := ParseTime(s)
	require.NoError(t, err)
	require.True(t, back.Equal(odd), fmt.Sprint(s, odd))
}

// A long name above a long list is not written for each element.
func TestReadingIsLinear(t *testing.T) {
	cost := func(n int) float64 {
		text := []byte(`{"cvdjson":1,"` + strings.Repeat("a", n) + `":[` + strings.Repeat("1,", n) + `1]}`)
		return testing.AllocsPerRun(1, func() {
			if _, err := Unmarshal(text); err != nil {
				t.Error(err)
			}
		})
	}
	require.Less(t, cost(40_000), 5*cost(10_000))
	var before, after runtime.MemStats
	n := 20_000
	runtime.ReadMemStats(&before)
	cost(n)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2*2000*n), "bytes")
}
