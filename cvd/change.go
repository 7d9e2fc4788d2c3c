package cvd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// decision is one attempt to apply commands to one version of a case.
type decision struct {
	s      *Service
	got    *answers
	before *folded // as Authorize sees it
	c      *folded // the working copy
	by     By
	clock  storage.Millis // what it shows
	now    storage.Millis // what is decided by: the same, or By.At
	at     storage.Millis // of the records, which are in order
	actor  uint32
	cmd    Action
	files  []storedFile // that cmd brings, and decide has not attached yet
	fresh  []draft
	change storage.Change
	number storage.Key // of a new case
	first  bool        // the case is the first one in the Store
	dated  bool        // a fact changed that clocks depend on
	failed error
}

type draft struct {
	x entry
	e envelope
}

// errRepeated ends a decision that has nothing to add.
var errRepeated = errors.New("repeated")

// change decides and appends until it wins, is refused, or ctx ends. Config.Authorize
// is asked for acts before each decision. written is false only if it is certain that
// nothing was written.
func (s *Service) change(ctx context.Context, id CaseID, by By, starts bool, acts []Action, decide func(*decision) error) (c *folded, written bool, err error) {
	fresh := false // whether to look for what others wrote before deciding
	waits := false // contenders part; a refusal is looked at again at once
	var still stillness
	for try := 0; ; try++ {
		if waits {
			if err := s.backoff(ctx, try); err != nil {
				return nil, false, err
			}
		}
		c, again, unknown, err := s.attempt(ctx, id, by, starts, fresh, acts, decide)
		if again && errors.Is(err, ErrConflict) && still.after(c) {
			return nil, false, tampered(c.Seq, "the log ends with it, and the Store's guard does not")
		}
		var dup *DuplicateError
		switch {
		case err == nil:
			return c, true, nil
		case errors.Is(err, errRepeated):
			return repeated(c), false, nil
		case starts && !again && errors.As(err, &dup):
			// The report, or the command, has made a case before.
			c, _, err := s.knows(ctx, dup.Owner, by)
			if err != nil {
				return nil, false, err
			}
			return repeated(c), false, nil
		case errors.Is(err, errBegun):
			c, err := s.begun(ctx, id, by)
			return c, false, err
		case unknown && ctx.Err() == nil:
			if c, lerr := s.find(ctx, id, by.ID); lerr == nil {
				return c, true, nil
			}
			return nil, true, err
		case !again || s.bound:
			return nil, unknown, err
		}
		fresh, waits = true, errors.Is(err, ErrConflict)
	}
}

// stillness counts conflicts of decisions on one and the same version. Whoever
// wins a conflict leaves a record; if none appears, the end of the log is gone.
type stillness struct {
	tip storage.Hash
	n   int
}

func (x *stillness) after(c *folded) bool {
	if c.Tip != x.tip {
		x.tip, x.n = c.Tip, 0
	}
	x.n++
	return x.n > 10
}

func repeated(c *folded) *folded {
	r := *c
	r.Repeated = true
	return &r
}

// attempt decides once. again tells that the decision was made on an old
// version, which it returns after ErrConflict, and is worth repeating.
func (s *Service) attempt(ctx context.Context, id CaseID, by By, starts, fresh bool, acts []Action, decide func(*decision) error) (c *folded, again, unknown bool, err error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, false, false, err
	}
	defer s.cache.put(sl)
	trusted := sl.plain != nil && !fresh && !starts
	if starts {
		sl.plain, sl.full, sl.commands = newCase(id), nil, map[CommandID]sum{}
	} else if !trusted {
		if err := s.catchUp(ctx, sl); err != nil {
			return nil, false, false, err
		}
	}
	if known, err := by.applied(sl.commands); err != nil || known {
		return sl.plain, false, false, cmp.Or(err, errRepeated)
	}
	if by.If != 0 && by.If != sl.plain.Seq {
		return nil, trusted, false, fmt.Errorf("%w: it is at version %d, not %d", ErrStale, sl.plain.Seq, by.If)
	}
	if err := s.ahead(sl.plain); err != nil {
		return nil, false, false, err
	}
	first := false
	if starts {
		if first, err = s.guard.check(ctx); err != nil {
			return nil, false, false, err
		}
	}
	got := newAnswers(nil)
	var d *decision
	if err = s.authorize(ctx, sl.plain, by, acts...); err == nil {
		err = got.settle(ctx, func() error {
			d = s.newDecision(got, sl.plain, by)
			d.first = first
			if err := d.backdate(); err != nil {
				return err
			}
			return decide(d)
		})
	}
	if err == nil && sl.plain.ReadOnly {
		err = ErrNewer
	}
	if err != nil {
		var dup *DuplicateError
		if errors.Is(err, errRepeated) {
			return sl.plain, false, false, err
		}
		// A refusal on a version that others may have changed is not the last word.
		return nil, trusted && !errors.As(err, &dup), false, err
	}
	if err := d.finish(ctx); err != nil {
		return sl.plain, false, false, err
	}
	err = s.cfg.Store.Append(ctx, []storage.Change{d.change})
	if err == nil {
		if !s.bound {
			sl.plain, sl.commands[by.ID] = d.c, by.sum
		}
		return d.c, false, false, nil
	}
	if starts {
		sl.plain, sl.commands = nil, nil
	}
	var dup *DuplicateError
	switch {
	case errors.As(err, &dup):
		return nil, dup.Key == d.number || dup.Key == secretKey, false, err
	case errors.Is(err, ErrConflict) && starts:
		return nil, false, false, errBegun
	case errors.Is(err, ErrConflict):
		if by.If != 0 {
			err = fmt.Errorf("%w: %w", ErrStale, err)
		}
		return d.before, by.If == 0, false, err
	case errors.Is(err, storage.ErrLeaseLost):
		return nil, false, false, err
	}
	sl.plain, sl.commands = nil, nil
	return nil, false, true, err
}

