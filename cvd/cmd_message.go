package cvd

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// PostMessage sends a text from one participant to others, each through its own
// routes. Without To it is a note of the team, and goes nowhere.
//
// What came in from a participant is posted with its Provenance, once the host
// knows by what the sender is known; what nobody vouches for is PostUnverified. A
// message whose IDs the case has is not posted again: Do returns the case with
// Repeated set.
type PostMessage struct {
	Party       PartyID        // 0: the owner
	Topic       TopicID        // 0: none. A message in a topic without To goes to all of it who may be told
	To          []PartyID      // the recipients; none: a note of the team
	Subject     Private        // not sent in clear: the subject of a mail is the case number
	Text        Private        // at most Limits.Text
	TLP         tlp.Label      // unset: TLP:AMBER
	Require     Protection     // more than Config.Floor demands
	Attachments []AttachmentID // of the case, which the recipients see with it
	InReplyTo   MessageID      // the message that it answers
	Provenance  Provenance     // how it came in; zero: it was written here

	// Statements are what a vendor says of its products, and Go or Hold, not both,
	// what it says to the planned release. Nothing of it acts before AdoptStatements.
	Statements []Statement
	Go, Hold   bool // Go and Hold: see Statements

	// Original is the message as it came. It is streamed to Config.Blobs, and seen
	// by the team and its sender only.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
	Files        []File    // that are added to the case with it
}

func (x PostMessage) decide(d *decision) error {
	k := d.check().line("Subject", x.Subject).text("Text", x.Text).
		needed("Text", x.Text == "" && len(x.Attachments)+len(x.Files)+len(x.Statements) == 0 && !x.Go && !x.Hold).
		label("TLP", x.TLP).enum("Require", uint8(x.Require), uint8(ProtectSealed)).
		count("To", len(x.To), d.s.cfg.Limits.Recipients).
		count("Attachments", len(x.Attachments), d.s.cfg.Limits.Items).
		provenance(x.Provenance).line("OriginalType", x.OriginalType).files(x.Files)
	if k.err != nil {
		return k.err
	}
	from, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	m := &messagePosted{
		Purpose: PurposeMessage, From: from, TLP: orAmber(x.TLP), Require: x.Require,
		Attachments: x.Attachments, Subject: x.Subject, Text: x.Text,
		InReplyTo: x.InReplyTo, Provenance: x.Provenance,
		Go: x.Go, Hold: x.Hold,
	}
	if m.Topic = x.Topic; m.Topic != 0 {
		if x.To, err = d.members(x.Topic, from, x.To); err != nil {
			return err
		}
	}
	for _, to := range x.To {
		if _, err := d.must(to); err != nil {
			return err
		}
		if to == from || slices.Contains(m.To, to) {
			continue
		}
		if !d.c.mayKnow(to, d.now) {
			return d.refuse(RuleAudience, "participant %d is %s and has not agreed to the embargo", to, d.c.Participants[to-1].Consent)
		}
		m.To = append(m.To, to)
	}
	for _, a := range x.Attachments {
		f := at(d.c.Attachments, a)
		if f == nil {
			return d.refuse(RuleKnown, "attachment %d of %d", a, len(d.c.Attachments))
		}
		m.TLP = tlp.Strictest(m.TLP, f.TLP)
	}
	if len(m.To) == 0 {
		if len(x.To) > 0 {
			return d.bad("To", "it names only the sender", nil)
		}
		m.Purpose = PurposeNote
	}
	if err := d.checkReply(m, x.Statements); err != nil {
		return err
	}
	return d.bring(m, x.Original != nil, x.OriginalType, x.Files)
}

// checkReply checks what a message refers to and states.
func (d *decision) checkReply(m *messagePosted, says []Statement) error {
	if m.InReplyTo != 0 && at(d.c.Messages, m.InReplyTo) == nil {
		return d.refuse(RuleKnown, "message %d of %d", m.InReplyTo, len(d.c.Messages))
	}
	return d.states(m, says)
}

// bring posts a message with the files that it brings along.
func (d *decision) bring(m *messagePosted, original bool, typ Private, files []File) error {
	if err := d.notKnown(d.s.keysOf(m.Provenance.IDs)); err != nil {
		return err
	}
	from := fileAttached{From: cmp.Or(m.From, m.Claimed), TLP: m.TLP, Unverified: m.Purpose == PurposeUnverified}
	if original {
		from.Name, from.Type = "original", typ
		m.Original = d.attachAs(from)
	}
	m.Attachments = append(slices.Clip(m.Attachments), d.attachFiles(from, files)...)
	for _, a := range m.Attachments {
		m.TLP = tlp.Strictest(m.TLP, d.c.Attachments[a-1].TLP)
	}
	d.post(m)
	return nil
}

