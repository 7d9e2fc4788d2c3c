package tracker_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

// past is a tracker with two years of tickets.
func past(d *desk) {
	day := func(n int) { d.clock.add(time.Duration(n) * 24 * time.Hour) }
	a := d.mem.Open("rita", "Overflow in frobd", "it overflows")
	day(1)
	require.NoError(d, d.mem.Comment(a, "joe", "Thank you for the report.", true))
	require.NoError(d, d.mem.SetOwner(a, "joe", "jane"))
	day(100)
	require.NoError(d, d.mem.SetStatus(a, "jane", "resolved"))
	require.NoError(d, d.mem.SetStatus(a, "jane", "open"))
	b := d.mem.Open("rita", "Underflow", "it underflows")
	require.NoError(d, d.mem.SetStatus(b, "joe", "stalled"))
	c := d.mem.Open("rita", "Old and done", "")
	require.NoError(d, d.mem.SetStatus(c, "joe", "rejected"))
	d.mem.Open("spammer", "SPAM", "")
	day(300)
}

func TestImport(t *testing.T) {
	d := newDesk(t)
	past(d)
	x := &tracker.Importer{
		Sync: d.sync, Query: tracker.TicketQuery{Open: true}, By: cvd.By{Actor: "importer"},
		Case: func(x tracker.Ticket) cvd.Command {
			if x.Author == "spammer" {
				return nil
			}
			r := tracker.Report(x).(cvd.Receive)
			r.Reporter = cvd.Contact{Name: "Rita", Email: "rita@example.org"}
			return r
		},
	}
	x.Preview = true
	preview, err := x.Run(d.ctx, "", 100)
	require.NoError(t, err)
	require.Equal(t, 2, preview.Made)
	require.Equal(t, 1, preview.Skipped)
	page, err := d.svc.Find(d.ctx, cvd.Viewer{Team: true}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Cases, "a preview makes no case")

	x.Preview = false
	before := d.mem.Tickets()
	r, err := x.Run(d.ctx, "", 100)
	require.NoError(t, err)
	require.Equal(t, 2, r.Made)
	require.Empty(t, r.Failed)
	require.Len(t, r.Unmapped, len(preview.Unmapped), "the preview told")
	var told string
	for _, p := range r.Unmapped {
		told += p.String() + "\n"
	}
	require.Contains(t, told, `the state "stalled" means nothing to a case`)

	id, err := d.svc.Lookup(d.ctx, cvd.ExternalID{Kind: "ticket:" + name, Value: "1"})
	require.NoError(t, err)
	c := d.team(id)
	require.Equal(t, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), c.Reports[0].Received.UTC())
	require.Equal(t, cvd.Private(name+":jane"), c.Assignee)
	require.Len(t, c.OpenClaims(), 1)
	require.Equal(t, time.Date(2026, 6, 11, 9, 0, 0, 0, time.UTC), c.Claims[0].Observed.UTC())
	ds, err := d.svc.Deadlines(c, d.clock.now())
	require.NoError(t, err)
	var met bool
	for _, x := range ds {
		met = met || x.EndedBy == policy.FactAcknowledged && x.Ended.UTC().Equal(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC))
	}
	require.True(t, met, "clocks count from the real instants")
	require.Equal(t, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), c.Opened.UTC())
	var commented time.Time
	for _, m := range c.Messages {
		if m.Text == "Thank you for the report." {
			commented = m.Posted.UTC()
		}
	}
	require.Equal(t, time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC), commented, "what happened stands where it happened")
	ticked, err := d.svc.Tick(d.ctx, 100)
	require.NoError(t, err)
	require.Empty(t, ticked.Reminders, "no date of the past reminds of itself")

	// Nobody gets a mail.
	_, err = d.svc.Relay(d.ctx, 100)
	require.NoError(t, err)
	require.Empty(t, d.sent)

	// A second run changes nothing, nor does what Pull tells of the past.
	seq := c.Seq
	again, err := x.Run(d.ctx, "", 100)
	require.NoError(t, err)
	require.Equal(t, 0, again.Made)
	require.Equal(t, 2, again.Had)
	require.Equal(t, seq, d.team(id).Seq)
	require.Equal(t, before, d.mem.Tickets(), "and the tracker was not written")
	texts := d.texts(id)
	d.settle()
	require.Equal(t, texts, d.texts(id))
	d.settle()
	require.Equal(t, d.svc.Marker(id, name), d.mem.Tickets()[0].Marker, "from the cut-over on the tickets are ours")
	require.Equal(t, "Overflow in frobd", string(d.mem.Tickets()[0].Title))
	require.Len(t, d.mem.Tickets(), 4)
}

