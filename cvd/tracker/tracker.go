package tracker

import (
	"context"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// Tracker is a ticketing system, as one account of it sees it. Package trackertest
// checks implementations.
//
// All methods are safe for concurrent use, honour their context, and do a bounded
// number of requests. An [*Error] says what failed, whether anything may have been
// written, and when to try again.
type Tracker interface {
	// Self returns the stable ID of the account that the adapter writes as, as it
	// stands in Change.Actor. Changes by it are the Sync's own.
	Self(ctx context.Context) (account string, err error)

	// Find returns the tickets that carry a marker, the oldest first, closed ones
	// too. It looks where Create puts the marker, and a ticket that only mentions it
	// does not count. One that was made less than FindLag ago may be missing.
	Find(ctx context.Context, marker string) ([]Ticket, error)

	// Create makes a ticket with these fields and returns what the tracker made of
	// them. A *NotAppliedError comes with the ticket, which exists. After any other
	// error it may exist, unless the error is an *Error that was Refused.
	Create(ctx context.Context, f Fields) (Ticket, error)

	// Update sets the fields that are not empty, reads the ticket back and returns
	// it. t is the ticket as it was last seen: ErrStale if it has changed since and
	// the tracker can tell. A *NotAppliedError, with the ticket, names the fields
	// that the tracker ignored. ErrGone if there is no such ticket.
	Update(ctx context.Context, t Ticket, f Fields) (Ticket, error)

	// Read returns a ticket. If it was moved or merged it returns the one that it
	// became, whose Ref differs. ErrGone if there is none, or the account may no
	// longer see it.
	Read(ctx context.Context, ref string) (Ticket, error)

	// Changes returns the oldest changes after a cursor, about n (1 to 1,000): all
	// that are asked for at one instant may be more. Some that were returned before
	// come again, and none is left out, also if the clocks of tracker and host
	// differ. The empty cursor is the beginning.
	Changes(ctx context.Context, cursor string, n int) (Page, error)
}

// Describer is a Tracker that can say what values its fields take. Mapping.Check
// compares a mapping with it.
type Describer interface {
	// Describe asks the tracker for its Schema.
	Describe(ctx context.Context) (Schema, error)
}

// Lister is a Tracker that can list its tickets and tell their history: Importer
// needs it.
type Lister interface {
	// Tickets lists tickets, the oldest first, from the cursor on.
	Tickets(ctx context.Context, q TicketQuery, cursor string, n int) (tickets []Ticket, next string, err error)
	// History returns all changes of a ticket, the oldest first.
	History(ctx context.Context, ref string) ([]Change, error)
}

// Starter is a Tracker whose changes can be had from an instant on, instead of
// from the beginning.
type Starter interface {
	// CursorAt returns a cursor for Changes of which none before t comes.
	CursorAt(ctx context.Context, t time.Time) (cursor string, err error)
}

// Lagging is a Tracker whose Find does not see a new ticket at once.
type Lagging interface {
	// FindLag is how long a new ticket may stay unseen.
	FindLag() time.Duration
}

// Echoing is a Tracker that mails what is written into tickets to others, as the
// adapter has found. New refuses it until Config.Echoes names it.
type Echoing interface {
	// Echo returns why and to whom, for example "scrip 4 mails requestors on create"; "": nobody.
	Echo(ctx context.Context) (string, error)
}

// TicketQuery selects tickets.
type TicketQuery struct {
	Since time.Time // made since then; zero: all
	Open  bool      // not closed
}

// Schema is what values the fields of a tracker take.
type Schema struct {
	Statuses   []string // as Fields.Status takes them
	Priorities []string // as Fields.Priority takes them
	Projects   []string // as Fields.Project takes them
	// Missing names what the adapter needs and the tracker does not have, and says
	// how to make it.
	Missing []string
}

// Fields are what a Sync writes. An empty field is left as it is, and by Create
// left to the tracker. None holds more than the clearance of the Sync allows.
type Fields struct {
	Marker   string // 32 hexadecimal digits, into a field of its own
	Project  string // project, queue or repository; "": that of the adapter
	Title    string // one line
	Body     string // plain text
	Status   string // one of Schema.Statuses
	Priority string // one of Schema.Priorities
}

// Empty reports whether there is nothing to write.
func (f Fields) Empty() bool { return f == Fields{} }

// Ticket is a ticket as the tracker shows it now.
type Ticket struct {
	Ref      string    // names it in this tracker, printable ASCII without blanks
	Marker   string    // "": it carries none
	Version  string    // for Update; opaque
	Project  string    // where it is now
	Status   string    // in the tracker's words
	Priority string    // in the tracker's words
	Closed   bool      // by the tracker's own reckoning
	Created  time.Time // by the tracker's clock
	Updated  time.Time // by the tracker's clock
	URL      string    // of its page

	Title cvd.Private // as it stands
	Body  cvd.Private // as it stands
	Owner cvd.Private // the account that it is assigned to; "": nobody
	// Author is the account that opened it; AuthorName and AuthorEmail are known
	// where the tracker tells them.
	Author      string
	AuthorName  cvd.Private // see Author
	AuthorEmail cvd.Private // see Author
}

// Kind says what changed in a ticket.
type Kind uint8

// The kinds of changes.
const (
	KindOther     Kind = iota
	KindOpened         // the ticket was made
	KindCommented      // Text was added
	KindStatus         // Old and New are states
	KindOwner          // Old and New are accounts
	KindPriority
	KindTitle
	KindField  // any other field, named by Field
	KindMoved  // into another project; its Ref may have changed
	KindMerged // into another ticket
	KindGone   // it was deleted
)

var kindWords = [...]string{"changed", "opened", "commented", "state", "owner", "priority", "title", "field", "moved", "merged", "deleted"}

// String returns the word of the kind.
func (k Kind) String() string {
	if int(k) < len(kindWords) {
		return kindWords[k]
	}
	return "unknown"
}

// Change is one thing that happened to a ticket.
type Change struct {
	ID    string    // the tracker's own, never another's; the same whenever it is told
	Ref   string    // of the ticket
	Kind  Kind      // what happened
	At    time.Time // by the tracker's clock
	Actor string    // the stable ID of the account
	// Reply is set for a comment that the tracker itself calls a reply to whoever
	// opened the ticket.
	Reply bool
	Field string // of KindField

	ActorName cvd.Private // of Actor, for people
	Old, New  cvd.Private // the value of Field before and after
	Text      cvd.Private // of a comment
}

// Page is a part of a tracker's changes.
type Page struct {
	Changes []Change // the oldest first
	Cursor  string   // for the next call
	More    bool     // there are more now
	// Tickets holds tickets that the tracker gave along with their changes, by Ref:
	// they need not be read again.
	Tickets map[string]Ticket
}
