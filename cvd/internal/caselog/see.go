package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Sight is one viewer of one case at one instant. Everything that leaves the
// case for somebody outside the team passes its method sees: reads, lists, files,
// timelines, and messages, again when they are sent.
type Sight struct {
	c         *Folded
	v         cvd.Viewer
	p         *cvd.Participant // nil: the public
	now       storage.Millis
	floor     func(*cvd.Message) cvd.Protection
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
	source  cvd.PartyID   // whose it is
	to      []cvd.PartyID // to whom it was addressed
	label   tlp.Label     // unset: TLP:AMBER
	vuln    cvd.VulnID    // the one that it is about; 0: the case as a whole
	stream  cvd.StreamID  // likewise
	topic   cvd.TopicID   // of a message
	part    uint32        // that it came with; see PartBegun
	shared  bool          // its source let the others see it
	require cvd.Protection
}

// See returns what a viewer's eyes are. It reports false if the viewer is to
// learn nothing, not even that there is a case.
func (c *Folded) See(v cvd.Viewer, now storage.Millis, floor func(*cvd.Message) cvd.Protection) (Sight, bool) {
	s := Sight{c: c, v: v, now: now, floor: floor, published: len(c.Publications) > 0}
	switch {
	case ofTeam(&v) && !In(&v, c.GroupTags):
		return s, false
	case v.Team:
		return s, true
	case v.Party == 0:
		return s, s.published
	}
	s.p = c.Participant(v.Party)
	if s.p == nil || s.p.Gone() && !Reported(&c.Case, v.Party) {
		return s, false
	}
	if v.Grant != 0 {
		g := inner.At(c.Grants, v.Grant)
		if g == nil || g.Party != v.Party || !Holds(g, now) {
			return s, false
		}
		s.without = g.Kept(inner.Only{}).Without
	}
	s.knows = MayKnow(&c.Case, v.Party, now)
	return s, true
}

