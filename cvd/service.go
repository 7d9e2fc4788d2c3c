package cvd

import (
	"context"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Config says what a Service works with. Only Store and Secret are required.
type Config struct {
	Store storage.Store // keeps the cases; required
	// Secret keys the hashes that stand in indexes instead of names, numbers
	// and addresses. At least 32 bytes; the same for all processes, for ever: with
	// another one every call returns ErrSecret. Keep it beside the database and in
	// its backup, readable by the service only.
	Secret Secret

	// Blobs keeps attachments and original messages. Without it commands that
	// carry a file return an *InputError.
	Blobs storage.BlobStore
	// State keeps what is no part of a case: the use of access codes. nil: it is not
	// counted.
	State storage.State
	// Sealer encrypts what the Store and Blobs keep in private. Without it they
	// hold plain text.
	Sealer storage.Sealer
	// Transports are the ways to reach participants, by the names that Routes use.
	Transports map[string]Transport
	// Steps bring out the outputs of staged releases, by the names that PlanRelease
	// uses. An output without one waits for RecordOutput. RunReleases runs them.
	Steps map[string]ReleaseStep
	// Texts replaces single texts of the library's messages, or adds languages: by
	// language tag (BCP 47) and by the keys of Catalogues. What a language lacks is
	// that of the language it is a kind of, else the library's own.
	Texts map[string]map[string]string
	// Language is that of participants whose Contact names none, and of the team's
	// reminders. "": en.
	Language string
	// Render writes the text of a message. nil: RenderTexts.
	Render func(Rendering) (subject, text string)

	// CheckAdvisory validates an advisory that Publish brings, for example by
	// package advisory/csaf, which cvd does not import. nil: only the model is
	// checked, and the record says so.
	CheckAdvisory func(ctx context.Context, a *advisory.Advisory) error

	// Authorize is asked before each command; an error refuses it. The case is
	// as it was before the call, and the zero Case for a command that starts
	// one. It must not call the Service for the same case, which is in use
	// meanwhile. nil: everything is allowed, the host has checked already.
	Authorize func(ctx context.Context, c *Case, by By, act Action) error

	// Team introduces the owner of the cases.
	Team Team
	// Policies are adopted by every new case. nil: the policy "team" of the
	// table, the everyday clocks; empty: none.
	Policies []policy.Policy
	// Submissions are adopted by every submission: see Receive.Submission. nil: the
	// policy "submission" of the table, one business day for the first look, four
	// hours where exploitation is alleged; empty: none.
	Submissions []policy.Policy
	// Calendar gives the zone, the working days and the hours that clocks count
	// in; Calendars holds those that differ, by the name of the policy.
	Calendar  policy.Calendar
	Calendars map[string]policy.Calendar // by Policy.Name; those that are not in it use Calendar
	// OnCall names the actors who are told, in order, when an assignee is absent
	// or a deadline was missed. Absences says who is not there; nil: all are.
	OnCall   []string
	Absences func(now time.Time) []policy.Absence // see OnCall

	// Embargo rules new cases, and Standing is what every reporter is offered.
	Embargo  EmbargoRules
	Standing StandingEmbargo // zero: none is offered
	// AnswerWindow is the time that a participant has to answer about an embargo.
	// 0: seven days; at least 72 hours.
	AnswerWindow time.Duration
	// Retention says how long closed cases keep personal data. Retain applies it.
	// nil: for ever.
	Retention []Retention

	// Subscribers are the adapters that follow the cases, by names of their own, for
	// example "tracker/rt": every change of a case puts it on the list of each, in
	// the same write, until Done takes it off. The same for all processes. A new one
	// gets what changes from then on; what is there already it lists with Find.
	// Names have 1 to 64 bytes of printable ASCII without blanks.
	Subscribers []string

	// Prefix starts case numbers. "": CVD.
	Prefix string
	// Limits bound what commands may hold. Zero fields: see Limits.
	Limits Limits
	// Floor is the least protection that a message needs, by its TLP label.
	// nil: DefaultFloor.
	Floor func(m *Message) Protection
	// Cached is how many cases are kept in memory. 0: 256; negative: none.
	Cached int
	// Lease is how long a Relay keeps what it claimed. 0: two minutes. The clocks
	// of the processes on one Store may differ by less than half of it.
	Lease time.Duration
	// Attempts is how often a delivery is tried before it is given up. 0: 20,
	// which takes about three days. What was claimed and not tried does not count.
	Attempts int
	// SendTimeout bounds one call of a Transport. 0: 30 seconds, or a quarter of
	// the Lease if that is shorter; at most that.
	SendTimeout time.Duration

	// MaxAhead is how far the newest record of a case may lie ahead of Now, since
	// the clocks of processes differ; beyond it, commands return ErrAhead. 0: ten
	// minutes. Decisions go by Now, never by the records.
	MaxAhead time.Duration
	// Now is the only clock. nil: time.Now.
	Now func() time.Time
	// Rand makes IDs, case numbers and salts. nil: crypto/rand.
	Rand io.Reader
}

// Team is the owner of the cases: the team that runs the Service.
type Team struct {
	Name  string // for example "Example PSIRT"; stands in messages
	Roles Roles  // 0: RoleVendor
	// Routes is how the team itself is reminded. nil: Tick only returns its
	// reminders.
	Routes []Route
	// Organization is the vendor of the team's products, as advisories name it. "":
	// Name.
	Organization string
	Portal       string // the https address of the team's portal; stands in messages
	Key          string // fingerprint of the team's OpenPGP key; likewise
}

// Limits bound the input of commands. Zero fields take the values named here.
type Limits struct {
	Text       int   // bytes of a long text; 1 MiB
	Line       int   // bytes of a title, name or address; 1 KiB
	Attachment int64 // bytes of a file; 100 MiB
	Recipients int   // of one message; 5,000
	Items      int   // commands of one Do, routes of a contact, keys of a report; 1,000
	// Past and Future bound every date that a command holds, counted from now:
	// 100 and 50 years.
	Past, Future time.Duration
}

// By is who asks, and on what ground.
type By struct {
	// ID makes a repeat harmless: commands with an ID that the case knows change
	// nothing. Other commands under a known ID are refused by RuleCommandID. Zero:
	// a repeat is another command.
	ID CommandID
	// Actor names who acts, in the host's terms. It is kept in private, so that
	// it can be erased. Names that differ only in case, blanks, width, composition
	// or invisible characters are one person. "": nobody who is named, such as a
	// program; what demands people is refused then.
	Actor Private
	// Person is the host's stable ID of who acts, for example the subject of its
	// login, where there is one. Rules that demand two people take actors with one
	// Person for one, however their names are written. Only a keyed hash is kept.
	Person Private
	// If pins the version that the decision was made on: at any other Case.Seq,
	// Do returns ErrStale. 0: the commands are decided on the newest version.
	If Seq
	// Silent is for imports: nothing is sent, now or later, for what the commands do,
	// no acknowledgement, no notice and no reminder of a date that has passed. Messages
	// that they post count as held, and the library's own are left out. Reports and
	// messages count as read, by the team and by those to whom they went. A record says
	// when it was imported, also in a case into which it goes on.
	Silent bool
	// At is when it was done, with Silent: the commands are decided as of it, and all
	// that carries no date of its own is of it, so that clocks count from what was. It
	// does not lie ahead, nor before the newest record of the case: a history is
	// imported in order. Zero: now.
	At time.Time `json:",omitzero"`

	kept byKept
}
