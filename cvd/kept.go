package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// What is not for hosts: what folding a log, deciding and showing need of a value
// besides its public fields. It goes where the value goes, and no encoder and no host
// sees it. The packages cvd/internal/caselog, cvd/internal/engine and cvd/service read
// it by the method Kept.

type reportKept struct {
	Seq    Seq
	Part   uint32
	Sketch []uint32      // of its words, and …
	Marks  []uint64      // … of some of them: see Similar
	Veiled bool          // both are sealed, and not read yet: see unveil
	Keys   []storage.Key // that lead to it; only in a full case
	Past   bool          // it came by an import: nobody has yet to read it
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (r *Report) Kept(inner.Only) *reportKept { return &r.kept }

type vulnerabilityKept struct {
	Mark                                             uint64 // of its CVE ID: see Similar
	Part, CwePart, CvePart, PublishedPart, WordsPart uint32
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (v *Vulnerability) Kept(inner.Only) *vulnerabilityKept { return &v.kept }

type severityKept struct {
	Part uint32
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (s *Severity) Kept(inner.Only) *severityKept { return &s.kept }

type streamKept struct {
	Groups [][]storage.Term
	Part   uint32
	Tags   []storage.Term // keyed hashes of its name and PURL
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (s *Stream) Kept(inner.Only) *streamKept { return &s.kept }

type statusKept struct {
	Part uint32
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (s *Status) Kept(inner.Only) *statusKept { return &s.kept }

type participantKept struct {
	Identity storage.Term
	Threads  []Private // tokens that lead to it, the one in use first; only in a full case
	ByMail   bool      // identity is its e-mail address
	Statuses []int32   // indexes into Case.Statuses
	Began    bool      // its report began the case, so the case is its own matter
	Agreed   bool      // it has said yes itself to terms of secrecy
	Shut     bool      // it declined, withdrew or let its time pass: it sees no more until it agrees
	Hidden   []uint32  // parts of the case that it may not see; see caselog.PartBegun
	Bare     []uint32  // parts of which it may not see others' reports
	Part     uint32
	Of       *inner.Hand    // whose it is to change
	Asked    storage.Millis // when AnswerBy was set
	Reminded uint8          // of AnswerBy: 1, the participant was; 2, the team was told that it has passed
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (p *Participant) Kept(inner.Only) *participantKept { return &p.kept }

type proposalKept struct {
	Tacitly []PartyID // of Agreed, who has not said so
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (p *Proposal) Kept(inner.Only) *proposalKept { return &p.kept }

type claimKept struct {
	Part    uint32
	Follows ClaimID // the claim that it came with: a public exploit tells the public
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (c *Claim) Kept(inner.Only) *claimKept { return &c.kept }

type messageKept struct {
	Part uint32
	Past bool // as in Report
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (m *Message) Kept(inner.Only) *messageKept { return &m.kept }

type attachmentKept struct {
	Seq  Seq
	Part uint32
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (a *Attachment) Kept(inner.Only) *attachmentKept { return &a.kept }

type grantKept struct {
	Key   storage.Key
	Leads bool     // the key leads to this case
	Moved CaseID   // the case that it leads to since this one went on there
	Cases []CaseID // which it opens too
	// without are parts of the case that came with a participant that was taken for
	// this one, by an address: the holder of the code may be somebody else.
	Without []uint32
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (g *Grant) Kept(inner.Only) *grantKept { return &g.kept }

type cveRecordKept struct {
	Mark uint64 // of CVE
	Seq  Seq
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (c *CVERecord) Kept(inner.Only) *cveRecordKept { return &c.kept }

type draftKept struct {
	Tag storage.Term
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (d *Draft) Kept(inner.Only) *draftKept { return &d.kept }

type ssvcDecisionKept struct {
	Seq Seq
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (s *SSVCDecision) Kept(inner.Only) *ssvcDecisionKept { return &s.kept }

type eventKept struct {
	Ref    uint32 // the number of what it is about
	Detail uint16 // the state or outcome that it led to
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (e *Event) Kept(inner.Only) *eventKept { return &e.kept }

type summaryKept struct {
	Who           storage.Term
	Titled, Named Seq
	Title, Name   storage.Hash // of the private parts of those records
	Sketches      []byte
	Groups        [][]storage.Term // that see it: see Case.GroupTags
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (s *Summary) Kept(inner.Only) *summaryKept { return &s.kept }

type announcementKept struct {
	Part uint32
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (a *Announcement) Kept(inner.Only) *announcementKept { return &a.kept }

type releaseOutputKept struct {
	Until time.Time
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (r *ReleaseOutput) Kept(inner.Only) *releaseOutputKept { return &r.kept }

type renderingKept struct {
	Ended EndReason                 // a publication says this too: why the embargo ended just before
	Seen  func(PartyID) Participant // as the recipient sees it; nil: as Case has it
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (r *Rendering) Kept(inner.Only) *renderingKept { return &r.kept }

type byKept struct {
	Sum inner.Sum // of what is asked
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (b *By) Kept(inner.Only) *byKept { return &b.kept }

type submissionKept struct {
	By []uint32 // who dismissed it, as actors
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (s *Submission) Kept(inner.Only) *submissionKept { return &s.kept }

type uploadKept struct {
	Made storage.Millis
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (u *Upload) Kept(inner.Only) *uploadKept { return &u.kept }

type viewerKept struct {
	Tags  []storage.Term // keyed hashes of Groups
	Every bool           // Groups has EveryGroup
}

// Kept is for the packages of cvd: nobody else can name an inner.Only.
func (v *Viewer) Kept(inner.Only) *viewerKept { return &v.kept }

// CountIn adds a participant to the sums of vendors, if it is one of them. It is for
// the packages beneath cvd.
func (p *Participant) CountIn(_ inner.Only, v *inner.VendorSums) {
	if p.ID == Owner || p.Roles&RoleVendor == 0 || p.Gone() {
		return
	}
	if v.All++; v.Contacted.IsZero() || p.Joined.Before(v.Contacted) {
		v.Contacted = p.Joined
	}
	if p.Answered.IsZero() {
		v.Silent++
	}
	v.Answered = inner.Later(v.Answered, p.Answered)
}

// CountVendors sums up the vendors of a case. It is for the packages beneath cvd.
func (c *Case) CountVendors(inner.Only) (v inner.VendorSums) {
	for i := range c.Participants {
		c.Participants[i].CountIn(inner.Only{}, &v)
	}
	return v
}