// applied reports whether the commands are among those that were applied. It
// returns a refusal if their ID is, with other commands.
func (by By) applied(known map[CommandID]sum) (bool, error) {
	was, ok := known[by.ID]
	if ok && was != by.sum && was != (sum{}) && by.sum != (sum{}) {
		return true, &Refusal{RuleCommandID, "By.ID", "it was used before"}
	}
	return ok, nil
}

// find looks whether a command of unknown outcome was applied.
func (s *Service) find(ctx context.Context, id CaseID, cmd CommandID) (*folded, error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.cache.put(sl)
	if err := s.catchUp(ctx, sl); err != nil {
		return nil, err
	}
	if _, ok := sl.commands[cmd]; !ok {
		return nil, ErrNotFound
	}
	return sl.plain, nil
}

// complete checks who asks, gives a command without an ID a random one, and notes
// what it says.
func (s *Service) complete(by *By, files []storedFile, says ...any) error {
	if p := s.checkText(by.Actor, s.cfg.Limits.Line); p != "" {
		return &InputError{"Do", "by.Actor", p, nil}
	}
	by.sum = s.sumOf(files, says...)
	if by.ID != (CommandID{}) {
		return nil
	}
	id, err := s.newUUID()
	by.ID = CommandID(id)
	return err
}

