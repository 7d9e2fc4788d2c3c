package demo

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Tour says what to try the demonstration with.
type Tour struct {
	Receipt cvd.Private // of a reporter whose case is under embargo
	Code    cvd.Private // of a vendor in the same case
	Number  string      // of that case
	Until   time.Time   // the instant up to which the cases tell
}

// Member is one of the team of the demonstration.
type Member struct {
	Login, Name string
	Groups      []cvd.Private
}

// Members are those who act in the demonstration. Each belongs to a group; some cases
// are open to one group only.
func Members() []Member {
	return []Member{
		{ana, "Ana Ferreira", []cvd.Private{firmware}},
		{ben, "Ben Okafor", []cvd.Private{cloud}},
		{cleo, "Cleo Lindqvist", []cvd.Private{firmware, cloud}},
	}
}

// The team, and its groups.
const (
	ana  = "ana"
	ben  = "ben"
	cleo = "cleo"

	firmware = cvd.Private("firmware")
	cloud    = cvd.Private("cloud")
)

// Load puts the demonstration cases into a database that is empty, or that holds them
// already: what is there is not made again, and what a process that died left out is
// added. cfg is that of the desk; its State is needed. Nothing is sent to anybody: a
// transport that only says so stands in for all of them. Several processes may call it
// at once.
func Load(ctx context.Context, cfg cvd.Config) (Tour, error) {
	if cfg.State == nil {
		return Tour{}, errors.New("demo: Config.State is needed")
	}
	now := time.Now
	if cfg.Now != nil {
		now = cfg.Now
	}
	p := &player{cases: map[string]cvd.CaseID{}}
	state, transports := cfg.State, map[string]cvd.Transport{cvd.TransportMail: cvd.TransportFunc(p.swallow)}
	for name := range cfg.Transports {
		transports[name] = cvd.TransportFunc(p.swallow)
	}
	// A story is told by those who were there: who may do what now is not asked, and its
	// releases are carried out by nobody.
	cfg.Transports, cfg.Authorize, cfg.Steps = transports, nil, nil
	cfg.Now = func() time.Time { return p.now }
	var err error
	if p.svc, err = service.New(cfg); err != nil {
		return Tour{}, err
	}
	if err := Claim(ctx, p.svc, state, Demonstration, now()); err != nil {
		return Tour{}, err
	}
	m, _, err := read(ctx, state)
	if err != nil {
		return Tour{}, err
	}
	tour := Tour{Receipt: code(cfg.Secret, "receipt"), Code: code(cfg.Secret, "vendor"), Until: m.Until}
	if err := p.play(ctx, state, stories(&script{until: m.Until, tour: tour})); err != nil {
		return Tour{}, err
	}
	p.now = m.Until
	a, err := p.svc.Access(ctx, tour.Receipt)
	if errors.Is(err, cvd.ErrNotFound) {
		return tour, nil // it was revoked since, by who tried it out
	}
	if err != nil {
		return Tour{}, err
	}
	c, err := p.svc.View(ctx, a.Case, everything())
	if err == nil {
		tour.Number = c.Number
	}
	return tour, err
}

// code derives a code from the secret, so that it can be told again at each start
// and is kept nowhere.
func code(secret cvd.Secret, what string) cvd.Private {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("desk demonstration: " + what))
	return service.FormatCode([16]byte(h.Sum(nil)[:16]))
}

// swallow is the transport that says of everything that it was sent.
func (p *player) swallow(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	given := cvd.ProtectTLS
	if m.Key != "" {
		given = cvd.ProtectSealed
	}
	if m.Require > given {
		return cvd.Sent{}, cvd.ErrUnprotected
	}
	return cvd.Sent{Protection: given}, nil
}

// player tells the stories.
type player struct {
	svc   *service.Service
	now   time.Time
	cases map[string]cvd.CaseID // by the name of their story
}

// step is what happens at one instant.
type step struct {
	at    time.Time
	story string
	n     int // of the story
	do    func(context.Context, *player, cvd.By) error
	by    cvd.Private
}

// play takes the steps that were not taken yet, in the order of time. Each has an ID of
// its own, so that one that was taken and not noted changes nothing the second time.
func (p *player) play(ctx context.Context, state storage.State, steps []step) error {
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	for {
		m, version, err := read(ctx, state)
		if err != nil || m.Done {
			return err
		}
		if m.Steps >= len(steps) {
			m.Done = true
		} else {
			s := steps[m.Steps]
			p.now = s.at
			err := s.do(ctx, p, cvd.By{ID: s.id(), Actor: s.by})
			if err == nil {
				err = p.settle(ctx)
			}
			if err != nil {
				// Another process may have taken it meanwhile, and be further on.
				if now, _, again := read(ctx, state); again == nil && (now.Steps > m.Steps || now.Done) {
					continue
				}
				if x := (*cvd.Refusal)(nil); !errors.As(err, &x) || x.Rule != cvd.RuleCommandID {
					return fmt.Errorf("demonstration %q, step %d: %w", s.story, s.n, err)
				}
				// It was taken, with another ID of what it sent.
			}
			m.Steps++
		}
		if err := write(ctx, state, &version, m); err != nil && !errors.Is(err, cvd.ErrConflict) {
			return err // on a conflict another process has taken the step
		}
	}
}

// settle records the reminders that are due, and what was sent.
func (p *player) settle(ctx context.Context) error {
	for {
		t, err := p.svc.Tick(ctx, 100)
		if err != nil {
			return err
		}
		r, err := p.svc.Relay(ctx, 100)
		if err != nil {
			return err
		}
		if len(t.Reminders) == 0 && r.Sent+r.Noticed+r.Held == 0 {
			return nil
		}
	}
}

// delivered is the newest delivery to a party, whichever process sent it. One that
// another has claimed, and may have died with, is taken over when its lease ends.
func (p *player) delivered(ctx context.Context, id cvd.CaseID, to cvd.PartyID) (string, error) {
	for range 60 {
		c, err := p.svc.View(ctx, id, everything())
		if err != nil {
			return "", err
		}
		for _, m := range slices.Backward(c.Messages) {
			sent, err := p.svc.Sent(ctx, id, everything(), m.ID, to)
			if err == nil {
				return sent.ID, nil
			}
			if !errors.Is(err, cvd.ErrNotFound) {
				return "", err
			}
		}
		p.now = p.now.Add(time.Minute)
		if err := p.settle(ctx); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("nothing was sent to participant %d", to)
}

func (s step) id() (id cvd.CommandID) {
	h := sha256.Sum256(fmt.Appendf(nil, "desk demonstration: %s %d", s.story, s.n))
	copy(id[:], h[:])
	return id
}

// id finds the case of a story.
func (p *player) id(ctx context.Context, story string) (cvd.CaseID, error) {
	if id, ok := p.cases[story]; ok {
		return id, nil
	}
	id, err := p.svc.Lookup(ctx, known(story)[0])
	if err == nil {
		p.cases[story] = id
	}
	return id, err
}

// known is the identifier by which the case of a story is found again.
func known(story string) []cvd.ExternalID {
	return []cvd.ExternalID{{Kind: "demonstration", Value: cvd.Private(story)}}
}
