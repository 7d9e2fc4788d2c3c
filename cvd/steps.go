package cvd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// ReleaseStep brings out one output of a staged release: it publishes the advisory, the CVE
// record, the mails. It returns where that is: a public address or number.
//
// It must be idempotent under StepRun.ID: after a crash it is called again, and then
// what it did before may be out already. It honours its context, which ends before
// another process may try. It may give commands to the Service.
type ReleaseStep func(ctx context.Context, r StepRun) (ref string, err error)

// StepRun is one try of a ReleaseStep.
type StepRun struct {
	ID      string    // of the output in this plan: the same for every try
	Command CommandID // likewise, for a command that the step gives
	Output  string    // as in PlanRelease
	Try     int       // from 1
	Case    *Case     // as the team sees it
}

// ReleaseRun is what one call of RunReleases did.
type ReleaseRun struct {
	Done     int           // steps that succeeded
	Problems []StepProblem // steps that failed, cases that cannot be read or written
	// Waiting are cases whose next output has no step: RecordOutput is awaited.
	Waiting []CaseID
	// Next is when to call again for what waits: the instant of a release, a retry.
	// Zero: nothing does.
	Next time.Time `json:",omitzero"`
}

// StepProblem is the error of one try.
type StepProblem struct {
	Case   CaseID // whose release it is
	Output string // "": the case could not be read or written, and nothing was tried
	Try    int    // its number, from 1
	Err    error  // what the step returned
}

// RunReleases runs the steps of releases that are approved and whose instant has come:
// Config.Steps, in the order of PlanRelease, until about n were run. Each is recorded
// before and after, so that whoever dies in between leaves it to the next call, under
// the same ID. One that fails is tried again, later each time, and the next one never
// runs before it. A hold, an embargo that was prolonged or a cancellation is heeded
// before each step. It may be called from many processes at once.
func (s *Service) RunReleases(ctx context.Context, n int) (ReleaseRun, error) {
	var out ReleaseRun
	q := storage.Query{All: []storage.Term{termReleasing}, Limit: 100}
	for {
		heads, err := s.cfg.Store.Heads(ctx, q)
		if err != nil {
			return out, err
		}
		for _, h := range heads {
			for out.Done+len(out.Problems) < n {
				again, err := s.runStep(ctx, h.ID, &out)
				if ctx.Err() != nil {
					return out, ctx.Err()
				}
				if err != nil {
					out.Problems = append(out.Problems, StepProblem{Case: h.ID, Err: err})
				}
				if !again {
					break
				}
			}
		}
		if len(heads) < q.Limit {
			return out, nil
		}
		q.Before.ID = heads[len(heads)-1].ID
	}
}

const termReleasing storage.Term = "releasing"

// releasing reports whether outputs of an approved release are still to come.
func (c *Case) releasing() bool {
	_, left := c.Release.Next()
	_, gone := c.wentOn()
	return left && !gone && (len(c.Release.Approvals) > 1 || !c.Release.Emergency.IsZero())
}

