package demo

import (
	"context"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// script collects the steps of stories. Times are told as how long ago it was, at the
// instant up to which the demonstration tells.
type script struct {
	until time.Time
	tour  Tour
	steps []step
}

// A tale is the story of one case.
type tale struct {
	*script
	name string
	n    int
}

func (s *script) tale(name string) *tale { return &tale{script: s, name: name} }

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// begin starts the case by its first command.
func (t *tale) begin(ago time.Duration, by string, first cvd.Command, more ...cvd.Command) {
	t.step(ago, by, func(ctx context.Context, p *player, by cvd.By) error {
		_, err := p.svc.Do(ctx, cvd.CaseID{}, by, append([]cvd.Command{first}, more...)...)
		return err
	})
}

// do lets somebody of the team act.
func (t *tale) do(ago time.Duration, by string, cmds ...cvd.Command) {
	t.step(ago, by, func(ctx context.Context, p *player, by cvd.By) error {
		id, err := p.id(ctx, t.name)
		if err != nil {
			return err
		}
		if by.Actor != "" { // who acts has read what is there
			cmds = append([]cvd.Command{cvd.MarkRead{}}, cmds...)
		}
		_, err = p.svc.Do(ctx, id, by, cmds...)
		return err
	})
}

// step adds anything else that happens.
func (t *tale) step(ago time.Duration, by string, do func(context.Context, *player, cvd.By) error) {
	t.n++
	t.steps = append(t.steps, step{at: t.until.Add(-ago), story: t.name, n: t.n, do: do, by: cvd.Private(by)})
}

// say posts a message from a participant to the team, through the portal.
func (t *tale) say(ago time.Duration, from cvd.PartyID, topic cvd.TopicID, text cvd.Private) {
	t.do(ago, "", cvd.PostMessage{Party: from, To: []cvd.PartyID{cvd.Owner}, Topic: topic, Text: text,
		Provenance: cvd.Provenance{Channel: cvd.ChannelPortal, Protection: cvd.ProtectPortal, KnownBy: cvd.KnownByAccess}})
}

// morning is nine o'clock UTC, so many days ahead.
func (s *script) morning(days int) time.Time {
	return s.until.AddDate(0, 0, days).Truncate(day).Add(9 * hour)
}

// person is a contact with an address and a key, so that it can be told anything.
func person(name, organization, address string) cvd.Contact {
	return cvd.Contact{Name: cvd.Private(name), Organization: cvd.Private(organization), Email: cvd.Private(address), Key: fingerprint(address)}
}

// company is a vendor's security team.
func company(name, domain string) cvd.Contact {
	return person("", name, "psirt@"+domain)
}