// backoff waits longer with each try, at random, so that contenders part.
func (s *Service) backoff(ctx context.Context, try int) error {
	var b [1]byte
	if err := s.random(b[:]); err != nil {
		return err
	}
	limit := min(500*time.Microsecond<<min(try, 8), 50*time.Millisecond)
	t := time.NewTimer(limit * time.Duration(b[0]) / 255)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (s *Service) newDecision(got *answers, c *folded, by By) *decision {
	d := &decision{s: s, got: got, before: c, c: c.working(), by: by}
	d.clock = storage.MillisOf(s.cfg.Now())
	d.now = d.clock
	d.at = max(d.now, storage.MillisOf(c.At))
	d.change = storage.Change{ID: c.ID, After: c.Seq, Tip: c.Tip}
	return d
}

// ahead refuses a case whose newest record lies too far ahead of the clock: one
// of the two is wrong, and a decision by the wrong one may publish early.
func (s *Service) ahead(c *folded) error {
	if now := s.cfg.Now(); c.At.After(now.Add(s.cfg.MaxAhead)) {
		return fmt.Errorf("%w: case %s, record %d of %s, the clock says %s", ErrAhead, c.ID, c.Seq, c.At.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// emit makes an entry part of the case. The record is written by finish.
func (d *decision) emit(x entry) {
	if d.actor == 0 && d.by.Actor != "" {
		d.introduce()
	}
	d.append(x)
}

func (d *decision) append(x entry) {
	e := envelope{seq: d.c.Seq + 1, name: x.name(), at: d.at, actor: d.actor}
	w := wire{}
	x.body(&w)
	e.payload = w.buf
	// Apply what a reader of the log will see: no finer time, no other zone, and
	// no slice that the caller may change later.
	x.body(&wire{buf: e.payload, reading: true})
	d.c.take(x, &e, storage.Hash{})
	d.fresh = append(d.fresh, draft{x, e})
}

// introduce finds or makes the number of the actor in this case. Names stand in
// private parts only, so a keyed hash recognises them.
func (d *decision) introduce() {
	d.actor = d.actorNumber(d.by.Actor, d.by.Person)
}

// actorNumber finds or makes the number of a name, as it acts under one Person.
func (d *decision) actorNumber(name, person Private) uint32 {
	x := &actorSeen{Tag: d.s.actorTag(name), Actor: name}
	if person != "" {
		x.Person = storage.Term(d.s.shortTag("person", string(person)))
	}
	for i, t := range d.c.actorTags {
		if t == x.Tag && (person == "" || d.c.persons[i] == x.Person) {
			return uint32(i + 1)
		}
	}
	d.append(x)
	return uint32(len(d.c.actorTags))
}

// samePerson reports whether two actors may be one person: by name, or by the
// host's word.
func (c *folded) samePerson(a, b uint32) bool {
	if a == b || at(c.actorTags, a) == nil || at(c.actorTags, b) == nil {
		return true
	}
	a, b = a-1, b-1
	if c.actorTags[a] == "" || c.actorTags[b] == "" {
		return true // erased: nobody knows any more
	}
	return c.actorTags[a] == c.actorTags[b] || c.persons[a] != "" && c.persons[a] == c.persons[b]
}

// finish turns the drafts into records and completes the Change.
func (d *decision) finish(ctx context.Context) error {
	if d.failed != nil {
		return d.failed
	}
	if len(d.fresh) == 0 {
		return errRepeated
	}
	if d.by.Silent {
		d.append(&historyImported{At: d.clock.Time(), From: d.change.After + 1})
	}
	d.c.settle()
	if err := d.redate(); err != nil {
		return err
	}
	tip := d.change.Tip
	if d.change.After == 0 {
		tip = genesis(d.c.ID)
	}
	d.change.Records = make([]storage.Record, len(d.fresh))
	for i := range d.fresh {
		x, e := d.fresh[i].x, &d.fresh[i].e
		private, err := d.s.encodePrivate(ctx, d.c.ID, x)
		if err != nil {
			return err
		}
		if private != nil {
			e.flags |= flagPrivate
			e.digest = digest(private)
		}
		if i == 0 && d.change.After == 0 {
			d.change.Take = append(d.change.Take, d.s.commandKey(&envelope{command: d.by.ID}))
		}
		d.change.Take = append(d.change.Take, d.s.leads(x)...)
		if e.seq == d.c.titled {
			d.c.titleHash = e.digest
		}
		if _, ok := x.(*actorSeen); ok {
			d.c.actorHashes[d.c.Events[e.seq-1].ref-1] = e.digest
		}
		if i == 0 {
			e.flags |= flagFirst
			e.command, e.sum, e.batch = d.by.ID, d.by.sum, uint32(len(d.fresh))
		}
		var body []byte
		body, tip = encodeBody(tip, e)
		d.change.Records[i] = storage.Record{Seq: e.seq, Body: body, Private: private, HasPrivate: private != nil}
	}
	if len(d.c.Grants) > 0 { // a code that was given and ended at once
		d.change.Take = slices.DeleteFunc(d.change.Take, func(k storage.Key) bool { return d.c.codeEnded(k) })
	}
	d.c.Tip = tip
	if d.dated || len(d.c.Reminded) != len(d.before.Reminded) || d.c.owes() != d.before.owes() || d.by.Silent {
		d.change.Head = d.s.head(d.c, d.clock)
	} else {
		d.c.due = soonest(d.c.due, d.windowsAsked()) // no clock has moved
		d.change.Head = d.s.sealHead(d.c.head())
	}
	before := d.before
	var dates []storage.Term
	if !before.dueKnown && before.Seq != 0 {
		// Its index entry was not computed here, but by another clock: what was planned
		// may have passed since. Each date that it can have goes.
		w := *before
		ds, _, _ := d.s.datesOf(&w, d.clock)
		w.dueDate, dates = time.Time{}, datesOf(ds)
		before = &w
	}
	d.change.Untag, d.change.Tag = retagged(before, d.c)
	if before != d.before {
		d.change.Untag = append(append(d.change.Untag, dates...), termUndated)
		if d.c.undated() && !slices.Contains(d.change.Tag, termUndated) {
			d.change.Tag = append(d.change.Tag, termUndated)
		}
	}
	d.change.Tag = append(d.change.Tag, d.s.marks()...)
	return d.reworded(ctx)
}

// refuse returns a Refusal of the current command.
func (d *decision) refuse(r RuleID, format string, args ...any) error {
	return &Refusal{Rule: r, Command: commandName(d.cmd), Detail: fmt.Sprintf(format, args...)}
}

func (d *decision) bad(field, problem string, err error) error {
	return &InputError{Command: commandName(d.cmd), Field: field, Problem: problem, Err: err}
}

func commandName(c Action) string {
	if c == nil {
		return "Relay"
	}
	name := fmt.Sprintf("%T", c)
	return name[len("cvd."):]
}
