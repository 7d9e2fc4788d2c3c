package cvdsim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Options say how a simulation goes.
type Options struct {
	Seed  uint64
	Steps int // of all worlds together
	World int // steps of one world, on a store of its own; 0: 300
	// Open returns an empty store. It is called for each world, and again for each try
	// of making a failure shorter. nil: one in memory.
	Open func() (store storage.Store, end func(), err error)
	// Between, if set, stands between the processes and the store: what a test plants.
	Between func(storage.Store) storage.Store
	// Restored, if set, stands before the store into which an archive is read.
	Restored func(storage.Store) storage.Store
	// Files and State, if set, stand before the other stores.
	Files func(storage.BlobStore) storage.BlobStore
	State func(storage.State) storage.State
	// By, if set, alters in whose name a command is given.
	By func(*cvd.By)
	// Tamper, if set, alters a command of which the judge knows only what it was.
	Tamper func(cvd.Command) cvd.Command
}

// Result is what a simulation did.
type Result struct {
	Worlds, Steps int
	Did           map[string]int // by what it is, of all worlds
	// Missed are the goals that a world did not reach in three times its steps: each
	// has one of each, so that their number follows from that of the worlds.
	Missed []string
}

// goals are what each world must come to, since a rule is judged only where something
// happens. Where one is behind, the generator brings it about.
var goals = []string{"merges", "splits", "published", "erasures", "releases", "reopened", "repeats", "reminders", "refused", "faults",
	"submissions", "admitted", "dismissed", "groups", "holds", "codes", "files", "imported", "synced"}

const (
	hosts  = 3
	people = 10
	skew   = 20 * time.Second // between the clocks of two processes
)

// begins is a Monday.
var begins = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// host is a process.
type host struct {
	svc   *service.Service
	store faulty
	mail  mail
	skew  time.Duration
	jump  time.Duration
}

// world is a team, from its first case on.
type world struct {
	o     *Options
	did   map[string]int
	store storage.Store // without faults, for looking
	judge *service.Service
	hosts []*host
	now   time.Time
	rand  *rand.ChaCha8
	out   map[string]bool // of releases, by StepRun.ID

	labels  map[string]cvd.CaseID
	cases   []*simCase
	byID    map[cvd.CaseID]*simCase
	facts   map[string]*fact
	letters map[string]*letter
	texts   texts
	heard   map[told]int // reminders
	codes   []*code
	files   []file
	told    map[cvd.CaseID]cvd.Seq // what the subscriber knows
	sent    error                  // a mail that must not be
	blobs   storage.BlobStore
	state   storage.State
	added   int
	late    map[cvd.CaseID]storage.Millis // until when a Tick that failed may have put a case off
	tickOff bool                          // a Tick has failed: what it recorded may have come to nobody
}

// simCase is what the judge keeps of a case.
type simCase struct {
	label  string
	id     cvd.CaseID
	rows   storage.Rows // that were judged last
	view   *cvd.Case    // as the team saw it last
	acked  cvd.Seq
	tip    storage.Hash
	who    map[cvd.PartyID]int
	agreed map[int]bool // people who said yes to secrecy here
	began  map[int]bool // whose report began it
	holds  map[string]bool
	groups [][]cvd.Private // of the team: one of each sees it
	held   bool            // by a legal hold
	joined bool            // it took over what another had, reminders too
}

func newWorld(o *Options, seed uint64) (*world, func(), error) {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	w := &world{
		o: o, did: map[string]int{}, now: begins, rand: rand.NewChaCha8(key), out: map[string]bool{}, labels: map[string]cvd.CaseID{},
		byID: map[cvd.CaseID]*simCase{}, facts: map[string]*fact{}, letters: map[string]*letter{},
		heard: map[told]int{}, late: map[cvd.CaseID]storage.Millis{}, told: map[cvd.CaseID]cvd.Seq{}, state: memstore.NewState(),
	}
	w.blobs = memstore.NewBlobs(func() time.Time { return w.now })
	if o.Files != nil {
		w.blobs = o.Files(w.blobs)
	}
	if o.State != nil {
		w.state = o.State(w.state)
	}
	end := func() {}
	if o.Open == nil {
		w.store = memstore.New()
	} else {
		var err error
		if w.store, end, err = o.Open(); err != nil {
			return nil, nil, err
		}
	}
	for i := range hosts {
		w.hosts = append(w.hosts, &host{skew: time.Duration(i-1) * skew})
		if err := w.restart(i); err != nil {
			end()
			return nil, nil, err
		}
	}
	var err error
	// Its clock is the fastest: to a slower one, what was just done has not happened yet.
	cfg := w.config(w.store, func() time.Time { return w.now.Add(skew) })
	cfg.Cached = 64 // all cases: Rebuild reads whole logs
	w.judge, err = service.New(cfg)
	if err != nil {
		end()
		return nil, nil, err
	}
	return w, end, nil
}