// post records a message and queues its deliveries.
func (d *decision) post(m *messagePosted) {
	if d.by.Silent && m.Purpose != PurposeMessage && m.Purpose != PurposeNote && m.Purpose != PurposeUnverified {
		return // the library's own
	}
	d.emit(m)
	ref := d.c.Seq
	for _, to := range m.To {
		d.enqueue(ref, to)
	}
}

// enqueue asks for a delivery of the message that a record holds.
func (d *decision) enqueue(ref Seq, to PartyID) {
	if d.c.Participants[to-1].Routable && !d.by.Silent {
		d.change.Enqueue = append(d.change.Enqueue, storage.Delivery{Case: d.c.ID, Lane: lane(d.c.ID, to), Ref: ref, At: d.now})
	}
}

// tell sends one of the library's own messages, which say nothing of the
// matter; added is what the team adds.
func (d *decision) tell(p Purpose, about uint32, added Private, to ...PartyID) {
	label := tlp.Green
	if added != "" {
		label = tlp.Amber
	}
	if p == PurposePublished {
		label = tlp.Clear
	}
	d.post(&messagePosted{Purpose: p, From: Owner, To: to, TLP: label, About: about, Text: added})
}

// tellOthers tells every participant of something about the embargo, but for
// the one whose doing it is and the owner: also those who declined or have not
// answered, and those who closed their part but were asked to consent.
func (d *decision) tellOthers(p Purpose, about uint32, by PartyID) { d.tellOthersWhy(p, about, by, "") }

func (d *decision) tellOthersWhy(p Purpose, about uint32, by PartyID, why Private) {
	if to := d.concerned(by); len(to) > 0 {
		d.tell(p, about, why, to...)
	}
}

func (d *decision) concerned(by PartyID) (to []PartyID) {
	for _, q := range d.c.Participants {
		if q.ID != Owner && q.ID != by && !q.gone() && (q.RM != vultron.RMClosed || q.Consent != vultron.NoEmbargo) {
			to = append(to, q.ID)
		}
	}
	return to
}

func (d *decision) note(text Private) {
	if text != "" {
		d.emit(&messagePosted{Purpose: PurposeNote, From: Owner, TLP: tlp.Amber, Text: text})
	}
}

// Publish records that the team discloses vulnerabilities, which are public from
// then on. The others of the case stay secret; the embargo ends when nothing is
// left under it. It publishes nothing itself; the host puts the advisory where
// the public finds it. What is to be disclosed on different dates under an
// embargo is parted by Split.
type Publish struct {
	At         time.Time `json:",omitzero"` // zero: now
	Advisories []string  // public addresses or numbers of the advisories
	// SHA256 are digests of the documents at Advisories, in the same order, in
	// hexadecimal: the record of what was published. Empty: they are not known.
	SHA256 []string
	// Vulnerabilities are those that are disclosed. Empty: all that have a fix or
	// are public already. One without a fix is disclosed only if it is named.
	Vulnerabilities []VulnID
	// Advisory is what is published, if it is to be checked: it must be
	// TLP:CLEAR, no draft, free of faults, and pass Config.CheckAdvisory. The
	// case keeps a digest of it; SaveDraft keeps documents.
	Advisory *advisory.Advisory
	// Emergency is the reason to publish past a planned release, which two people
	// have not approved or whose instant has not come: by one person, who is named,
	// and only what is public, exploited or attacked already. "": no emergency.
	Emergency Private
}

