package cvd

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"time"
)

// Open reports whether the team is not done with the case.
func (c *Case) Open() bool { return c.RM() != vultron.RMClosed }

// Rating returns the highest rating of the case's vulnerabilities.
func (c *Case) Rating() Rating {
	var r Rating
	for i := range c.Vulnerabilities {
		r = max(r, c.Vulnerabilities[i].Rating)
	}
	return r
}

// Summary is a line of a list of cases.
type Summary struct {
	ID       CaseID
	Number   string
	Kind     Kind
	Title    Private // set by Find
	RM       vultron.RM
	EM       vultron.EM
	Rating   Rating
	Reports  int
	Parties  int
	Assigned bool
	Opened   time.Time
	Changed  time.Time
	Ends     time.Time // of the active embargo
	Seq      Seq
	titled   Seq
}

func (x *Summary) wire(w *wire) {
	reports, parties := uint64(x.Reports), uint64(x.Parties)
	text(w, &x.Number)
	num(w, &x.Kind)
	num(w, &x.RM)
	num(w, &x.EM)
	num(w, &x.Rating)
	w.u64(&reports)
	w.u64(&parties)
	w.flag(&x.Assigned)
	w.instant(&x.Opened)
	w.instant(&x.Changed)
	w.zoned(&x.Ends)
	signed(w, &x.titled)
	x.Reports, x.Parties = int(reports), int(parties)
}

// head is the projection that the Store keeps for lists, and for Tick.
func (s *Service) head(c *Case, now Millis) Head {
	c.due = MillisOf(policy.NextDue(s.Deadlines(c, now.Time()), now.Time(), c.reminded))
	return c.head()
}

func (c *Case) head() Head {
	ends, _ := c.Embargo.Ends()
	x := Summary{
		Number: c.Number, Kind: c.Kind, RM: c.RM(), EM: c.Embargo.State, Rating: c.Rating(),
		Reports: len(c.Reports), Parties: len(c.Participants), Assigned: c.Assigned,
		Opened: c.Opened, Changed: c.At, Ends: ends, titled: c.titled,
	}
	w := wire{}
	x.wire(&w)
	return Head{ID: c.ID, Seq: c.Seq, Tip: c.Tip, Due: c.due, Data: w.buf}
}

func readHead(h Head) (Summary, error) {
	x := Summary{ID: h.ID, Seq: h.Seq}
	w := wire{buf: h.Data, reading: true}
	if x.wire(&w); w.bad {
		return x, fmt.Errorf("%w: the head of case %s cannot be read", ErrTampered, h.ID)
	}
	return x, nil
}