func (w *world) config(store storage.Store, now func() time.Time) cvd.Config {
	return cvd.Config{
		Store: store, Secret: []byte(strings.Repeat("s", 32)), Now: now, Rand: w.rand, Cached: 4,
		Blobs: w.blobs, Subscribers: []string{subscriber},
		Team: cvd.Team{Name: "Team", Routes: []cvd.Route{{Transport: cvd.TransportMail, Address: "team"}}},
		Steps: map[string]cvd.ReleaseStep{"csaf": func(_ context.Context, r cvd.StepRun) (string, error) {
			w.out[r.ID] = true
			return "https://example.org/" + r.ID, nil
		}},
	}
}

// restart ends a process and starts another in its place: what it knew is gone.
func (w *world) restart(i int) error {
	h := w.hosts[i]
	inner := w.store
	if w.o.Between != nil {
		inner = w.o.Between(inner)
	}
	h.store = faulty{Store: inner}
	h.mail = mail{w: w, host: h}
	cfg := w.config(&h.store, func() time.Time { return w.now.Add(h.skew + h.jump) })
	cfg.Transports = map[string]cvd.Transport{cvd.TransportMail: &h.mail}
	var err error
	h.svc, err = service.New(cfg)
	return err
}

var everybody = cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}

// step does a step and judges what came of it. The error is what must not be.
func (w *world) step(ctx context.Context, o *op) error {
	w.now = w.now.Add(o.pass)
	return w.run(ctx, o)
}

func (w *world) run(ctx context.Context, o *op) error {
	w.did["steps"]++
	h := w.hosts[o.host]
	if o.verb == "restart" {
		return w.restart(o.host)
	}
	id, known := w.labels[o.label]
	if o.label != "" && !known {
		return nil // what made it was left out
	}
	var inner error
	during := func() {}
	if o.during != nil {
		during = func() { inner = w.run(ctx, o.during) }
	}
	x := o.fault
	h.jump = x.jump
	h.mail.tried = 0
	h.store.arm(&x, during)
	defer func() { h.jump = 0; h.store.arm(nil, nil) }()
	switch o.verb {
	case "tick":
		return errors.Join(w.tick(ctx, h), inner)
	case "sync":
		return errors.Join(w.sync(ctx, h), inner)
	case "adds":
		return w.adds(ctx, h)
	case "sweep":
		for at := (storage.BlobID{}); ; {
			var err error
			if at, err = h.svc.Sweep(ctx, at, 100); err != nil || at == (storage.BlobID{}) {
				return err
			}
		}
	case "relay":
		_, err := h.svc.Relay(ctx, 20)
		w.count(h)
		if err != nil && !errors.Is(err, errInjected) {
			return fmt.Errorf("relay: %w", err)
		}
		return inner
	case "releases":
		r, err := h.svc.RunReleases(ctx, 20)
		w.count(h)
		w.did["releases"] += r.Done
		if err != nil && !errors.Is(err, errInjected) {
			return fmt.Errorf("releases: %w", err)
		}
		return errors.Join(inner, w.lookAll(ctx, false))
	}
	return errors.Join(w.command(ctx, h, o, id), inner)
}

func (w *world) count(h *host) {
	if h.store.hit {
		w.did["faults"]++
	}
}

