package tracker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Config says how cases and tickets are kept in step. Service, State, Tracker, Name
// and Now are required.
type Config struct {
	Service *service.Service // has the cases
	State   storage.State    // keeps which ticket stands for which case
	Tracker Tracker          // has the tickets
	// Name is one of cvd.Config.Subscribers, for example "tracker/rt", and starts
	// the keys in State. It has at most 60 bytes, and a slash.
	Name string
	// Process names this process, differently from all that run this Sync: for
	// example host name and process ID. "": a Sync that never makes tickets in
	// another process.
	Process string
	// Clearance is the strictest TLP label that the tracker may hold: who administers
	// it, who reads its mails, where its backups lie. Unset is TLP:CLEAR; TLP:RED is
	// refused.
	Clearance tlp.Label
	// Groups are those of the team whose cases the tracker may hold, because those who
	// read it belong to them. nil: it holds cases that are open to the whole team.
	// cvd.EveryGroup is for a tracker that only those who see everything can read.
	Groups []cvd.Private

	// Parts gives the tickets of a case. nil: Whole.
	Parts func(*cvd.Case, *Mapping) []Part
	// Project writes a ticket. nil: Neutral. State and priority come from Mapping.
	Project func(Ground) Fields
	// Link is the address of a case at the host, by its number. nil: there is none.
	Link func(number string) string
	// Names lets the reporter's name be written, if Clearance allows it too.
	Names   bool
	Mapping Mapping // between states and priorities of the two

	// Intake makes a case of a ticket that somebody opened in the tracker: it returns
	// the command that starts it, a cvd.Receive or cvd.Open, or nil for a ticket that
	// is none. nil: no ticket becomes a case. See Report.
	Intake func(Ticket) cvd.Command
	// Mark is how a comment begins that is for the reporter. "": "/reporter". The
	// mark is not passed on.
	Mark string
	// Replies passes on what the tracker itself calls a reply to whoever opened the
	// ticket, as Request Tracker does, without a mark.
	Replies bool
	// CommentTLP labels what comes in. Unset: TLP:AMBER.
	CommentTLP tlp.Label
	// Since is when a Sync that has no cursor yet begins, if the tracker is a Starter.
	// Zero: with all changes that there are.
	Since time.Time

	// ReadOnly writes nothing to the tracker: it is the way to try this beside a
	// tracker that is in use.
	ReadOnly bool
	// Echoes names trackers that mail what is written to others, as their Echo said,
	// word for word: somebody has read it and takes it as it is.
	Echoes string

	// Lease is longer than a request to make a ticket can be on its way, also after
	// it was given up, and than the tracker needs to find a new ticket. 0: two
	// minutes.
	Lease time.Duration
	// Now is the clock. Those of the processes differ by less than half the Lease.
	Now func() time.Time
}

// Sync keeps cases and tickets in step. Its methods are safe for concurrent use,
// also by several processes on one State and one Store.
type Sync struct {
	cfg   Config
	self  string // account of the adapter, once it is known
	lease time.Duration
	// crash is asked at each point between two steps, by tests.
	crash func(point string) error

	mu    sync.Mutex
	after cvd.CaseID // where Push goes on
}

const defaultLease = 2 * time.Minute

