package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// sight is one viewer of one case at one instant. Everything that leaves the
// case for somebody outside the team passes its method sees: reads, lists, files,
// timelines, and messages, again when they are sent.
type sight struct {
	c         *folded
	v         Viewer
	p         *Participant // nil: the public
	now       storage.Millis
	floor     func(*Message) Protection
	published bool
	knows     bool     // may be told the details of the case
	without   []uint32 // parts that its code does not open
}

// matter says what an object is, which decides who its audience is.
type matter uint8

const (
	matterTerms     matter = iota // the embargo and its dates: every participant
	matterDetails                 // what the vulnerability is: who may know the details
	matterReport                  // what a reporter sent: likewise, and never within a limited scope
	matterStatement               // what a vendor says of its products: itself, until it is shared or published
	matterMessage                 // what was addressed: the addressees, who may know the details
	matterNotice                  // the library's own messages: the addressees
	matterOwn                     // of one party alone, whatever else is public
)

// object is a piece of information of a case.
type object struct {
	matter  matter
	source  PartyID   // whose it is
	to      []PartyID // to whom it was addressed
	label   tlp.Label // unset: TLP:AMBER
	vuln    VulnID    // the one that it is about; 0: the case as a whole
	stream  StreamID  // likewise
	topic   TopicID   // of a message
	part    uint32    // that it came with; see partBegun
	shared  bool      // its source let the others see it
	require Protection
}

// see returns what a viewer's eyes are. It reports false if the viewer is to
// learn nothing, not even that there is a case.
func (c *folded) see(v Viewer, now storage.Millis, floor func(*Message) Protection) (sight, bool) {
	s := sight{c: c, v: v, now: now, floor: floor, published: len(c.Publications) > 0}
	switch {
	case v.ofTeam() && !v.in(c.GroupTags):
		return s, false
	case v.Team:
		return s, true
	case v.Party == 0:
		return s, s.published
	}
	s.p = c.member(v.Party)
	if s.p == nil || s.p.gone() && !c.reported(v.Party) {
		return s, false
	}
	if v.Grant != 0 {
		g := at(c.Grants, v.Grant)
		if g == nil || g.Party != v.Party || !g.holds(now) {
			return s, false
		}
		s.without = g.without
	}
	s.knows = c.mayKnow(v.Party, now)
	return s, true
}

// sees is the one rule of who sees what: first need-to-know inside the team, then the audience (role, consent, the
// scope of the invitation, to whom it was addressed), then what the TLP label
// allows, then whether the way to the viewer protects it well enough.
func (s sight) sees(o object) bool {
	if !s.grouped(o) {
		return false
	}
	if s.v.Team {
		return s.protected(o) && s.cleared(o)
	}
	if s.p == nil {
		return false // what is public stands in the advisory, in words chosen for it
	}
	return s.inAudience(o) && s.label(o) && s.protected(o) && s.cleared(o)
}

func (s sight) inAudience(o object) bool {
	if s.beyondCode(o) {
		return false
	}
	if o.source == s.p.ID {
		return true
	}
	if s.p.gone() {
		return false
	}
	addressed := slices.Contains(o.to, s.p.ID)
	if s.hides(o) {
		return false
	}
	switch o.matter {
	case matterTerms:
		return true
	case matterNotice:
		return addressed
	case matterMessage:
		return addressed && s.knows
	case matterDetails:
		return s.knows && s.inScope(o.vuln)
	case matterReport:
		// Who began the case knows its matter, and of others' reports as much as
		// anybody else.
		return s.knows && !s.p.Limited && (s.p.ID == Owner || s.p.Details || s.p.agreed)
	case matterStatement:
		return s.knows && s.inScope(o.vuln) && (o.shared || s.c.disclosed(o))
	}
	return false
}

// label applies TLP 2.0: RED is for those whom its source named, AMBER+STRICT
// for their organizations; AMBER and below go to who needs to know, whom the
// audience has settled. Publication relaxes no label: only its source does.
func (s sight) label(o object) bool {
	switch o.label {
	case tlp.Unset, tlp.Amber, tlp.Green, tlp.Clear:
		return true
	}
	return o.source == s.p.ID || slices.Contains(o.to, s.p.ID)
}

func (s sight) protected(o object) bool {
	if s.v.Over == ProtectNone {
		return true
	}
	m := Message{TLP: o.label, Require: o.require}
	if m.TLP == tlp.Unset {
		m.TLP = tlp.Amber
	}
	return max(m.Require, s.floor(&m)) <= s.v.Over
}

// inScope: an expert who was invited for certain vulnerabilities sees those.
func (s sight) inScope(v VulnID) bool {
	return !s.p.Limited || v != 0 && slices.Contains(s.p.Scope, v)
}

