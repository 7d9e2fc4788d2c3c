package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Decision is one attempt to apply commands to one version of a case.
type Decision struct {
	s      *Engine
	got    *answers
	before *caselog.Folded // as Authorize sees it
	c      *caselog.Folded // the working copy
	by     cvd.By
	clock  storage.Millis // what it shows
	now    storage.Millis // what is decided by: the same, or By.At
	at     storage.Millis // of the records, which are in order
	actor  uint32
	cmd    cvd.Action
	files  []storedFile // that cmd brings, and decide has not attached yet
	fresh  []draft
	change storage.Change
	number storage.Key // of a new case
	first  bool        // the case is the first one in the Store
	dated  bool        // a fact changed that clocks depend on
	failed error
}

type draft struct {
	x caselog.Entry
	e caselog.Envelope
}

// errRepeated ends a decision that has nothing to add.
var errRepeated = errors.New("repeated")

// change decides and appends until it wins, is refused, or ctx ends. Config.Authorize
// is asked for acts before each decision. written is false only if it is certain that
// nothing was written.
func (s *Engine) change(ctx context.Context, id cvd.CaseID, by cvd.By, starts bool, acts []cvd.Action, decide func(*Decision) error) (c *caselog.Folded, written bool, err error) {
	fresh := false // whether to look for what others wrote before deciding
	waits := false // contenders part; a refusal is looked at again at once
	var still stillness
	for try := 0; ; try++ {
		if waits {
			if err := s.Backoff(ctx, try); err != nil {
				return nil, false, err
			}
		}
		c, again, unknown, err := s.attempt(ctx, id, by, starts, fresh, acts, decide)
		if again && errors.Is(err, cvd.ErrConflict) && still.after(c) {
			return nil, false, caselog.Tampered(c.Seq, "the log ends with it, and the Store's guard does not")
		}
		var dup *cvd.DuplicateError
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
		case !again || s.Bound:
			return nil, unknown, err
		}
		fresh, waits = true, errors.Is(err, cvd.ErrConflict)
	}
}

// stillness counts conflicts of decisions on one and the same version. Whoever
// wins a conflict leaves a record; if none appears, the end of the log is gone.
type stillness struct {
	tip storage.Hash
	n   int
}

func (x *stillness) after(c *caselog.Folded) bool {
	if c.Tip != x.tip {
		x.tip, x.n = c.Tip, 0
	}
	x.n++
	return x.n > 10
}

func repeated(c *caselog.Folded) *caselog.Folded {
	r := *c
	r.Repeated = true
	return &r
}

// attempt decides once. again tells that the decision was made on an old
// version, which it returns after ErrConflict, and is worth repeating.
func (s *Engine) attempt(ctx context.Context, id cvd.CaseID, by cvd.By, starts, fresh bool, acts []cvd.Action, decide func(*Decision) error) (c *caselog.Folded, again, unknown bool, err error) {
	sl, err := s.Cache.Take(ctx, id)
	if err != nil {
		return nil, false, false, err
	}
	defer s.Cache.Put(sl)
	trusted := sl.Plain != nil && !fresh && !starts
	if starts {
		sl.Plain, sl.Full, sl.Commands = caselog.NewCase(id), nil, map[cvd.CommandID]inner.Sum{}
	} else if !trusted {
		if err := s.CatchUp(ctx, sl); err != nil {
			return nil, false, false, err
		}
	}
	if known, err := applied(by, sl.Commands); err != nil || known {
		return sl.Plain, false, false, cmp.Or(err, errRepeated)
	}
	if by.If != 0 && by.If != sl.Plain.Seq {
		return nil, trusted, false, fmt.Errorf("%w: it is at version %d, not %d", cvd.ErrStale, sl.Plain.Seq, by.If)
	}
	if err := s.Ahead(sl.Plain); err != nil {
		return nil, false, false, err
	}
	first := false
	if starts {
		if first, err = s.Guard.Check(ctx); err != nil {
			return nil, false, false, err
		}
	}
	got := newAnswers(nil)
	var d *Decision
	if err = s.authorize(ctx, sl.Plain, by, acts...); err == nil {
		err = got.settle(ctx, func() error {
			d = s.newDecision(got, sl.Plain, by)
			d.first = first
			if err := d.backdate(); err != nil {
				return err
			}
			return decide(d)
		})
	}
	if err == nil && sl.Plain.ReadOnly {
		err = cvd.ErrNewer
	}
	if err != nil {
		var dup *cvd.DuplicateError
		if errors.Is(err, errRepeated) {
			return sl.Plain, false, false, err
		}
		// A refusal on a version that others may have changed is not the last word.
		return nil, trusted && !errors.As(err, &dup), false, err
	}
	if err := d.finish(ctx); err != nil {
		return sl.Plain, false, false, err
	}
	err = s.Cfg.Store.Append(ctx, []storage.Change{d.change})
	if err == nil {
		if !s.Bound {
			sl.Plain, sl.Commands[by.ID] = d.c, by.Kept(inner.Only{}).Sum
		}
		return d.c, false, false, nil
	}
	if starts {
		sl.Plain, sl.Commands = nil, nil
	}
	var dup *cvd.DuplicateError
	switch {
	case errors.As(err, &dup):
		return nil, dup.Key == d.number || dup.Key == caselog.SecretKey, false, err
	case errors.Is(err, cvd.ErrConflict) && starts:
		return nil, false, false, errBegun
	case errors.Is(err, cvd.ErrConflict):
		if by.If != 0 {
			err = fmt.Errorf("%w: %w", cvd.ErrStale, err)
		}
		return d.before, by.If == 0, false, err
	case errors.Is(err, storage.ErrLeaseLost):
		return nil, false, false, err
	}
	sl.Plain, sl.Commands = nil, nil
	return nil, false, true, err
}

