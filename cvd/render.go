package cvd

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Rendering is what the text of a message is made from.
type Rendering struct {
	Team    Team         // who writes
	Case    *Case        // as the recipient may see it over the way that the message takes
	Message *Message     // that is to be rendered
	To      *Participant // the recipient
	Notice  bool         // say only that there is something to read, not what
	Texts   *Texts       // those of the recipient's language; nil: the library's own in English

	kept renderingKept
}

// RenderTexts is the default of Config.Render: it writes the texts of Rendering.Texts.
// The subject is the case number and a neutral word; the text begins with the TLP
// label. No message of the library's own repeats anything that a report says.
func RenderTexts(r Rendering) (subject, text string) {
	m := r.Message
	if r.Texts == nil {
		r.Texts = english()
	}
	t := r.Texts
	label, key := m.TLP, r.subject()
	if r.Notice {
		label, key = NoticeLabel, "notice"
	}
	subject = "[" + r.Case.Number + "] " + t.text(key+".subject")
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", label)
	if r.To.Name != "" {
		b.WriteString(t.text("dear", "name", r.To.Name.Display()))
	} else {
		b.WriteString(t.text("hello"))
	}
	b.WriteString("\n\n" + r.wording())
	if m.Text != "" && !r.Notice {
		fmt.Fprintf(&b, "\n\n%s", string(m.Text))
	}
	if r.Team.Name != "" {
		fmt.Fprintf(&b, "\n\n-- \n%s", Private(r.Team.Name).Display())
		for _, line := range []struct{ key, is string }{{"portal", r.Team.Portal}, {"key", r.Team.Key}} {
			if line.is != "" {
				b.WriteString("\n" + t.text(line.key, line.key, line.is))
			}
		}
	}
	b.WriteString("\n")
	return subject, b.String()
}

// textKeys are the texts of what the library itself says, by its purpose.
var textKeys = map[Purpose]string{
	PurposeAcknowledgement: "acknowledgement",
	PurposeInvitation:      "invitation",
	PurposeEmbargoProposed: "proposed",
	PurposeEmbargoAgreed:   "agreed",
	PurposeEmbargoRejected: "rejected",
	PurposeEmbargoEnded:    "ended",
	PurposeTriage:          "triage",
	PurposePublished:       "published",
	PurposeReminder:        "reminder",
	PurposeSilence:         "silence",
	PurposeMoved:           "moved",
	PurposeEmbargoRestored: "restored",
	PurposeAnswer:          "answer",
	PurposeDismissed:       "dismissed",
	PurposeRelated:         "related",
}

// subject is the key of the message's text.
func (r *Rendering) subject() string {
	key := textKeys[r.Message.Purpose]
	switch {
	case key == "":
		return "message"
	case key == "rejected" && r.withdrawn():
		return "withdrawn"
	}
	return key
}

func (r *Rendering) wording() string {
	c, m, t := r.Case, r.Message, r.Texts
	if r.Notice {
		ask := t.text("notice.contact")
		if r.Team.Portal != "" {
			ask = t.text("notice.portal", "portal", r.Team.Portal)
		}
		return t.text("notice", "case", c.Number) + " " + ask
	}
	say := func(key string, pairs ...string) string { return t.text(key, append(pairs, "case", c.Number)...) }
	switch key := r.subject(); m.Purpose {
	case PurposeInvitation:
		return say(key, "roles", r.Texts.roles(r.To.Roles)) + r.terms() + " " + say(key+".ask")
	case PurposeSilence:
		return say(key, "since", when(r.To.Joined)) + r.terms() + " " + say(key+".ask")
	case PurposeAnswer:
		return say(key) + r.terms() + " " + say(key+".ask", "by", when(r.To.AnswerBy))
	case PurposeEmbargoProposed, PurposeEmbargoAgreed, PurposeEmbargoRestored:
		p := r.proposal()
		return say(key, "by", r.by(p.By), "end", r.end(p))
	case PurposeEmbargoRejected:
		p := r.proposal()
		return say(key, "by", r.by(p.By), "answered", r.by(r.answeredBy(p.ID)), "end", r.end(p)) + r.terms()
	case PurposeEmbargoEnded:
		return say(key, "why", t.text("end."+EndReason(m.About).String()))
	case PurposeTriage:
		x := c.ReportByID(ReportID(m.About))
		if x == nil {
			return say("triage.unknown")
		}
		return say(key, "outcome", t.text("outcome."+x.Outcome.String()))
	case PurposePublished:
		return r.published()
	case PurposeReminder:
		return r.reminder()
	case PurposeMoved:
		return r.moved()
	case PurposeRelated:
		ends := c.RelatedEnds
		if n := int(m.About); n >= 1 && n <= len(ends) {
			return say(key, "old", ends[n-1].Number, "why", t.text("end."+ends[n-1].Why.String()))
		}
		return say("related.unknown")
	default:
		return say(key)
	}
}