// runStep runs the step whose turn it is, and reports whether the next one may be.
func (s *Service) runStep(ctx context.Context, id CaseID, out *ReleaseRun) (bool, error) {
	var run *StepRun
	var step ReleaseStep
	var planned time.Time
	var number uint32
	var next time.Time
	waiting := false
	by := By{}
	if err := s.complete(&by, nil); err != nil {
		return false, err
	}
	_, _, err := s.change(ctx, id, by, false, nil, func(d *decision) error {
		run, step, next, waiting = nil, nil, time.Time{}, false
		r := &d.c.Release
		i := slices.IndexFunc(r.Outputs, func(o ReleaseOutput) bool { return o.Done.IsZero() })
		if !r.planned() || i < 0 {
			return errRepeated
		}
		if err := d.released(); err != nil {
			if storage.MillisOf(r.At) > d.now {
				next = r.At
			}
			return errRepeated
		}
		o := &r.Outputs[i]
		if step = s.cfg.Steps[o.Name]; step == nil {
			waiting = true
			return errRepeated
		}
		if retry := o.retry(); storage.MillisOf(retry) > d.now {
			next = retry
			return errRepeated
		}
		key := s.key("step", fmt.Sprintf("%x %d %d %s", id, storage.MillisOf(r.Planned), i, o.Name))
		run = &StepRun{ID: hex.EncodeToString(key[:16]), Output: o.Name, Try: o.Tries + 1}
		run.Command = derivedID("step %x", key[16:])
		planned, number = r.Planned, uint32(i+1)
		d.emit(&stepBegun{Output: number, Try: uint32(run.Try), Until: d.now.Time().Add(s.cfg.Lease)})
		return nil
	})
	if !next.IsZero() && (out.Next.IsZero() || next.Before(out.Next)) {
		out.Next = next
	}
	if waiting {
		out.Waiting = append(out.Waiting, id)
	}
	if err != nil || run == nil {
		return false, err
	}
	if run.Case, err = s.View(ctx, id, wholeTeam()); err != nil {
		return false, err // it is tried again when its lease is over
	}
	ref, failed := s.tryStep(ctx, step, *run)
	if failed == nil {
		failed = s.stepRef(ref)
	}
	by = By{}
	if err := s.complete(&by, nil); err != nil {
		return false, err
	}
	// What is out is recorded also where the host is about to stop.
	_, _, err = s.change(context.WithoutCancel(ctx), id, by, false, nil, func(d *decision) error {
		o := at(d.c.Release.Outputs, number)
		switch {
		case o == nil || !d.c.Release.Planned.Equal(planned):
			if failed == nil { // cancelled meanwhile
				d.note(Private("Output " + run.Output + " is out although its release was cancelled meanwhile: " + ref))
				return nil
			}
			return errRepeated
		case !o.Done.IsZero():
			return errRepeated
		case failed != nil:
			d.emit(&stepFailed{Output: number, Try: uint32(run.Try), Problem: s.problemOf(failed)})
		default:
			d.emit(&releaseOutput{Output: number, Ref: ref})
		}
		return nil
	})
	if failed != nil {
		out.Problems = append(out.Problems, StepProblem{id, run.Output, run.Try, failed})
		if retry := s.cfg.Now().Add(growing(int64(run.Try))); out.Next.IsZero() || retry.Before(out.Next) {
			out.Next = retry
		}
		return false, err
	}
	if err == nil {
		out.Done++
	}
	return err == nil, err
}

// tryStep calls a step, with its time and its panics bounded.
func (s *Service) tryStep(ctx context.Context, step ReleaseStep, run StepRun) (ref string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Lease/2)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = panicked("Config.Steps", v)
		}
	}()
	return step(ctx, run)
}

func (s *Service) stepRef(ref string) error {
	if p := s.checkText(Private(ref), s.cfg.Limits.Line); p != "" {
		return errors.New("cvd: the place that the step returned cannot be: " + p)
	}
	return nil
}

// problemOf is the text of an error, for the team, as far as it can be kept.
func (s *Service) problemOf(err error) Private {
	text := []rune(err.Error())
	for len(string(text)) > s.cfg.Limits.Line {
		text = text[:len(text)-1]
	}
	return Private(string(text))
}

// retry is when the step may be tried: while another runs it, not before its lease is
// over.
func (o *ReleaseOutput) retry() time.Time {
	switch {
	case o.Tries == 0:
		return time.Time{}
	case o.Failed.IsZero():
		return o.until
	}
	return o.Failed.Add(growing(int64(o.Tries)))
}

// stepBegun says that a step is being tried.
type stepBegun struct {
	structural
	Output uint32 // counted from 1
	Try    uint32
	Until  time.Time // nobody else tries it before
}

func (*stepBegun) name() string { return "release.begun/1" }
func (x *stepBegun) body(w *wire) {
	num(w, &x.Output)
	num(w, &x.Try)
	w.instant(&x.Until)
}
func (x *stepBegun) apply(c *folded, e *envelope) {
	c.Release.Outputs = slices.Clone(c.Release.Outputs)
	if o := at(c.Release.Outputs, x.Output); o != nil {
		o.Tries, o.Begun, o.Failed, o.until = int(x.Try), e.at.Time(), time.Time{}, x.Until
	}
	c.event(e, Event{When: x.Until}.With(x.Output, 0))
}

// stepFailed says why a try came to nothing.
type stepFailed struct {
	Output uint32
	Try    uint32

	Problem Private
}

func (*stepFailed) name() string { return "release.failed/1" }
func (x *stepFailed) body(w *wire) {
	num(w, &x.Output)
	num(w, &x.Try)
}
func (x *stepFailed) private(w *wire) { text(w, &x.Problem) }
func (x *stepFailed) apply(c *folded, e *envelope) {
	c.Release.Outputs = slices.Clone(c.Release.Outputs)
	if o := at(c.Release.Outputs, x.Output); o != nil {
		o.Failed, o.Problem = e.at.Time(), ""
	}
	c.event(e, Event{}.With(x.Output, 0))
}
func (x *stepFailed) reveal(c *folded, _ *envelope) {
	if o := at(c.Release.Outputs, x.Output); o != nil {
		o.Problem = x.Problem
	}
}
