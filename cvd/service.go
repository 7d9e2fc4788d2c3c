package cvd

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
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

const year = 365 * 24 * time.Hour

func (l Limits) withDefaults() Limits {
	if l.Text == 0 {
		l.Text = 1 << 20
	}
	if l.Line == 0 {
		l.Line = 1 << 10
	}
	if l.Attachment == 0 {
		l.Attachment = 100 << 20
	}
	if l.Recipients == 0 {
		l.Recipients = 5000
	}
	if l.Items == 0 {
		l.Items = 1000
	}
	if l.Past == 0 {
		l.Past = 100 * year
	}
	if l.Future == 0 {
		l.Future = 50 * year
	}
	return l
}

// Service takes commands and keeps cases. It starts no goroutine and holds no
// connection; all methods are safe for concurrent use, also by several processes
// on the same Store.
type Service struct {
	cfg   Config
	guard *guardedStore // is cfg.Store
	cache *cache
	bound bool // to a host's transaction: see Using

	ownRender bool // Config.Render is the host's
	languages languages
}

// New returns a Service. It returns an error only if a required field is missing
// or a value is impossible; it does not touch the Store.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil {
		return nil, errors.New("cvd: Config.Store is missing; memstore.New() will do for a start")
	}
	if len(cfg.Secret) < 32 {
		return nil, fmt.Errorf("cvd: Config.Secret has %d bytes, 32 random ones are needed", len(cfg.Secret))
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	ownRender := cfg.Render != nil
	if !ownRender {
		cfg.Render = RenderTexts
	}
	if cfg.Floor == nil {
		cfg.Floor = DefaultFloor
	}
	if cfg.Prefix == "" {
		cfg.Prefix = "CVD"
	}
	if !validPrefix(cfg.Prefix) {
		return nil, errors.New("cvd: Config.Prefix takes 1 to 16 letters A to Z")
	}
	if cfg.Policies == nil {
		team, _ := policy.ByName("team")
		cfg.Policies = []policy.Policy{team}
	}
	if cfg.Submissions == nil {
		look, _ := policy.ByName("submission")
		cfg.Submissions = []policy.Policy{look}
	}
	for _, p := range slices.Concat(cfg.Policies, cfg.Submissions) {
		if err := p.Validate(); err != nil {
			return nil, fmt.Errorf("cvd: Config.Policies or Submissions: %w", err)
		}
	}
	if err := cfg.checkEmbargo(); err != nil {
		return nil, err
	}
	if err := cfg.checkSubscribers(); err != nil {
		return nil, err
	}
	if cfg.Language != "" && !isLanguage(cfg.Language) {
		return nil, fmt.Errorf("cvd: Config.Language is %q, a language tag such as de is needed", cfg.Language)
	}
	languages, err := newLanguages(cfg.Texts)
	if err != nil {
		return nil, err
	}
	if t := cfg.Team; t.Portal != "" && !strings.HasPrefix(t.Portal, "https://") || !webAddress(cmp.Or(t.Portal, "https://portal.example")) || strings.ContainsAny(t.Key+t.Portal, "\r\n") {
		return nil, errors.New("cvd: Config.Team.Portal is no https address, or Key has a line break")
	}
	if cfg.Team.Roles == 0 {
		cfg.Team.Roles = RoleVendor
	}
	if cfg.Cached == 0 {
		cfg.Cached = 256
	}
	if cfg.Lease == 0 {
		cfg.Lease = 2 * time.Minute
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = 20
	}
	if cfg.MaxAhead == 0 {
		cfg.MaxAhead = 10 * time.Minute
	}
	if cfg.Lease < 0 || cfg.Attempts < 0 || cfg.SendTimeout < 0 {
		return nil, errors.New("cvd: Config.Lease, Attempts and SendTimeout are not negative")
	}
	switch most := cfg.Lease / 4; {
	case cfg.SendTimeout == 0:
		cfg.SendTimeout = min(30*time.Second, most)
	case cfg.SendTimeout > most:
		return nil, fmt.Errorf("cvd: Config.SendTimeout is %s, and a quarter of the Lease is %s", cfg.SendTimeout, most)
	}
	cfg.Limits = cfg.Limits.withDefaults()
	guard := &guardedStore{Store: cfg.Store, secret: cfg.Secret, right: new(atomic.Bool)}
	cfg.Store = guard
	return &Service{cfg: cfg, guard: guard, cache: newCache(cfg.Cached), ownRender: ownRender, languages: languages}, nil
}

