package cvd

import (
	"slices"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/timeline"
)

// Timeline returns what happened in the case and what is planned, as far as the
// case was given to a viewer. It holds names of participants where the case does,
// and no text of a report; who acted is in Entry.Actor where the viewer may know.
// now parts planned from actual.
//
// It is in English; TimelineIn gives it in another language.
func (c *Case) Timeline(now time.Time, zone *time.Location) timeline.Timeline {
	return c.TimelineIn(nil, now, zone)
}

// TimelineIn is Timeline in the language of the texts, which Service.TextsIn returns.
// nil: English.
func (c *Case) TimelineIn(x *Texts, now time.Time, zone *time.Location) timeline.Timeline {
	t := timeline.Timeline{Number: c.Number, Now: now, Zone: zone}
	if x != nil {
		t.Language, t.Texts = x.tag, x.timeline()
	}
	seen := make([]bool, len(c.Participants)+1)
	for i := range c.Events {
		if e, ok := c.milestone(&c.Events[i], x); ok {
			e.Planned = e.At.After(now)
			t.Entries = append(t.Entries, e)
			if p := c.lane(&c.Events[i]); int(p) < len(seen) {
				seen[p] = true
			}
		}
	}
	for id := 1; id < len(seen); id++ { // lanes in the order in which the parties joined
		if seen[id] {
			t.Lanes = append(t.Lanes, c.PartyName(PartyID(id)))
		}
	}
	if ends, ok := c.Embargo.Ends(); ok {
		p := c.Embargo.Proposals[c.Embargo.Active-1]
		t.Entries = append(t.Entries, timeline.Entry{
			ID: c.Number + "/embargo", At: ends, Kind: "embargo", Label: x.Say("Embargo ends"),
			Planned: ends.After(now), Overdue: !ends.After(now), Public: true, Reason: p.Policy,
		})
		t.Entries = append(t.Entries, c.separateDates(&p, now, x)...)
	}
	t.Entries = append(t.Entries, c.planned(now, x)...)
	if from, to := c.embargoSpan(now); !from.IsZero() {
		t.Bands = append(t.Bands, timeline.Band{From: from, To: to, Agreed: c.agreedEnd(), ID: "Embargo", Label: x.Say("Embargo"), Public: true})
	}
	return t
}

// agreedEnd is the end that was in force last.
func (c *Case) agreedEnd() time.Time {
	if p := inner.At(c.Embargo.Proposals, c.Embargo.Active); p != nil {
		return p.Ends
	}
	var ends time.Time
	for i := range c.Embargo.Proposals {
		if p := &c.Embargo.Proposals[i]; p.State == ProposalAccepted {
			ends = p.Ends
		}
	}
	return ends
}

// void says why a plan that an event made counts no more, or "".
func (c *Case) void(e *Event) string {
	switch e.Kind {
	case EventEmbargoProposed:
		if p := inner.At(c.Embargo.Proposals, ProposalID(e.kept.Ref)); p != nil {
			return proposalVoid[p.State]
		}
	case EventEmbargoAccepted:
		if void := c.replaced(e, func(*Event) bool { return true }); void != "" {
			return void
		}
		if p := inner.At(c.Embargo.Proposals, ProposalID(e.kept.Ref)); p != nil && !c.Embargo.Ended.IsZero() && c.Embargo.Ended.Before(p.Ends) {
			return "broken off"
		}
	case EventReleasePlanned:
		for i := range c.Events {
			if x := &c.Events[i]; x.Seq > e.Seq && x.Kind == EventReleaseCancelled {
				return "cancelled"
			}
			if x := &c.Events[i]; x.Seq > e.Seq && x.Kind == EventReleasePlanned {
				return "superseded"
			}
		}
	case EventClaimAdopted:
		if x := inner.At(c.Claims, ClaimID(e.kept.Ref)); x != nil && x.Adopted.IsZero() {
			return "taken back"
		}
	case EventDeadlineAnnounced:
		return c.replaced(e, func(x *Event) bool { return x.Party == e.Party })
	}
	return ""
}

// replaced tells that a later event of the same kind takes the place of one.
func (c *Case) replaced(e *Event, same func(*Event) bool) string {
	for i := range c.Events {
		if x := &c.Events[i]; x.Seq > e.Seq && x.Kind == e.Kind && same(x) {
			return "superseded"
		}
	}
	return ""
}

var proposalVoid = map[ProposalState]string{
	ProposalReplaced: "superseded", ProposalStopped: "not considered", ProposalRejected: "rejected",
	ProposalWithdrawn: "withdrawn", ProposalVoid: "ran out",
}

