package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Pushed is what a call of Push did.
type Pushed struct {
	Cases    int       // that are in step now
	Created  int       // tickets that were made
	Updated  int       // tickets that were changed
	Busy     int       // that another process works on, or that changed meanwhile: they come again
	Problems []Problem // cases that are not in step
	More     bool      // there is more to do now
	Next     time.Time // the tracker wants no requests before; zero: it takes them
}

// errBusy: another process works on it, or may still.
var errBusy = errors.New("tracker: another process is at it")

// maxStreak is after how many failures in a row Push and Pull take the tracker for
// unable, and leave the rest for the next call.
const maxStreak = 3

// Push brings the tickets of at most n (1 to 1,000) changed cases up to date. It
// does at most a few requests for each, and none for a change that the ticket does
// not show. What cannot be done is a Problem and is tried again by a later call;
// the error is of what stopped the call: the Service, State, or the context.
func (s *Sync) Push(ctx context.Context, n int) (r Pushed, err error) {
	if s.cfg.ReadOnly {
		return r, nil // the cases stay listed until it writes
	}
	if r.Next, err = s.paused(ctx); err != nil || !r.Next.IsZero() {
		return r, err
	}
	if what, err := s.echo(ctx); err != nil || what != "" {
		return r, errors.Join(err, fmt.Errorf("tracker: Push: the tracker mails what is written: %s; see Config.Echoes", what))
	}
	s.mu.Lock()
	after := s.after
	s.mu.Unlock()
	list, err := s.cfg.Service.Changed(ctx, s.cfg.Name, after, n)
	if err != nil {
		return r, err
	}
	// What fails stays at the top of the list, so the next call goes on below it.
	next := cvd.CaseID{}
	if len(list) == n {
		next, r.More = list[n-1].Case, true
	} else if after != (cvd.CaseID{}) {
		r.More = true // again from the top
	}
	streak := 0
	for _, d := range list {
		err := s.push(ctx, d, &r)
		if err == nil {
			r.Cases++
			streak = 0
			continue
		}
		if err := s.failed(ctx, d, err, &r); err != nil {
			return r, err
		}
		if streak++; !r.Next.IsZero() || streak >= maxStreak && len(r.Problems) >= maxStreak {
			r.More = true
			return r, nil
		}
	}
	s.mu.Lock()
	s.after = next
	s.mu.Unlock()
	return r, nil
}

// failed sorts what became of a case: busy, a problem, or an error that ends all.
func (s *Sync) failed(ctx context.Context, d service.Dirty, err error, r *Pushed) error {
	switch {
	case ctx.Err() != nil || errors.Is(err, errCrashed):
		return err
	case errors.Is(err, errBusy), errors.Is(err, cvd.ErrConflict), errors.Is(err, cvd.ErrStale):
		r.Busy++
		return nil
	}
	r.Problems = append(r.Problems, Problem{Case: d.Case, What: "the ticket could not be brought up to date", Err: err})
	r.Next = s.hold(ctx, err)
	if r.Next.IsZero() && stops(ctx, err) {
		r.Next = s.cfg.Now()
	}
	return nil
}