// Using returns a Service over another Store, for a call inside a transaction of
// the host:
//
//	svc.Using(store.WithTx(tx)).Do(ctx, …)
//
// It shares nothing that the transaction has not committed, and it does not
// decide again after ErrConflict: the host rolls back and repeats.
func (s *Service) Using(store storage.Store) *Service {
	t := *s
	t.guard = &guardedStore{Store: store, secret: s.cfg.Secret, right: s.guard.right, bound: true}
	t.cfg.Store, t.cache, t.bound = t.guard, newCache(-1), true
	return &t
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

	sum sum // of what is asked
}

// Do applies commands to a case, all or none, in one append.
//
// The zero CaseID starts a case: the first command is then Receive or Open. If
// the report is known already, Do returns the case that has it, with Repeated
// set and nothing changed.
//
// Errors: a *Refusal (ErrRefused) names the rule that forbids a command; an
// *InputError (ErrInput) the field that cannot be; ErrDenied, ErrStale,
// ErrNotFound, ErrNewer, ErrTampered; a *DuplicateError if an identifier belongs
// to another case. After all of these nothing was written. After any other error
// the outcome may be unknown; repeating the call with the same By.ID is safe.
func (s *Service) Do(ctx context.Context, id CaseID, by By, cmds ...Command) (*Case, error) {
	if len(cmds) == 0 || len(cmds) > s.cfg.Limits.Items {
		return nil, &InputError{"Do", "cmds", fmt.Sprintf("there are %d commands, 1 to %d are needed", len(cmds), s.cfg.Limits.Items), nil}
	}
	for i, cmd := range cmds {
		if !ours(cmd) {
			return nil, &InputError{"Do", "cmds", fmt.Sprintf("number %d is no command of package cvd, given as a value and not as a pointer", i+1), nil}
		}
	}
	starts := begins(cmds[0])
	if id == (CaseID{}) {
		if !starts {
			return nil, ErrNotFound
		}
		var err error
		if id = uploadedFor(cmds); id == (CaseID{}) {
			if id, err = s.newCaseID(); err != nil {
				return nil, err
			}
		}
	} else if _, receive := cmds[0].(Receive); starts && !receive {
		return nil, &Refusal{RuleNew, commandName(cmds[0]), ""}
	} else {
		starts = false
	}
	files, err := s.storeFiles(ctx, id, cmds)
	if err != nil {
		return nil, err
	}
	all, acts := make([]any, len(cmds)), make([]Action, len(cmds))
	for i := range cmds {
		all[i], acts[i] = cmds[i], cmds[i]
	}
	stored := slices.Concat(files...)
	if err := s.complete(&by, stored, all...); err != nil {
		s.dropFiles(ctx, stored)
		return nil, err
	}
	c, written, err := s.change(ctx, id, by, starts, acts, func(d *decision) error {
		if err := d.newUploads(slices.Concat(files...)); err != nil {
			return err
		}
		for i, cmd := range cmds {
			d.cmd, d.files = cmd, files[i]
			if err := d.staged(cmd); err != nil {
				return err
			}
			if i > 0 && begins(cmd) {
				return d.refuse(RuleNew, "only the first command can be %s", commandName(cmd))
			}
			if err := d.decide(cmd); err != nil {
				return err
			}
		}
		if starts && !d.c.Submission.Stage.early() {
			return d.adoptDefaults()
		}
		return nil
	})
	if !written {
		s.dropFiles(ctx, stored)
	}
	if err != nil {
		return nil, err
	}
	return c.handed(), nil
}

// ours tells the commands of this package from pointers to them and structs that
// embed them, whose files would be overlooked.
func ours(cmd Action) bool {
	t := reflect.TypeOf(cmd)
	return t != nil && t.PkgPath() == reflect.TypeFor[Service]().PkgPath()
}

func (s *Service) authorize(ctx context.Context, c *folded, by By, acts ...Action) error {
	if s.cfg.Authorize == nil {
		return nil
	}
	for _, act := range acts {
		if err := s.cfg.Authorize(ctx, &c.Case, by, act); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDenied, commandName(act), err)
		}
	}
	return nil
}

// begins tells a command that begins a case.
func begins(cmd Command) bool {
	switch cmd.(type) {
	case Open, Receive:
		return true
	}
	return false
}