// command gives a command, as a host does: after a failure of which the outcome is
// unknown it gives the same again, here from another process.
func (w *world) command(ctx context.Context, h *host, o *op, id cvd.CaseID) error {
	by := cvd.By{Actor: cvd.Private(o.actor)}
	binary.BigEndian.PutUint64(by.ID[:], uint64(o.n)+1)
	if by.Silent = o.silent; o.silent && id == (cvd.CaseID{}) {
		by.At = w.now.Add(-time.Hour)
	}
	if w.o.By != nil {
		w.o.By(&by)
	}
	w.intend(o)
	var c *cvd.Case
	var err error
	for try := range 5 {
		c, err = w.give(ctx, h, o, id, by)
		w.count(h)
		if !errors.Is(err, errInjected) {
			break
		}
		h = w.hosts[(o.host+try+1)%hosts]
	}
	var double *cvd.DuplicateError
	switch {
	case err == nil:
	case errors.Is(err, cvd.ErrRefused), errors.Is(err, cvd.ErrInput), errors.Is(err, cvd.ErrAhead), errors.Is(err, cvd.ErrNotFound), errors.Is(err, cvd.ErrDenied), errors.As(err, &double):
		w.did["refused"]++
		w.refused(o)
		return w.look(ctx, id)
	default:
		return fmt.Errorf("step %d: %w", o.n, err)
	}
	w.did["done"]++
	made := c.ID
	if w.byID[made] == nil {
		w.cases = append(w.cases, &simCase{
			label: o.as, id: made, who: map[cvd.PartyID]int{}, agreed: map[int]bool{}, began: map[int]bool{}, holds: map[string]bool{},
		})
		w.byID[made] = w.cases[len(w.cases)-1]
		w.labels[o.as] = made
		w.did["cases"]++
	}
	k := w.byID[made]
	if c.Seq > k.acked {
		k.acked, k.tip = c.Seq, c.Tip
	}
	if err := w.done(o, k); err != nil {
		return err
	}
	for _, x := range []cvd.CaseID{id, made, w.labels[o.other]} {
		if err := w.look(ctx, x); err != nil {
			return fmt.Errorf("step %d: %w", o.n, err)
		}
	}
	return nil
}

func (w *world) give(ctx context.Context, h *host, o *op, id cvd.CaseID, by cvd.By) (*cvd.Case, error) {
	switch x := o.act.(type) {
	case cvd.Merge:
		x.Into = w.labels[o.other]
		return h.svc.Merge(ctx, id, by, x)
	case cvd.LinkTo:
		x.Case = w.labels[o.other]
		return h.svc.Link(ctx, id, by, x)
	case cvd.Split:
		return h.svc.Split(ctx, id, by, x)
	case cvd.Reopen:
		return h.svc.Reopen(ctx, id, by, x)
	case cvd.ErasePerson:
		if _, err := h.svc.Erase(ctx, id, by, x); err != nil {
			return nil, err
		}
		return w.judge.View(ctx, id, everybody)
	case cvd.Attach:
		y, err := w.upload(ctx, h, o, id, x)
		if err != nil {
			return nil, err
		}
		return h.svc.Do(ctx, id, by, y)
	case cvd.Command:
		if w.o.Tamper != nil {
			x = w.o.Tamper(x)
		}
		return h.svc.Do(ctx, id, by, x)
	}
	return nil, fmt.Errorf("%T is nothing to do", o.act)
}

// inTick marks the calls of a store that Tick makes, for what a test plants.
type inTick struct{}

// putOff is how much later Tick gives a case that failed its next turn.
const putOff = 15 * time.Minute

// tick takes what is due, as a host does: what it returns is told to people.
func (w *world) tick(ctx context.Context, h *host) error {
	out, err := h.svc.Tick(context.WithValue(ctx, inTick{}, true), 50)
	w.count(h)
	w.tickOff = w.tickOff || h.store.hit
	if err != nil && !errors.Is(err, errInjected) {
		return fmt.Errorf("tick: %w", err)
	}
	for _, p := range out.Problems {
		// By the clock of that process, wrong or not, and at most a day after the date.
		w.late[p.Case] = max(w.late[p.Case], storage.MillisOf(w.now.Add(h.skew+h.jump+putOff)))
	}
	for _, a := range out.Reminders {
		w.did["reminders"]++
		if strings.HasPrefix(a.Deadline.ID, "related-embargo/") {
			continue // recorded as what became of the other case
		}
		w.heard[told{a.Case, a.Deadline.ID, a.Kind}]++
	}
	for _, a := range out.Reminders {
		k := w.byID[a.Case]
		if k == nil {
			return &violation{"a reminder is of no case", a.Case.String(), a.Deadline.ID}
		}
		if err := w.look(ctx, k.id); err != nil {
			return err
		}
		if err := w.reminded(k); err != nil {
			return err
		}
	}
	return nil
}

// told is what a reminder is about. There may be several, each before another span.
type told struct {
	id       cvd.CaseID
	deadline string
	kind     policy.ReminderKind
}

func (w *world) labelOf(id cvd.CaseID) string {
	if k := w.byID[id]; k != nil {
		return k.label
	}
	return id.String()
}

// violation is something that must never be.
type violation struct{ what, label, detail string }

func (v *violation) Error() string { return fmt.Sprintf("%s (case %s): %s", v.what, v.label, v.detail) }