// disclosed reports whether the team's publication of a vulnerability covers what
// is said of it: then, and here since, but not what another case has brought.
func (c *folded) disclosed(o object) bool {
	v := at(c.Vulnerabilities, o.vuln)
	return v != nil && !v.Published.IsZero() && (o.part <= v.publishedPart || o.part == c.part)
}

// hides reports whether an object came with another case that the participant
// knew nothing of. What was added here to something that came belongs to it.
func (s sight) hides(o object) bool {
	switch o.matter {
	case matterDetails, matterReport, matterStatement, matterMessage:
	default:
		return false
	}
	if o.matter == matterReport && slices.Contains(s.p.bare, o.part) {
		return true
	}
	if slices.Contains(s.p.hidden, o.part) {
		return true
	}
	v := at(s.c.Vulnerabilities, o.vuln)
	return v != nil && slices.Contains(s.p.hidden, v.part)
}

// beyondCode reports whether the code by which the viewer came does not open the part
// that an object belongs to.
func (s sight) beyondCode(o object) bool {
	if len(s.without) == 0 || o.matter == matterTerms {
		return false
	}
	v := at(s.c.Vulnerabilities, o.vuln)
	return slices.Contains(s.without, o.part) || v != nil && slices.Contains(s.without, v.part)
}

// consents reports whether a participant is bound by terms: a signatory, or one
// that has been asked about new terms and still has time to answer.
func (p *Participant) consents(now storage.Millis) bool {
	return p.Consent == vultron.Signatory || p.Consent == vultron.Lapsed && !p.AnswerBy.IsZero() && now <= storage.MillisOf(p.AnswerBy)
}

// knows reports whether a participant may be told the details of the case: it is
// the owner, it has agreed to keep them secret, the details were given to it on
// purpose, or it began the case by its report. Whoever said no, or let its time
// pass, may not, until it says yes; nor does a publication change that.
func (p *Participant) knows(now storage.Millis) bool {
	switch {
	case p.ID == Owner:
		return true
	case p.shut, p.gone(), p.Consent == vultron.Declined, p.Consent == vultron.Lapsed && !p.consents(now):
		return false
	}
	return p.Details || p.began || p.agreed
}

// agrees is knows without what was given to it on purpose.
func (p *Participant) agrees(now storage.Millis) bool {
	q := *p
	q.Details = false
	return q.knows(now)
}

func (c *Case) mayKnow(id PartyID, now storage.Millis) bool {
	p := c.member(id)
	if c.Submission.Quarantined && id != Owner {
		return false
	}
	return p != nil && p.knows(now)
}

// What each part of a case is to the rule.

func (x *Announcement) object() object {
	return object{matter: matterDetails, source: x.By, part: x.part}
}

func (x *Report) object() object {
	return object{matter: matterReport, source: x.Reporter, label: x.TLP, part: x.part}
}

func (x *Vulnerability) object() object {
	return object{matter: matterDetails, source: Owner, label: x.TLP, vuln: x.ID, part: x.part}
}

func (x *Severity) object(v VulnID) object {
	return object{matter: matterDetails, source: x.By, label: x.TLP, vuln: v, part: x.part}
}

func (x *Status) object() object {
	return object{matter: matterStatement, source: x.Vendor, label: x.TLP, vuln: x.Vuln, stream: x.Stream, shared: x.Shared, part: x.part}
}

// object of a claim: what it says of a vendor is a statement. So is what it says
// of the world, until it is adopted.
func (x *Claim) object() object {
	o := x.evidence()
	if !x.What.OfVendor() && !x.Adopted.IsZero() {
		o.matter = matterDetails
	}
	return o
}

// evidence of a claim is its author's, and shared only on purpose.
func (x *Claim) evidence() object {
	return object{matter: matterStatement, source: x.By, label: x.TLP, vuln: x.Vuln, stream: x.Stream, shared: x.Shared, part: x.part}
}

func (x *Message) object() object {
	o := object{matter: matterNotice, source: x.From, to: x.To, label: x.TLP, require: x.Require, topic: x.Topic, part: x.part}
	switch x.Purpose {
	case PurposeMessage:
		o.matter = matterMessage
	case PurposeNote, PurposeUnverified:
		o.matter, o.source, o.to = matterOwn, Owner, nil
	}
	return o
}

// title of the case tells of all of its vulnerabilities; before there are any, it is
// that of a report.
func (c *folded) titleObject() object {
	o := object{matter: matterDetails, source: Owner, part: c.titlePart}
	if len(c.Vulnerabilities) == 0 && len(c.Reports) > 0 {
		o.label, o.to = c.Reports[0].TLP, []PartyID{c.Reports[0].Reporter}
	}
	for i := range c.Vulnerabilities {
		if l := c.Vulnerabilities[i].TLP; l != tlp.Unset && (o.label == tlp.Unset || l.Stricter(o.label)) {
			o.label = l
		}
	}
	return o
}