func (x Publish) decide(d *decision) error {
	k := d.check().happened("At", x.At).text("Emergency", x.Emergency).count("Advisories", len(x.Advisories), d.s.cfg.Limits.Items)
	for _, a := range x.Advisories {
		k.needed("Advisories", a == "").line("Advisories", Private(a))
	}
	if n := len(x.SHA256); n > 0 && n != len(x.Advisories) {
		k.fail("SHA256", fmt.Sprintf("there are %d, and %d advisories", n, len(x.Advisories)), nil)
	}
	for _, h := range x.SHA256 {
		if b, err := hex.DecodeString(h); err != nil || len(b) != sha256.Size {
			k.fail("SHA256", "one is not of 64 hexadecimal digits", err)
		}
	}
	if k.err != nil {
		return k.err
	}
	if rm := d.c.RM(); rm != vultron.RMAccepted {
		return d.refuse(RuleAssessed, "the case is %s", rm)
	}
	if err := d.checkAdvisory(x.Advisory); err != nil {
		return err
	}
	if x.At.IsZero() {
		x.At = d.now.Time()
	}
	past := x.Emergency != "" && d.c.Release.planned()
	if err := d.released(); d.c.Release.planned() && !past && err != nil {
		return err
	}
	vulns, covers, err := d.disclosed(x.Vulnerabilities)
	if err != nil {
		return err
	}
	if err := d.emergency(vulns); past && err != nil {
		return err
	}
	if ends, ok := d.c.Embargo.Ends(); ok && covers && d.c.Embargo.State.InForce() && storage.MillisOf(ends) > d.now {
		return d.refuse(RuleEmbargoHolds, "it ends at %s", ends.Format(time.RFC3339))
	}
	d.emit(&casePublished{At: x.At, Unchecked: x.Advisory == nil || d.s.cfg.CheckAdvisory == nil, Advisories: x.Advisories, SHA256: x.SHA256, Model: modelHash(x.Advisory), Vulns: vulns, Emergency: past, Reason: x.Emergency})
	for _, v := range vulns {
		if !d.c.Vulnerabilities[v-1].State.Has(vultron.CSPublicAware) {
			d.emit(&claimMade{What: vultron.PublicAware, Vuln: v, By: Owner, Observed: x.At})
			d.emit(&claimAdopted{Claim: ClaimID(len(d.c.Claims))})
		}
	}
	to := d.concerned(Owner) // before the end makes everybody's consent void
	if s := d.c.Embargo.State; !d.c.secretLeft() && (s.InForce() || s == vultron.EMProposed) {
		d.endSilently(EndPublished, "") // one message tells both
	}
	if len(to) > 0 {
		d.tell(PurposePublished, uint32(len(d.c.Publications)), "", to...)
	}
	return nil
}

// disclosed returns what a publication is about, and whether an embargo could
// cover a part of it.
func (d *decision) disclosed(named []VulnID) (out []VulnID, covers bool, err error) {
	if err := d.check().count("Vulnerabilities", len(named), len(d.c.Vulnerabilities)).err; err != nil {
		return nil, false, err
	}
	for _, id := range sorted(named) {
		if id == 0 {
			return nil, false, d.bad("Vulnerabilities", "0 is none", nil)
		}
		if _, err := d.mustVuln(id); err != nil {
			return nil, false, err
		}
		out = append(out, id)
	}
	if len(named) == 0 {
		for i := range d.c.Vulnerabilities {
			v := &d.c.Vulnerabilities[i]
			if v.MovedTo == (CaseID{}) && (v.State.Has(vultron.CSPublicAware) || d.c.Kind != KindVulnerability || d.c.fixed(v.ID)) {
				out = append(out, v.ID)
			}
		}
		if ends, ok := d.c.Embargo.Ends(); len(out) == 0 && ok && d.c.Embargo.State.InForce() && storage.MillisOf(ends) > d.now {
			return nil, false, d.refuse(RuleEmbargoHolds, "it ends at %s", ends.Format(time.RFC3339))
		}
		if len(out) == 0 {
			return nil, false, d.refuse(RulePublishFix, "none of %d vulnerabilities has a fix", len(d.c.Vulnerabilities))
		}
	}
	for _, id := range out {
		covers = covers || d.c.Vulnerabilities[id-1].covered()
	}
	return out, covers, nil
}

// fixed reports whether a vendor is known to have a fix for a vulnerability. A
// statement alone is not enough: what it derived may have been taken back.
func (c *Case) fixed(id VulnID) bool {
	return slices.ContainsFunc(c.Statuses, func(s Status) bool {
		return s.Vuln == id && s.State.Has(vultron.CSFixReady)
	})
}

// modelHash is a digest of an advisory as its model, whatever the format.
func modelHash(a *advisory.Advisory) string {
	b, err := json.Marshal(a)
	if a == nil || err != nil {
		return ""
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func (d *decision) checkAdvisory(a *advisory.Advisory) error {
	if a == nil {
		return nil
	}
	if a.TLP != tlp.Clear {
		return d.refuse(RuleAdvisoryTLP, "it is labelled %q", a.TLP)
	}
	if a.Tracking.Status != advisory.Interim && a.Tracking.Status != advisory.Final {
		return d.bad("Advisory", "it is a draft; Release makes it public", nil)
	}
	if ps := a.Check(); len(ps) > 0 {
		return d.bad("Advisory", fmt.Sprintf("it has %d faults; its Check lists them", len(ps)), nil)
	}
	if d.s.cfg.CheckAdvisory != nil {
		if err := d.hostCheck(a); err != nil {
			return d.bad("Advisory", "Config.CheckAdvisory refuses it", err)
		}
	}
	return nil
}
