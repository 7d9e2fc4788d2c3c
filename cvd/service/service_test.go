package service_test

import (
	"context"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// desk is a team at work: a Service on the reference stores, with a clock that
// the test moves and transports that keep what they are given.
type desk struct {
	t     testing.TB
	svc   *service.Service
	store storage.Store
	blobs storage.BlobStore
	cfg   cvd.Config
	clock *clock
	mail  *post // TLS only
	box   *post // sealed
	onDo  func(*cvd.Case)
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// post is a Transport that keeps what passes.
type post struct {
	mu   sync.Mutex
	can  cvd.Protection
	fail error
	got  []cvd.Outgoing
	sent []string // IDs of what a test has looked at
}

func (p *post) Send(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return cvd.Sent{}, p.fail
	}
	if m.Require > p.can {
		return cvd.Sent{}, cvd.ErrUnprotected
	}
	p.got = append(p.got, m)
	return cvd.Sent{Protection: p.can}, nil
}

// seeded is a reader of numbers that differ and repeat in each run.
type seeded struct {
	mu sync.Mutex
	n  uint64
}

func (s *seeded) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range b {
		if i%8 == 0 {
			s.n = s.n*6364136223846793005 + 1442695040888963407
		}
		var v [8]byte
		binary.BigEndian.PutUint64(v[:], s.n)
		b[i] = v[i%8]
	}
	return len(b), nil
}

func newDesk(t testing.TB, change ...func(*cvd.Config)) *desk {
	d := &desk{
		t: t, store: memstore.New(),
		clock: &clock{t: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)},
		mail:  &post{can: cvd.ProtectTLS}, box: &post{can: cvd.ProtectSealed},
	}
	d.blobs = memstore.NewBlobs(d.clock.Now)
	d.cfg = cvd.Config{
		Store: outsideStore{d.store.(*memstore.Store), outside{t}}, Blobs: outsideBlobs{d.blobs, outside{t}}, Secret: []byte(strings.Repeat("s", 32)),
		Transports: map[string]cvd.Transport{cvd.TransportMail: d.mail, "box": d.box},
		Now:        d.clock.Now, Rand: &seeded{n: 1}, Team: cvd.Team{Name: "Example PSIRT"},
	}
	for _, f := range change {
		f(&d.cfg)
	}
	var err error
	d.svc, err = service.New(d.cfg)
	require.NoError(t, err)
	return d
}

var staff = cvd.By{Actor: "alice@psirt.example"}

// do applies commands and fails the test if they are refused.
func (d *desk) do(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	d.t.Helper()
	c, err := d.svc.Do(context.Background(), id, staff, cmds...)
	require.NoError(d.t, err)
	if d.onDo != nil {
		d.onDo(c)
	}
	return c
}

// refused applies commands that must violate the rule, and must change nothing.
func (d *desk) refused(id cvd.CaseID, rule cvd.RuleID, cmds ...cvd.Command) {
	d.t.Helper()
	before, err := d.svc.View(context.Background(), id, team)
	require.NoError(d.t, err)
	_, err = d.svc.Do(context.Background(), id, staff, cmds...)
	var r *cvd.Refusal
	require.ErrorAs(d.t, err, &r)
	require.Equal(d.t, rule, r.Rule, err)
	require.ErrorIs(d.t, err, cvd.ErrRefused)
	require.NotEmpty(d.t, r.Rule.Text())
	require.NotEmpty(d.t, r.Rule.Source())
	after, err := d.svc.View(context.Background(), id, team)
	require.NoError(d.t, err)
	require.Equal(d.t, before.Seq, after.Seq)
}

var team = of(cvd.EveryGroup)

func (d *desk) view(id cvd.CaseID, v cvd.Viewer) *cvd.Case {
	d.t.Helper()
	c, err := d.svc.View(context.Background(), id, v)
	require.NoError(d.t, err)
	return c
}

func (d *desk) relay() cvd.Relayed {
	d.t.Helper()
	var all cvd.Relayed
	for {
		r, err := d.svc.Relay(context.Background(), 100)
		require.NoError(d.t, err)
		all.Sent += r.Sent
		all.Noticed += r.Noticed
		all.Held += r.Held
		all.Failed += r.Failed
		all.Retried += r.Retried
		all.Problems = append(all.Problems, r.Problems...)
		if r.Sent+r.Noticed+r.Held+r.Failed == 0 {
			return all
		}
	}
}

var report = cvd.Receive{
	Channel: cvd.ChannelMail,
	IDs:     []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<1@finder.example>"}},
	Reporter: cvd.Contact{
		Name: "Rita Reporter", Organization: "Finders United", Email: "rita@finder.example",
		Phone: "+49 30 123456", Address: "Somewhere 1",
	},
	Title: "Heap overflow in frobd", Summary: "A long frame overflows the heap.",
	Products: "frobd 1.0 to 1.4", Observations: "The daemon crashes in parse_frame.",
	Wish: "in 90 days", Credit: cvd.CreditNamed, CreditName: "Rita R.",
}