func TestImportResumes(t *testing.T) {
	d := newDesk(t)
	past(d)
	x := &tracker.Importer{Sync: d.sync}
	r, err := x.Run(d.ctx, "", 1)
	require.NoError(t, err)
	require.Equal(t, 1, r.Made)
	require.NotEmpty(t, r.Cursor)
	r, err = x.Run(d.ctx, r.Cursor, 100)
	require.NoError(t, err)
	require.Equal(t, 3, r.Made)
	require.Empty(t, r.Cursor)
}

// What a report holds above the clearance reaches the tracker in no field, whatever
// a projection writes of what it sees.
func TestNothingAboveTheClearance(t *testing.T) {
	labels := []tlp.Label{tlp.Clear, tlp.Green, tlp.Amber, tlp.AmberStrict, tlp.Red}
	seen := 0
	for _, clearance := range labels[:4] {
		for _, project := range []func(tracker.Ground) tracker.Fields{tracker.Neutral, tracker.Detailed, everything} {
			var wire strings.Builder
			d := newDesk(t, func(c *tracker.Config) {
				c.Clearance, c.Project, c.Names = clearance, project, true
				c.Parts = tracker.ByStream
				c.Tracker = tap{c.Tracker, &wire}
			})
			for _, l := range labels {
				word := func(what string) cvd.Private { return cvd.Private("secret" + what + "." + l.String() + ".") }
				c := d.do(cvd.CaseID{}, cvd.Receive{TLP: l, Title: word("title"), Summary: word("summary"), Observations: word("text"), Products: word("products"),
					Reporter: cvd.Contact{Name: word("name"), Email: "secret.AMBER.@example.org"}})
				d.do(c.ID, cvd.AddProduct{Name: word("product"), TLP: l}, cvd.PostMessage{Text: word("message"), TLP: l},
					cvd.Observe{What: 5, Evidence: word("evidence"), TLP: l}, cvd.RecordStatus{Affected: 1, Statement: word("statement"), Fixed: word("fixed"), TLP: l, Stream: 1})
			}
			d.push()
			d.push()
			out := wire.String()
			for _, l := range labels {
				if strings.Contains(out, "."+l.String()+".") {
					seen++
					require.True(t, l.AtMost(clearance), "%s reached a tracker with the clearance %s: %v", l, clearance, regexp.MustCompile(`secret\w+\.`+regexp.QuoteMeta(l.String())).FindAllString(out, -1))
				}
			}
		}
	}
	require.Greater(t, seen, 8, "what the clearance allows is there, or the test sees nothing")
}

// tap keeps all that goes to a tracker.
type tap struct {
	tracker.Tracker
	wire *strings.Builder
}

func (t tap) Create(ctx ctxt, f tracker.Fields) (tracker.Ticket, error) {
	t.write(f)
	return t.Tracker.Create(ctx, f)
}

func (t tap) Update(ctx ctxt, x tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	t.write(f)
	return t.Tracker.Update(ctx, x, f)
}

func (t tap) write(f tracker.Fields) {
	for _, s := range []string{f.Title, f.Body, f.Status, f.Priority, f.Project, f.Marker} {
		t.wire.WriteString(s + "\n")
	}
}