// applied reports whether the commands are among those that were applied. It
// returns a refusal if their ID is, with other commands.
func applied(by cvd.By, known map[cvd.CommandID]inner.Sum) (bool, error) {
	was, ok := known[by.ID]
	if ok && was != by.Kept(inner.Only{}).Sum && was != (inner.Sum{}) && by.Kept(inner.Only{}).Sum != (inner.Sum{}) {
		return true, &cvd.Refusal{Rule: cvd.RuleCommandID, Command: "By.ID", Detail: "it was used before"}
	}
	return ok, nil
}

// find looks whether a command of unknown outcome was applied.
func (s *Engine) find(ctx context.Context, id cvd.CaseID, cmd cvd.CommandID) (*caselog.Folded, error) {
	sl, err := s.Cache.Take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.Cache.Put(sl)
	if err := s.CatchUp(ctx, sl); err != nil {
		return nil, err
	}
	if _, ok := sl.Commands[cmd]; !ok {
		return nil, cvd.ErrNotFound
	}
	return sl.Plain, nil
}

// complete checks who asks, gives a command without an ID a random one, and notes
// what it says.
func (s *Engine) complete(by *cvd.By, files []storedFile, says ...any) error {
	if p := s.checkText(by.Actor, s.Cfg.Limits.Line); p != "" {
		return &cvd.InputError{Command: "Do", Field: "by.Actor", Problem: p, Err: nil}
	}
	by.Kept(inner.Only{}).Sum = s.sumOf(files, says...)
	if by.ID != (cvd.CommandID{}) {
		return nil
	}
	id, err := s.newUUID()
	by.ID = cvd.CommandID(id)
	return err
}