func (d *desk) received() *cvd.Case {
	d.t.Helper()
	r := report
	r.Original = strings.NewReader("From: rita\r\n\r\nthe original\r\n")
	return d.do(cvd.CaseID{}, r)
}

func TestStory(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	id := c.ID
	require.Regexp(t, `^CVD-2026-[0-9A-HJKMNP-TV-Z]{5}$`, c.Number)
	require.Equal(t, vultron.RMReceived, c.RM())
	d.do(id, cvd.Acknowledge{})
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "We can reproduce it."},
		cvd.SetSeverity{Vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"},
		cvd.Accept{}, cvd.Assign{To: "bob@psirt.example"})
	ends := d.clock.t.AddDate(0, 0, 30)
	d.do(id, cvd.ProposeEmbargo{Ends: ends, Policy: "example/1"})
	c = d.do(id, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	got, ok := c.Embargo.Ends()
	require.True(t, ok)
	require.True(t, got.Equal(ends))
	c = d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{
		Organization: "Vendor One", Email: "psirt@one.example",
		Routes: []cvd.Route{{Transport: "box", Address: "one"}},
	}})
	require.Equal(t, vultron.Invited, c.Participants[2].Consent)
	d.refused(id, cvd.RuleAudience, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "the details"})
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.ReportState{Party: 3, State: vultron.RMAccepted},
		cvd.PostMessage{To: []cvd.PartyID{2, 3}, Text: "the details"})
	r := d.relay()
	require.Empty(t, r.Problems)
	require.Equal(t, 2, r.Noticed, "mail over TLS cannot carry what is TLP:AMBER: the reply and the details")
	d.do(id, cvd.Observe{What: vultron.VendorAware, Vendor: 3, Party: 3, Adopt: true},
		cvd.Observe{What: vultron.FixReady, Vendor: 3, Party: 3, Adopt: true},
		cvd.RecordStatus{Party: 3, Affected: cvd.IsFixed, Fixed: "1.5"})
	d.refused(id, cvd.RuleEmbargoHolds, cvd.Publish{})
	d.clock.pass(31 * 24 * time.Hour)
	c = d.do(id, cvd.Publish{Advisories: []string{"https://example.org/advisory-1"}}, cvd.Close{})
	require.Equal(t, vultron.EMExited, c.Embargo.State)
	require.Equal(t, vultron.RMClosed, c.RM())
	require.True(t, c.State(1, 0, 0).Has(vultron.CSPublicAware))
	full := d.view(id, team)
	require.Equal(t, "Heap overflow in frobd", string(full.Title))
	require.Equal(t, "bob@psirt.example", string(full.Assignee))
	f, err := d.svc.Attachment(context.Background(), id, team, full.Reports[0].Original)
	require.NoError(t, err)
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "From: rita\r\n\r\nthe original\r\n", string(b))
}

func TestRatings(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	for vector, want := range map[string]cvd.Rating{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": cvd.RatingCritical, // 9.8
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H": cvd.RatingHigh,     // 7.5
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N": cvd.RatingMedium,   // 5.3
		"CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N": cvd.RatingLow,      // 2.5
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N": cvd.RatingNone,     // 0
	} {
		require.Equal(t, want, d.do(id, cvd.SetSeverity{Vector: cvd.Private(vector)}).Rating(), vector)
	}
}

func TestParseCaseID(t *testing.T) {
	id := cvd.CaseID{0xab, 15: 1}
	got, err := storage.ParseCaseID(id.String())
	require.NoError(t, err)
	require.Equal(t, id, got)
	for _, bad := range []string{"", "ab", strings.Repeat("g", 32), strings.Repeat("0", 33)} {
		_, err := storage.ParseCaseID(bad)
		require.Error(t, err, bad)
	}
}

func TestTheSameReporterStaysOneParticipant(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	again := report
	again.IDs = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<2@finder.example>"}}
	again.Reporter.Email = "Rita@finder.example"
	c = d.do(c.ID, again)
	require.Len(t, c.Reports, 2)
	require.Len(t, c.Participants, 2)
	require.Equal(t, c.Reports[0].Reporter, c.Reports[1].Reporter)
	other := again
	other.IDs = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<3@finder.example>"}}
	other.Reporter = cvd.Contact{} // two who give no name may be two
	c = d.do(c.ID, other)
	c = d.do(c.ID, cvd.Receive{})
	require.Len(t, c.Participants, 4)
}