// New checks the configuration. It asks the tracker nothing; Check does.
func New(cfg Config) (*Sync, error) {
	fail := func(format string, a ...any) (*Sync, error) {
		return nil, fmt.Errorf("tracker: Config."+format, a...)
	}
	switch {
	case cfg.Service == nil || cfg.State == nil || cfg.Tracker == nil || cfg.Now == nil:
		return fail("Service, State, Tracker and Now are required")
	case len(cfg.Name) > 60:
		return fail("Name has more than 60 bytes")
	case storage.CheckState(cfg.Name+"/cursor", nil) != nil:
		return fail("Name has printable ASCII without blanks")
	case cfg.Clearance == tlp.Red:
		return fail("Clearance: what is TLP:RED is for named persons, and a tracker is none")
	case cfg.Lease < 0:
		return fail("Lease is negative")
	}
	cfg.Groups = slices.Clone(cfg.Groups)
	cfg.Clearance = cmp.Or(cfg.Clearance, tlp.Clear)
	cfg.Lease = cmp.Or(cfg.Lease, defaultLease)
	cfg.Mark = cmp.Or(cfg.Mark, "/reporter")
	if x, ok := cfg.Tracker.(Lagging); ok && x.FindLag() > cfg.Lease/2 {
		return fail("Lease: the tracker finds a new ticket after %v; the lease must be at least twice as long", x.FindLag())
	}
	for _, f := range cfg.Mapping.Check(Schema{}) {
		if f.Fatal {
			return fail("Mapping: %s", f)
		}
	}
	if cfg.Parts == nil {
		cfg.Parts = Whole
	}
	if cfg.Project == nil {
		cfg.Project = Neutral
	}
	return &Sync{cfg: cfg, lease: cfg.Lease}, nil
}

// Check asks the tracker whether it has what the Sync needs: the account, the
// values of the mapping, and that nobody is mailed what is written. It writes
// nothing. The findings say what to do.
func (s *Sync) Check(ctx context.Context) ([]Finding, error) {
	if _, err := s.account(ctx); err != nil {
		return nil, err
	}
	var out []Finding
	if d, ok := s.cfg.Tracker.(Describer); ok {
		schema, err := d.Describe(ctx)
		if err != nil {
			return nil, err
		}
		out = s.cfg.Mapping.Check(schema)
	} else {
		out = s.cfg.Mapping.Check(Schema{})
	}
	if echo, err := s.echo(ctx); err != nil {
		return out, err
	} else if echo != "" {
		out = append(out, Finding{"tracker", fmt.Sprintf("it mails what is written: %s. Switch that off, or set Config.Echoes to %q", echo, echo), true})
	}
	return out, nil
}

// echo returns what the tracker mails to others, unless the host has said that it
// knows.
func (s *Sync) echo(ctx context.Context) (string, error) {
	e, ok := s.cfg.Tracker.(Echoing)
	if !ok {
		return "", nil
	}
	what, err := e.Echo(ctx)
	if what == s.cfg.Echoes {
		what = ""
	}
	return what, err
}

// account returns the account that the adapter writes as, asked for once.
func (s *Sync) account(ctx context.Context) (string, error) {
	s.mu.Lock()
	self := s.self
	s.mu.Unlock()
	if self != "" {
		return self, nil
	}
	self, err := s.cfg.Tracker.Self(ctx)
	if err == nil && self == "" {
		err = errors.New("tracker: Self returned no account: changes of our own could not be told from those of others")
	}
	if err == nil {
		s.mu.Lock()
		s.self = self
		s.mu.Unlock()
	}
	return self, err
}

// Problem is something that Push or Pull could not do. It stands for itself: the
// rest was done.
type Problem struct {
	Case cvd.CaseID // zero: none is known
	Ref  string     // of the ticket; "": none is known
	What string     // what was to be done, or what was found
	Err  error      // nil: it is only to be known
	// Lost is set if it is not tried again by itself.
	Lost bool
}

// String returns the problem in one line, without a text of the case.
func (p Problem) String() string {
	s := p.What
	if p.Ref != "" {
		s += " (ticket " + p.Ref + ")"
	}
	if p.Err != nil {
		s += ": " + p.Err.Error()
	}
	return s
}

// errCrashed is what crash returns: the process died there.
var errCrashed = errors.New("tracker: crashed by a test")

func (s *Sync) at(point string) error {
	if s.crash == nil {
		return nil
	}
	return s.crash(point)
}

// viewer is what the tracker may hold: everything that Push writes is read as this
// viewer.
func (s *Sync) viewer() cvd.Viewer {
	return cvd.Viewer{Team: true, Groups: s.cfg.Groups, Clearance: s.cfg.Clearance}
}

// by is who acts for the Sync itself.
func (s *Sync) by(id cvd.CommandID) cvd.By {
	return cvd.By{ID: id, Actor: cvd.Private(s.cfg.Name)}
}