// push brings the tickets of one case up to date and takes it off the list.
func (s *Sync) push(ctx context.Context, d service.Dirty, r *Pushed) error {
	c, err := s.cfg.Service.View(ctx, d.Case, s.viewer())
	if errors.Is(err, cvd.ErrNotFound) {
		return s.closed(ctx, d, r)
	} else if err != nil {
		return err
	}
	if c.Submission.Stage != cvd.StageCase {
		return s.done(ctx, c) // no case yet
	}
	g := Ground{Case: c, Names: s.cfg.Names}
	if !g.Names {
		g.Case = unnamed(c)
	}
	if s.cfg.Link != nil {
		g.Link = s.cfg.Link(c.Number)
	}
	to, err := s.cfg.Service.Follow(ctx, d.Case)
	if err != nil {
		return err
	}
	if to != d.Case {
		into, err := s.cfg.Service.View(ctx, to, s.viewer())
		switch {
		case err == nil:
			g.MovedTo = into.Number
		case errors.Is(err, cvd.ErrNotFound):
			g.MovedTo = "another case" // which is not for those who read the tracker
		default:
			return err
		}
	}
	var errs []error
	for _, p := range s.cfg.Parts(c, &s.cfg.Mapping) {
		g.Part = p
		if err := s.pushPart(ctx, g, r); err != nil {
			errs = append(errs, err)
			if stops(ctx, err) {
				break
			}
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	if err := s.at("pushed"); err != nil {
		return err
	}
	return s.done(ctx, c)
}

// closed takes a case off the list that is not, or no longer, open to the tracker.
// Tickets that it has stay as they are: what a person is to do about them is a
// Problem.
func (s *Sync) closed(ctx context.Context, d service.Dirty, r *Pushed) error {
	keys, err := s.cfg.State.List(ctx, s.linkKey(place{Case: d.Case}), "", 1000)
	if err != nil {
		return err
	}
	for _, key := range keys {
		var l link
		if _, err := s.get(ctx, key, &l); err != nil {
			return err
		}
		if l.Ref != "" && !l.Gone {
			r.Problems = append(r.Problems, Problem{Case: d.Case, Ref: l.Ref, Lost: true,
				What: "the case is no longer open to those who read the tracker, and the ticket stays as it was: restrict or delete it there"})
		}
	}
	return s.cfg.Service.Done(ctx, s.cfg.Name, d)
}

func (s *Sync) done(ctx context.Context, c *cvd.Case) error {
	return s.cfg.Service.Done(ctx, s.cfg.Name, service.Dirty{Case: c.ID, Seq: c.Seq, Tip: c.Tip})
}

// fields are what the ticket of a part shows.
func (s *Sync) fields(g Ground) Fields {
	f := s.cfg.Project(g)
	m := &s.cfg.Mapping
	f.Marker = ""
	if f.Status == "" {
		f.Status = m.status(g.Case)
	}
	if f.Priority == "" {
		f.Priority = m.priority(g.Case)
	}
	if f.Project == "" {
		f.Project = g.Part.Project
	}
	return f
}

func (s *Sync) pushPart(ctx context.Context, g Ground, r *Pushed) error {
	if !validPart(g.Part.Key) {
		return fmt.Errorf("tracker: Config.Parts gave the key %q: it has at most 32 letters, digits and \"-\"", g.Part.Key)
	}
	p := place{g.Case.ID, g.Part.Key}
	var l link
	version, err := s.get(ctx, s.linkKey(p), &l)
	switch {
	case err != nil:
		return err
	case l.Gone:
		return nil
	case l.Ref == "" && g.MovedTo != "":
		return nil // it has no ticket, and needs none any more
	}
	f := s.fields(g)
	if l.Ref == "" {
		if l, version, err = s.create(ctx, p, f, l, version, r); err != nil {
			return err
		}
	}
	return s.update(ctx, p, f, l, version, r)
}

func validPart(key string) bool {
	return len(key) <= 32 && !slices.ContainsFunc([]rune(key), func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
}

// each field by its name, as it is kept in link.Pushed.
func each(f *Fields) map[string]*string {
	return map[string]*string{"project": &f.Project, "title": &f.Title, "body": &f.Body, "status": &f.Status, "priority": &f.Priority}
}

// pushed are the digests of fields that were written.
func pushed(f Fields, before map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range before {
		out[k] = v
	}
	for k, v := range each(&f) {
		if *v != "" {
			out[k] = digest(*v)
		}
	}
	return out
}

// news are the fields that differ from what was written last. What somebody has
// changed in the ticket since is left alone until the case says something new.
func (l *link) news(f Fields) Fields {
	for k, v := range each(&f) {
		if l.Pushed[k] == digest(*v) || l.Theirs && (k == "title" || k == "body" || k == "project") {
			*v = ""
		}
	}
	return f
}