// separateDates are those of a proposal that differ from its end, and those that
// parties announced for themselves.
func (c *Case) separateDates(p *Proposal, now time.Time, t *Texts) (es []timeline.Entry) {
	d := p.Dates()
	for i, x := range []struct {
		at   time.Time
		what string
	}{
		{d.Existence, t.Say("Existence may be public")}, {d.Details, t.Say("Details may be public")},
		{d.ProofOfConcept, t.Say("Proof of concept may be public")},
	} {
		if !x.at.Equal(p.Ends) {
			es = append(es, timeline.Entry{
				ID: c.Number + "/date/" + strconv.Itoa(i), At: x.at, Kind: "embargo",
				Label: x.what, Planned: x.at.After(now),
			})
		}
	}
	return es
}

func (c *Case) planned(now time.Time, t *Texts) (es []timeline.Entry) {
	for i := range c.Announced {
		x := &c.Announced[i]
		if slices.ContainsFunc(c.Announced[i+1:], func(later Announcement) bool { return later.By == x.By }) {
			continue // the entry of its announcement says so
		}
		es = append(es, timeline.Entry{
			ID: c.Number + "/announced/" + strconv.Itoa(i), At: x.At, Kind: "announcement", Lane: c.PartyName(x.By),
			Label: t.Say("The date on which it publishes by itself"), Planned: x.At.After(now),
		})
	}
	if r := &c.Release; r.IsPlanned() {
		e := timeline.Entry{ID: c.Number + "/release", At: r.At, Kind: "release", Label: t.Say("Release"), Lane: c.PartyName(Owner), Planned: r.At.After(now)}
		if o, more := r.Next(); more && !e.Planned {
			e.Overdue, e.Planned, e.Detail = true, true, t.Say("next output: {output}", "output", o.Name)
		}
		es = append(es, e)
	}
	return es
}

// embargoSpan returns when the embargo came into force, and when it ended or is
// to end.
func (c *Case) embargoSpan(now time.Time) (from, to time.Time) {
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind == EventEmbargoAccepted && from.IsZero() {
			from = e.At
		}
	}
	to = c.Embargo.Ended
	if ends, ok := c.Embargo.Ends(); ok {
		to = ends
	}
	if to.Before(from) {
		to = now
	}
	return from, to
}

// PartyName returns how a participant is called in timelines: by its
// organization or name where the case holds it, else by its role and number.
func (c *Case) PartyName(id PartyID) string {
	p := c.Participant(id)
	switch {
	case p == nil:
		return ""
	case p.Organization != "":
		return p.Organization.Display()
	case p.Name != "":
		return p.Name.Display()
	}
	return p.Roles.String() + " " + strconv.Itoa(int(id))
}

// lane is the party whose doing an event is. What happens to all has none.
func (c *Case) lane(e *Event) PartyID {
	switch e.Kind {
	case EventReportAcknowledged, EventReportTriaged, EventSubmissionDecided, EventCaseOpened, EventCaseAssigned, EventCaseClosed, EventCasePublished,
		EventReleaseApproved, EventReleaseCancelled, EventReleaseOutput, EventListTold, EventDisclosureCompelled, EventVulnIdentified,
		EventPrivateErased, EventFactRecorded:
		return Owner
	case EventClaimAdopted:
		if e.Party == 0 {
			return Owner
		}
	case EventMessagePosted:
		if m := c.messageByID(MessageID(e.kept.Ref)); m != nil {
			return m.From
		}
	}
	return e.Party
}

// milestone turns an event into an entry, if people want to see it.
func (c *Case) milestone(e *Event, t *Texts) (timeline.Entry, bool) {
	x := timeline.Entry{
		ID: c.Number + "/" + strconv.Itoa(int(e.Seq)), At: e.At, Public: c.PublicEvent(e), Lane: c.PartyName(c.lane(e)), Detail: e.Reason.Display(),
		Actor: c.Actor(e.Actor).Display(), Void: c.void(e),
	}
	if x.Void != "" {
		x.Void = t.Say(x.Void)
	}
	x.Kind, x.Label = c.wording(e, t)
	if x.Label == "" {
		return x, false
	}
	if e.TakenBack {
		x.Label += " " + t.Say("(taken back)")
	}
	if happened(e) {
		x.At = e.When
	}
	return x, true
}

// happened tells that the event speaks of an instant in the past: that is when
// it belongs on the line, not when somebody wrote it down.
func happened(e *Event) bool {
	switch e.Kind {
	case EventReportReceived, EventSubmissionReceived, EventClaimMade, EventClaimAdopted, EventCasePublished, EventFactRecorded,
		EventAssessmentRecorded, EventReportSubmitted, EventRequestRecorded, EventRequestAnswered, EventUsersInformed:
		return !e.When.IsZero()
	}
	return false
}
