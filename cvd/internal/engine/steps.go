package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// RunStep runs the step whose turn it is, and reports whether the next one may be.
func (s *Engine) RunStep(ctx context.Context, id cvd.CaseID, out *cvd.ReleaseRun) (bool, error) {
	var run *cvd.StepRun
	var step cvd.ReleaseStep
	var planned time.Time
	var number uint32
	var next time.Time
	waiting := false
	by := cvd.By{}
	if err := s.complete(&by, nil); err != nil {
		return false, err
	}
	_, _, err := s.change(ctx, id, by, false, nil, func(d *Decision) error {
		run, step, next, waiting = nil, nil, time.Time{}, false
		r := &d.c.Release
		i := slices.IndexFunc(r.Outputs, func(o cvd.ReleaseOutput) bool { return o.Done.IsZero() })
		if !r.IsPlanned() || i < 0 {
			return errRepeated
		}
		if err := d.released(); err != nil {
			if storage.MillisOf(r.At) > d.now {
				next = r.At
			}
			return errRepeated
		}
		o := &r.Outputs[i]
		if step = s.Cfg.Steps[o.Name]; step == nil {
			waiting = true
			return errRepeated
		}
		if retry := retry(o); storage.MillisOf(retry) > d.now {
			next = retry
			return errRepeated
		}
		key := s.Key("step", fmt.Sprintf("%x %d %d %s", id, storage.MillisOf(r.Planned), i, o.Name))
		run = &cvd.StepRun{ID: hex.EncodeToString(key[:16]), Output: o.Name, Try: o.Tries + 1}
		run.Command = derivedID("step %x", key[16:])
		planned, number = r.Planned, uint32(i+1)
		d.emit(&caselog.StepBegun{Output: number, Try: uint32(run.Try), Until: d.now.Time().Add(s.Cfg.Lease)})
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
	if run.Case, err = s.View(ctx, id, caselog.WholeTeam()); err != nil {
		return false, err // it is tried again when its lease is over
	}
	ref, failed := s.tryStep(ctx, step, *run)
	if failed == nil {
		failed = s.stepRef(ref)
	}
	by = cvd.By{}
	if err := s.complete(&by, nil); err != nil {
		return false, err
	}
	// What is out is recorded also where the host is about to stop.
	_, _, err = s.change(context.WithoutCancel(ctx), id, by, false, nil, func(d *Decision) error {
		o := inner.At(d.c.Release.Outputs, number)
		switch {
		case o == nil || !d.c.Release.Planned.Equal(planned):
			if failed == nil { // cancelled meanwhile
				d.note(cvd.Private("Output " + run.Output + " is out although its release was cancelled meanwhile: " + ref))
				return nil
			}
			return errRepeated
		case !o.Done.IsZero():
			return errRepeated
		case failed != nil:
			d.emit(&caselog.StepFailed{Output: number, Try: uint32(run.Try), Problem: s.problemOf(failed)})
		default:
			d.emit(&caselog.ReleaseOutput{Output: number, Ref: ref})
		}
		return nil
	})
	if failed != nil {
		out.Problems = append(out.Problems, cvd.StepProblem{Case: id, Output: run.Output, Try: run.Try, Err: failed})
		if retry := s.Cfg.Now().Add(Growing(int64(run.Try))); out.Next.IsZero() || retry.Before(out.Next) {
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
func (s *Engine) tryStep(ctx context.Context, step cvd.ReleaseStep, run cvd.StepRun) (ref string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Cfg.Lease/2)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = Panicked("Config.Steps", v)
		}
	}()
	return step(ctx, run)
}

func (s *Engine) stepRef(ref string) error {
	if p := s.checkText(cvd.Private(ref), s.Cfg.Limits.Line); p != "" {
		return errors.New("cvd: the place that the step returned cannot be: " + p)
	}
	return nil
}

// problemOf is the text of an error, for the team, as far as it can be kept.
func (s *Engine) problemOf(err error) cvd.Private {
	text := []rune(err.Error())
	for len(string(text)) > s.Cfg.Limits.Line {
		text = text[:len(text)-1]
	}
	return cvd.Private(string(text))
}

// retry is when the step may be tried: while another runs it, not before its lease is
// over.
func retry(o *cvd.ReleaseOutput) time.Time {
	switch {
	case o.Tries == 0:
		return time.Time{}
	case o.Failed.IsZero():
		return o.Kept(inner.Only{}).Until
	}
	return o.Failed.Add(Growing(int64(o.Tries)))
}