// Backoff waits longer with each try, at random, so that contenders part.
func (s *Engine) Backoff(ctx context.Context, try int) error {
	var b [1]byte
	if err := s.Random(b[:]); err != nil {
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

func (s *Engine) newDecision(got *answers, c *caselog.Folded, by cvd.By) *Decision {
	d := &Decision{s: s, got: got, before: c, c: c.Working(), by: by}
	d.clock = storage.MillisOf(s.Cfg.Now())
	d.now = d.clock
	d.at = max(d.now, storage.MillisOf(c.At))
	d.change = storage.Change{ID: c.ID, After: c.Seq, Tip: c.Tip}
	return d
}

// Ahead refuses a case whose newest record lies too far ahead of the clock: one
// of the two is wrong, and a decision by the wrong one may publish early.
func (s *Engine) Ahead(c *caselog.Folded) error {
	if now := s.Cfg.Now(); c.At.After(now.Add(s.Cfg.MaxAhead)) {
		return fmt.Errorf("%w: case %s, record %d of %s, the clock says %s", cvd.ErrAhead, c.ID, c.Seq, c.At.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// emit makes an entry part of the case. The record is written by finish.
func (d *Decision) emit(x caselog.Entry) {
	if d.actor == 0 && d.by.Actor != "" {
		d.introduce()
	}
	d.append(x)
}

func (d *Decision) append(x caselog.Entry) {
	e := caselog.Envelope{Seq: d.c.Seq + 1, Name: x.RecordName(), At: d.at, Actor: d.actor}
	w := caselog.Wire{}
	x.Body(&w)
	e.Payload = w.Buf
	// Apply what a reader of the log will see: no finer time, no other zone, and
	// no slice that the caller may change later.
	x.Body(&caselog.Wire{Buf: e.Payload, Reading: true})
	d.c.Take(x, &e, storage.Hash{})
	d.fresh = append(d.fresh, draft{x, e})
}

// introduce finds or makes the number of the actor in this case. Names stand in
// private parts only, so a keyed hash recognises them.
func (d *Decision) introduce() {
	d.actor = d.actorNumber(d.by.Actor, d.by.Person)
}

// actorNumber finds or makes the number of a name, as it acts under one Person.
func (d *Decision) actorNumber(name, person cvd.Private) uint32 {
	x := &caselog.ActorSeen{Tag: d.s.ActorTag(name), Actor: name}
	if person != "" {
		x.Person = storage.Term(d.s.ShortTag("person", string(person)))
	}
	for i, t := range d.c.ActorTags {
		if t == x.Tag && (person == "" || d.c.Persons[i] == x.Person) {
			return uint32(i + 1)
		}
	}
	d.append(x)
	return uint32(len(d.c.ActorTags))
}

// finish turns the drafts into records and completes the Change.
func (d *Decision) finish(ctx context.Context) error {
	if d.failed != nil {
		return d.failed
	}
	if len(d.fresh) == 0 {
		return errRepeated
	}
	if d.by.Silent {
		d.append(&caselog.HistoryImported{At: d.clock.Time(), From: d.change.After + 1})
	}
	d.c.Settle()
	if err := d.redate(); err != nil {
		return err
	}
	tip := d.change.Tip
	if d.change.After == 0 {
		tip = caselog.Genesis(d.c.ID)
	}
	d.change.Records = make([]storage.Record, len(d.fresh))
	for i := range d.fresh {
		x, e := d.fresh[i].x, &d.fresh[i].e
		private, err := d.s.encodePrivate(ctx, d.c.ID, x)
		if err != nil {
			return err
		}
		if private != nil {
			e.Flags |= caselog.FlagPrivate
			e.Digest = caselog.Digest(private)
		}
		if i == 0 && d.change.After == 0 {
			d.change.Take = append(d.change.Take, d.s.CommandKey(&caselog.Envelope{Command: d.by.ID}))
		}
		d.change.Take = append(d.change.Take, d.s.Leads(x)...)
		if e.Seq == d.c.Titled {
			d.c.TitleHash = e.Digest
		}
		if _, ok := x.(*caselog.ActorSeen); ok {
			d.c.ActorHashes[d.c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1] = e.Digest
		}
		if i == 0 {
			e.Flags |= caselog.FlagFirst
			e.Command, e.Sum, e.Batch = d.by.ID, d.by.Kept(inner.Only{}).Sum, uint32(len(d.fresh))
		}
		var body []byte
		body, tip = caselog.EncodeBody(tip, e)
		d.change.Records[i] = storage.Record{Seq: e.Seq, Body: body, Private: private, HasPrivate: private != nil}
	}
	if len(d.c.Grants) > 0 { // a code that was given and ended at once
		d.change.Take = slices.DeleteFunc(d.change.Take, func(k storage.Key) bool { return codeEnded(&d.c.Case, k) })
	}
	d.c.Tip = tip
	if d.dated || len(d.c.Reminded) != len(d.before.Reminded) || d.c.Owes() != d.before.Owes() || d.by.Silent {
		d.change.Head = d.s.Head(d.c, d.clock)
	} else {
		d.c.Due = caselog.Soonest(d.c.Due, d.windowsAsked()) // no clock has moved
		d.change.Head = d.s.SealHead(d.c.Head())
	}
	before := d.before
	var dates []storage.Term
	if !before.DueKnown && before.Seq != 0 {
		// Its index entry was not computed here, but by another clock: what was planned
		// may have passed since. Each date that it can have goes.
		w := *before
		ds, _, _ := d.s.DatesOf(&w, d.clock)
		w.DueDate, dates = time.Time{}, w.AnyDueTerms(ds)
		before = &w
	}
	d.change.Untag, d.change.Tag = caselog.Retagged(before, d.c)
	if before != d.before {
		d.change.Untag = append(d.change.Untag, dates...)
		for _, t := range d.c.DueTerms(d.c.DueDate) {
			if !slices.Contains(d.change.Tag, t) {
				d.change.Tag = append(d.change.Tag, t)
			}
		}
	}
	d.change.Tag = append(d.change.Tag, d.s.Marks()...)
	return d.reworded(ctx)
}

// refuse returns a Refusal of the current command.
func (d *Decision) refuse(r cvd.RuleID, format string, args ...any) error {
	return &cvd.Refusal{Rule: r, Command: commandName(d.cmd), Detail: fmt.Sprintf(format, args...)}
}

func (d *Decision) bad(field, problem string, err error) error {
	return &cvd.InputError{Command: commandName(d.cmd), Field: field, Problem: problem, Err: err}
}

func commandName(c cvd.Action) string {
	if c == nil {
		return "Relay"
	}
	name := fmt.Sprintf("%T", c)
	return name[len("cvd."):]
}
