package tracker

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd"
)

// maxNote bounds what a note quotes of a change that could not be applied as it is.
const maxNote = 16 << 10

// apply records one change in one case, under an ID that stands for both, so that a
// change that is told twice acts once. What a rule forbids becomes a note.
func (in *intake) apply(ctx context.Context, id cvd.CaseID, p place, ch *Change) error {
	s := in.s
	// What is said in a ticket reaches its case, also one that is no longer open to
	// the tracker: nothing of what is read here goes back there.
	c, err := s.cfg.Service.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return err
	}
	if ch.Kind == KindGone {
		if err := in.gone(ctx, p, ch); err != nil {
			return err
		}
	}
	cmds, err := s.commands(c, p, ch)
	if err != nil {
		in.problem(id, ch, "the comment could not be passed on to the reporter; it became a note", err)
	}
	if len(cmds) == 0 {
		in.r.Ignored++
		return nil
	}
	by := cvd.By{ID: s.commandID("change", ch.ID), Actor: s.cfg.Mapping.actor(s.cfg.Name, ch.Actor)}
	after, err := s.cfg.Service.Do(ctx, id, by, cmds...)
	if errors.Is(err, cvd.ErrRefused) && !isRepeat(err) || errors.Is(err, cvd.ErrInput) {
		why := err
		by.ID = s.commandID("refused change", ch.ID)
		after, err = s.cfg.Service.Do(ctx, id, by, s.note(p, ch, "Not applied: "+why.Error()+"\n"+describe(ch)))
		if err == nil && !after.Repeated {
			in.r.Problems = append(in.r.Problems, Problem{Case: id, Ref: ch.Ref, What: "a change could not be applied; it became a note", Err: why})
		}
	}
	switch {
	case isRepeat(err):
		in.r.Ignored++
		return nil
	case errors.Is(err, cvd.ErrRefused), errors.Is(err, cvd.ErrInput), errors.Is(err, cvd.ErrDenied), errors.Is(err, cvd.ErrNewer):
		in.problem(id, ch, "a change could not be recorded", err)
		return nil
	case err != nil:
		return err
	case after.Repeated:
		in.r.Ignored++
	default:
		in.r.Applied++
	}
	return nil
}

// gone notes that the ticket of a link is no more.
func (in *intake) gone(ctx context.Context, p place, ch *Change) error {
	var l link
	version, err := in.s.get(ctx, in.s.linkKey(p), &l)
	if err != nil || l.Ref != ch.Ref || l.Gone {
		return err
	}
	l.Gone = true
	_, err = in.s.put(ctx, in.s.linkKey(p), version, l)
	if errors.Is(err, cvd.ErrConflict) {
		return nil // Push finds it too
	}
	in.r.Problems = append(in.r.Problems, Problem{p.Case, ch.Ref, "the ticket was deleted, and no other is made: see Sync.Forget", nil, true})
	return err
}

// commands are what a change says to a case. They depend on the change, the mapping
// and the parts of the case alone, as far as can be, so that a repeat is the same.
func (s *Sync) commands(c *cvd.Case, p place, ch *Change) (cmds []cvd.Command, problem error) {
	switch ch.Kind {
	case KindOpened:
		return nil, nil
	case KindCommented:
		if strings.TrimSpace(string(ch.Text)) == "" {
			return nil, nil
		}
		text, marked := s.forReporter(ch)
		if !marked {
			return []cvd.Command{s.note(p, ch, string(ch.Text))}, nil
		}
		r, ok := c.Reporter()
		if !ok {
			return []cvd.Command{s.note(p, ch, string(ch.Text))}, errors.New("the case has no reporter")
		}
		m := s.note(p, ch, text)
		m.To = []cvd.PartyID{r.ID}
		return []cvd.Command{m}, nil
	case KindOwner:
		to := cvd.Private("")
		if ch.New != "" {
			to = s.cfg.Mapping.actor(s.cfg.Name, string(ch.New))
		}
		if c.Assignee == to {
			return nil, nil
		}
		return []cvd.Command{cvd.Assign{To: to}}, nil
	case KindStatus:
		cmds = append(cmds, s.note(p, ch, describe(ch)))
		row, _ := s.cfg.Mapping.in(string(ch.New))
		if what, ok := claims[row.Claim]; ok {
			cmds = append(cmds, s.claim(c, p, ch, cvd.Observe{What: what}))
		}
		return cmds, nil
	}
	return []cvd.Command{s.note(p, ch, describe(ch))}, nil
}

// claim says what the state of a ticket means: never more than a claim.
func (s *Sync) claim(c *cvd.Case, p place, ch *Change, x cvd.Observe) cvd.Command {
	for _, part := range s.cfg.Parts(c, &s.cfg.Mapping) {
		if part.Key == p.Part {
			x.Vuln, x.Stream = part.Vuln, part.Stream
		}
	}
	if x.Stream != 0 {
		for i := range c.Streams {
			if c.Streams[i].ID == x.Stream {
				x.Vendor = c.Streams[i].Vendor
			}
		}
	}
	if ch.At.Before(s.cfg.Now()) && ch.At.After(c.Opened) {
		x.Observed = ch.At
	}
	x.TLP = s.cfg.CommentTLP
	x.Evidence = cvd.Private(describe(ch))
	return x
}

// forReporter reports whether a comment is meant for the reporter, and what of it.
func (s *Sync) forReporter(ch *Change) (text string, marked bool) {
	text = string(ch.Text)
	if rest, ok := strings.CutPrefix(strings.TrimLeft(text, " \t\r\n"), s.cfg.Mark); ok && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n:")) {
		return strings.TrimLeft(rest, ": \t\r\n"), true
	}
	return text, ch.Reply && s.cfg.Replies
}

// note is a message of the team to itself. Its identifier goes along when cases are
// merged, so that the same change is not noted in both; it names the case too, because
// a ticket may stand for several.
func (s *Sync) note(p place, ch *Change, text string) cvd.PostMessage {
	return cvd.PostMessage{Text: cvd.Private(text), TLP: s.cfg.CommentTLP, Provenance: cvd.Provenance{
		IDs:      []cvd.ExternalID{{Kind: "change:" + s.cfg.Name, Value: cvd.Private(ch.ID + " " + p.Case.String())}},
		Received: s.past(ch), Channel: cvd.ChannelTracker, Sender: cvd.Private(ch.Actor),
	}}
}

// past is when a change happened, unless the tracker's clock is ahead.
func (s *Sync) past(ch *Change) (t time.Time) {
	if ch.At.Before(s.cfg.Now()) {
		return ch.At
	}
	return t
}

// describe says in words what a change is.
func describe(ch *Change) string {
	what := ch.Kind.String()
	if ch.Kind == KindField && ch.Field != "" {
		what = ch.Field
	}
	s := "Ticket " + ch.Ref + ": " + what
	if ch.Old != "" || ch.New != "" {
		s += ": " + quoted(ch.Old) + " → " + quoted(ch.New)
	}
	if ch.Text != "" {
		s += "\n" + string(ch.Text)
	}
	if len(s) > maxNote {
		cut := maxNote
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "\n[…] the rest stands in the ticket"
	}
	return s
}

func quoted(s cvd.Private) string {
	if s == "" {
		return "nothing"
	}
	return string(s)
}