// Sees is the one rule of who sees what: first need-to-know inside the team, then the audience (role, consent, the
// scope of the invitation, to whom it was addressed), then what the TLP label
// allows, then whether the way to the viewer protects it well enough.
func (s Sight) Sees(o object) bool {
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

func (s Sight) inAudience(o object) bool {
	if s.beyondCode(o) {
		return false
	}
	if o.source == s.p.ID {
		return true
	}
	if s.p.Gone() {
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
		return s.knows && !s.p.Limited && (s.p.ID == cvd.Owner || s.p.Details || s.p.Kept(inner.Only{}).Agreed)
	case matterStatement:
		return s.knows && s.inScope(o.vuln) && (o.shared || s.c.disclosed(o))
	}
	return false
}

// label applies TLP 2.0: RED is for those whom its source named, AMBER+STRICT
// for their organizations; AMBER and below go to who needs to know, whom the
// audience has settled. Publication relaxes no label: only its source does.
func (s Sight) label(o object) bool {
	switch o.label {
	case tlp.Unset, tlp.Amber, tlp.Green, tlp.Clear:
		return true
	}
	return o.source == s.p.ID || slices.Contains(o.to, s.p.ID)
}

func (s Sight) protected(o object) bool {
	if s.v.Over == cvd.ProtectNone {
		return true
	}
	m := cvd.Message{TLP: o.label, Require: o.require}
	if m.TLP == tlp.Unset {
		m.TLP = tlp.Amber
	}
	return max(m.Require, s.floor(&m)) <= s.v.Over
}

// inScope: an expert who was invited for certain vulnerabilities sees those.
func (s Sight) inScope(v cvd.VulnID) bool {
	return !s.p.Limited || v != 0 && slices.Contains(s.p.Scope, v)
}

// disclosed reports whether the team's publication of a vulnerability covers what
// is said of it: then, and here since, but not what another case has brought.
func (c *Folded) disclosed(o object) bool {
	v := inner.At(c.Vulnerabilities, o.vuln)
	return v != nil && !v.Published.IsZero() && (o.part <= v.Kept(inner.Only{}).PublishedPart || o.part == c.Part)
}

// hides reports whether an object came with another case that the participant
// knew nothing of. What was added here to something that came belongs to it.
func (s Sight) hides(o object) bool {
	switch o.matter {
	case matterDetails, matterReport, matterStatement, matterMessage:
	default:
		return false
	}
	if o.matter == matterReport && slices.Contains(s.p.Kept(inner.Only{}).Bare, o.part) {
		return true
	}
	if slices.Contains(s.p.Kept(inner.Only{}).Hidden, o.part) {
		return true
	}
	v := inner.At(s.c.Vulnerabilities, o.vuln)
	return v != nil && slices.Contains(s.p.Kept(inner.Only{}).Hidden, v.Kept(inner.Only{}).Part)
}

// beyondCode reports whether the code by which the viewer came does not open the part
// that an object belongs to.
func (s Sight) beyondCode(o object) bool {
	if len(s.without) == 0 || o.matter == matterTerms {
		return false
	}
	v := inner.At(s.c.Vulnerabilities, o.vuln)
	return slices.Contains(s.without, o.part) || v != nil && slices.Contains(s.without, v.Kept(inner.Only{}).Part)
}

// Consents reports whether a participant is bound by terms: a signatory, or one
// that has been asked about new terms and still has time to answer.
func Consents(p *cvd.Participant, now storage.Millis) bool {
	return p.Consent == vultron.Signatory || p.Consent == vultron.Lapsed && !p.AnswerBy.IsZero() && now <= storage.MillisOf(p.AnswerBy)
}

// Knows reports whether a participant may be told the details of the case: it is
// the owner, it has agreed to keep them secret, the details were given to it on
// purpose, or it began the case by its report. Whoever said no, or let its time
// pass, may not, until it says yes; nor does a publication change that.
func Knows(p *cvd.Participant, now storage.Millis) bool {
	switch {
	case p.ID == cvd.Owner:
		return true
	case p.Kept(inner.Only{}).Shut, p.Gone(), p.Consent == vultron.Declined, p.Consent == vultron.Lapsed && !Consents(p, now):
		return false
	}
	return p.Details || p.Kept(inner.Only{}).Began || p.Kept(inner.Only{}).Agreed
}

func MayKnow(c *cvd.Case, id cvd.PartyID, now storage.Millis) bool {
	p := c.Participant(id)
	if c.Submission.Quarantined && id != cvd.Owner {
		return false
	}
	return p != nil && Knows(p, now)
}

// What each part of a case is to the rule.

func objectAnnouncement(x *cvd.Announcement) object {
	return object{matter: matterDetails, source: x.By, part: x.Kept(inner.Only{}).Part}
}

func objectReport(x *cvd.Report) object {
	return object{matter: matterReport, source: x.Reporter, label: x.TLP, part: x.Kept(inner.Only{}).Part}
}

func objectVulnerability(x *cvd.Vulnerability) object {
	return object{matter: matterDetails, source: cvd.Owner, label: x.TLP, vuln: x.ID, part: x.Kept(inner.Only{}).Part}
}

func objectSeverity(x *cvd.Severity, v cvd.VulnID) object {
	return object{matter: matterDetails, source: x.By, label: x.TLP, vuln: v, part: x.Kept(inner.Only{}).Part}
}

func objectStatus(x *cvd.Status) object {
	return object{matter: matterStatement, source: x.Vendor, label: x.TLP, vuln: x.Vuln, stream: x.Stream, shared: x.Shared, part: x.Kept(inner.Only{}).Part}
}

// objectClaim of a claim: what it says of a vendor is a statement. So is what it says
// of the world, until it is adopted.
func objectClaim(x *cvd.Claim) object {
	o := evidence(x)
	if !x.What.OfVendor() && !x.Adopted.IsZero() {
		o.matter = matterDetails
	}
	return o
}

// evidence of a claim is its author's, and shared only on purpose.
func evidence(x *cvd.Claim) object {
	return object{matter: matterStatement, source: x.By, label: x.TLP, vuln: x.Vuln, stream: x.Stream, shared: x.Shared, part: x.Kept(inner.Only{}).Part}
}

func ObjectMessage(x *cvd.Message) object {
	o := object{matter: matterNotice, source: x.From, to: x.To, label: x.TLP, require: x.Require, topic: x.Topic, part: x.Kept(inner.Only{}).Part}
	switch x.Purpose {
	case cvd.PurposeMessage:
		o.matter = matterMessage
	case cvd.PurposeNote, cvd.PurposeUnverified:
		o.matter, o.source, o.to = matterOwn, cvd.Owner, nil
	}
	return o
}

// title of the case tells of all of its vulnerabilities; before there are any, it is
// that of a report.
func (c *Folded) titleObject() object {
	o := object{matter: matterDetails, source: cvd.Owner, part: c.TitlePart}
	if len(c.Vulnerabilities) == 0 && len(c.Reports) > 0 {
		o.label, o.to = c.Reports[0].TLP, []cvd.PartyID{c.Reports[0].Reporter}
	}
	for i := range c.Vulnerabilities {
		if l := c.Vulnerabilities[i].TLP; l != tlp.Unset && (o.label == tlp.Unset || l.Stricter(o.label)) {
			o.label = l
		}
	}
	return o
}