// ReportByID returns a report by its number; nil where the viewer does not see it.
func (c *Case) ReportByID(id ReportID) *Report {
	for i := range c.Reports {
		if c.Reports[i].ID == id {
			return &c.Reports[i]
		}
	}
	return nil
}

// proposal is the one that the message is about; a zero one if it is not seen.
func (r *Rendering) proposal() Proposal {
	if p := inner.At(r.Case.Embargo.Proposals, ProposalID(r.Message.About)); p != nil {
		return *p
	}
	return Proposal{}
}

func (r *Rendering) withdrawn() bool { return r.proposal().State == ProposalWithdrawn }

// answeredBy is who rejected a proposal.
func (r *Rendering) answeredBy(id ProposalID) PartyID {
	for i := len(r.Case.Events) - 1; i >= 0; i-- {
		if e := &r.Case.Events[i]; e.Kind == EventEmbargoRejected && e.kept.Ref == uint32(id) {
			return e.Party
		}
	}
	return 0
}

// by says who did something, as far as the recipient may know who that is.
func (r *Rendering) by(id PartyID) string {
	t := r.Texts
	switch {
	case id == 0 || id == Owner:
		return t.text("by.team")
	case id == r.To.ID:
		return t.text("by.you")
	}
	var p Participant
	if x := r.Case.Participant(id); r.kept.Seen != nil {
		p = r.kept.Seen(id)
	} else if x != nil {
		p = *x
	}
	switch {
	case p.Roles&(RoleReporter|RoleFinder) != 0:
		return t.text("by.reporter")
	case p.Organization != "":
		return t.text("by.name", "name", p.Organization.Display())
	}
	return t.text("by.party", "number", strconv.Itoa(int(id)), "roles", r.Texts.roles(p.Roles))
}

func (r *Rendering) end(p Proposal) string {
	if p.ID == 0 {
		return r.Texts.text("undated")
	}
	return when(p.Ends)
}

// terms says what holds now.
func (r *Rendering) terms() string {
	ends, ok := r.Case.Embargo.Ends()
	if !ok {
		return ""
	}
	return " " + r.Texts.text("terms", "end", when(ends))
}

func (r *Rendering) published() string {
	c, n := r.Case, int(r.Message.About)
	key, why := "published", ""
	var advisories []string
	if r.kept.Ended != 0 {
		key, why = "published.after", r.Texts.text("end."+r.kept.Ended.String())
	}
	if n >= 1 && n <= len(c.Publications) {
		advisories = c.Publications[n-1].Advisories
		if c.Embargo.Why == EndPublished && c.Embargo.Ended.Equal(r.Message.Posted) {
			key = "published.ended"
		}
	}
	return strings.Join(append([]string{r.Texts.text(key, "case", c.Number, "why", why)}, advisories...), "\n")
}

func (r *Rendering) reminder() string {
	c, n, t := r.Case, int(r.Message.About), r.Texts
	if n < 1 || n > len(c.Reminded) {
		return t.text("reminder.unknown", "case", c.Number)
	}
	x := c.Reminded[n-1]
	if n := len(x.Parties); n > 0 {
		return t.text("reminder.answers", "case", c.Number, "count", strconv.Itoa(n))
	}
	key := map[policy.ReminderKind]string{
		policy.ReminderSoon: "soon", policy.ReminderDue: "due", policy.ReminderEscalate: "escalate",
	}[x.Kind]
	s := t.text("reminder."+key, "case", c.Number, "date", x.Deadline)
	if a := c.Actor(x.To); a != "" {
		s += " " + t.text("reminder.for", "name", string(a))
	}
	return s
}

func (r *Rendering) moved() string {
	c, link := r.Case, int(r.Message.About)
	if link < 1 || link > len(c.Links) {
		return r.Texts.text("moved.lead", "case", c.Number)
	}
	l := c.Links[link-1]
	key := map[LinkKind]string{LinkSplitFrom: "moved.part", LinkContinues: "moved.reopened"}[l.Kind]
	if key == "" {
		key = "moved"
	}
	return r.Texts.text(key, "old", l.Number, "case", c.Number)
}

// when writes an instant with hour and zone: an embargo never ends on a mere day.
func when(t time.Time) string {
	s := t.Format("2006-01-02 15:04 -0700")
	if zone := t.Location().String(); zone != "" {
		s += " (" + zone + ")"
	}
	return s
}
