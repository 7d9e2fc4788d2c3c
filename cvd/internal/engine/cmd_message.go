package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decidePostMessage(x cvd.PostMessage) error {
	k := d.check().line("Subject", x.Subject).text("Text", x.Text).
		needed("Text", x.Text == "" && len(x.Attachments)+len(x.Files)+len(x.Statements) == 0 && !x.Go && !x.Hold).
		label("TLP", x.TLP).enum("Require", uint8(x.Require), uint8(cvd.ProtectSealed)).
		count("To", len(x.To), d.s.Cfg.Limits.Recipients).
		count("Attachments", len(x.Attachments), d.s.Cfg.Limits.Items).
		provenance(x.Provenance).line("OriginalType", x.OriginalType).files(x.Files)
	if k.err != nil {
		return k.err
	}
	from, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	m := &caselog.MessagePosted{
		Purpose: cvd.PurposeMessage, From: from, TLP: caselog.OrAmber(x.TLP), Require: x.Require,
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
		if !caselog.MayKnow(&d.c.Case, to, d.now) {
			return d.refuse(cvd.RuleAudience, "participant %d is %s and has not agreed to the embargo", to, d.c.Participants[to-1].Consent)
		}
		m.To = append(m.To, to)
	}
	for _, a := range x.Attachments {
		f := inner.At(d.c.Attachments, a)
		if f == nil {
			return d.refuse(cvd.RuleKnown, "attachment %d of %d", a, len(d.c.Attachments))
		}
		m.TLP = tlp.Strictest(m.TLP, f.TLP)
	}
	if len(m.To) == 0 {
		if len(x.To) > 0 {
			return d.bad("To", "it names only the sender", nil)
		}
		m.Purpose = cvd.PurposeNote
	}
	if err := d.checkReply(m, x.Statements); err != nil {
		return err
	}
	return d.bring(m, x.Original != nil, x.OriginalType, x.Files)
}

// checkReply checks what a message refers to and states.
func (d *Decision) checkReply(m *caselog.MessagePosted, says []cvd.Statement) error {
	if m.InReplyTo != 0 && inner.At(d.c.Messages, m.InReplyTo) == nil {
		return d.refuse(cvd.RuleKnown, "message %d of %d", m.InReplyTo, len(d.c.Messages))
	}
	return d.states(m, says)
}

// bring posts a message with the files that it brings along.
func (d *Decision) bring(m *caselog.MessagePosted, original bool, typ cvd.Private, files []cvd.File) error {
	if err := d.notKnown(d.s.KeysOf(m.Provenance.IDs)); err != nil {
		return err
	}
	from := caselog.FileAttached{From: cmp.Or(m.From, m.Claimed), TLP: m.TLP, Unverified: m.Purpose == cvd.PurposeUnverified}
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
func (d *Decision) post(m *caselog.MessagePosted) {
	if d.by.Silent && m.Purpose != cvd.PurposeMessage && m.Purpose != cvd.PurposeNote && m.Purpose != cvd.PurposeUnverified {
		return // the library's own
	}
	d.emit(m)
	ref := d.c.Seq
	for _, to := range m.To {
		d.enqueue(ref, to)
	}
}

// enqueue asks for a delivery of the message that a record holds.
func (d *Decision) enqueue(ref cvd.Seq, to cvd.PartyID) {
	if d.c.Participants[to-1].Routable && !d.by.Silent {
		d.change.Enqueue = append(d.change.Enqueue, storage.Delivery{Case: d.c.ID, Lane: caselog.Lane(d.c.ID, to), Ref: ref, At: d.now})
	}
}

// tell sends one of the library's own messages, which say nothing of the
// matter; added is what the team adds.
func (d *Decision) tell(p cvd.Purpose, about uint32, added cvd.Private, to ...cvd.PartyID) {
	label := tlp.Green
	if added != "" {
		label = tlp.Amber
	}
	if p == cvd.PurposePublished {
		label = tlp.Clear
	}
	d.post(&caselog.MessagePosted{Purpose: p, From: cvd.Owner, To: to, TLP: label, About: about, Text: added})
}

// tellOthers tells every participant of something about the embargo, but for
// the one whose doing it is and the owner: also those who declined or have not
// answered, and those who closed their part but were asked to consent.
func (d *Decision) tellOthers(p cvd.Purpose, about uint32, by cvd.PartyID) {
	d.tellOthersWhy(p, about, by, "")
}

func (d *Decision) tellOthersWhy(p cvd.Purpose, about uint32, by cvd.PartyID, why cvd.Private) {
	if to := d.concerned(by); len(to) > 0 {
		d.tell(p, about, why, to...)
	}
}

func (d *Decision) concerned(by cvd.PartyID) (to []cvd.PartyID) {
	for _, q := range d.c.Participants {
		if q.ID != cvd.Owner && q.ID != by && !q.Gone() && (q.RM != vultron.RMClosed || q.Consent != vultron.NoEmbargo) {
			to = append(to, q.ID)
		}
	}
	return to
}

func (d *Decision) note(text cvd.Private) {
	if text != "" {
		d.emit(&caselog.MessagePosted{Purpose: cvd.PurposeNote, From: cvd.Owner, TLP: tlp.Amber, Text: text})
	}
}

func (d *Decision) decidePublish(x cvd.Publish) error {
	k := d.check().happened("At", x.At).text("Emergency", x.Emergency).count("Advisories", len(x.Advisories), d.s.Cfg.Limits.Items)
	for _, a := range x.Advisories {
		k.needed("Advisories", a == "").line("Advisories", cvd.Private(a))
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
		return d.refuse(cvd.RuleAssessed, "the case is %s", rm)
	}
	if err := d.checkAdvisory(x.Advisory); err != nil {
		return err
	}
	if x.At.IsZero() {
		x.At = d.now.Time()
	}
	past := x.Emergency != "" && d.c.Release.IsPlanned()
	if err := d.released(); d.c.Release.IsPlanned() && !past && err != nil {
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
		return d.refuse(cvd.RuleEmbargoHolds, "it ends at %s", ends.Format(time.RFC3339))
	}
	d.emit(&caselog.CasePublished{At: x.At, Unchecked: x.Advisory == nil || d.s.Cfg.CheckAdvisory == nil, Advisories: x.Advisories, SHA256: x.SHA256, Model: modelHash(x.Advisory), Vulns: vulns, Emergency: past, Reason: x.Emergency})
	for _, v := range vulns {
		if !d.c.Vulnerabilities[v-1].State.Has(vultron.CSPublicAware) {
			d.emit(&caselog.ClaimMade{What: vultron.PublicAware, Vuln: v, By: cvd.Owner, Observed: x.At})
			d.emit(&caselog.ClaimAdopted{Claim: cvd.ClaimID(len(d.c.Claims))})
		}
	}
	to := d.concerned(cvd.Owner) // before the end makes everybody's consent void
	if s := d.c.Embargo.State; !caselog.SecretLeft(&d.c.Case) && (s.InForce() || s == vultron.EMProposed) {
		d.endSilently(cvd.EndPublished, "") // one message tells both
	}
	if len(to) > 0 {
		d.tell(cvd.PurposePublished, uint32(len(d.c.Publications)), "", to...)
	}
	return nil
}

// disclosed returns what a publication is about, and whether an embargo could
// cover a part of it.
func (d *Decision) disclosed(named []cvd.VulnID) (out []cvd.VulnID, covers bool, err error) {
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
			if v.MovedTo == (cvd.CaseID{}) && (v.State.Has(vultron.CSPublicAware) || d.c.Kind != cvd.KindVulnerability || fixed(&d.c.Case, v.ID)) {
				out = append(out, v.ID)
			}
		}
		if ends, ok := d.c.Embargo.Ends(); len(out) == 0 && ok && d.c.Embargo.State.InForce() && storage.MillisOf(ends) > d.now {
			return nil, false, d.refuse(cvd.RuleEmbargoHolds, "it ends at %s", ends.Format(time.RFC3339))
		}
		if len(out) == 0 {
			return nil, false, d.refuse(cvd.RulePublishFix, "none of %d vulnerabilities has a fix", len(d.c.Vulnerabilities))
		}
	}
	for _, id := range out {
		covers = covers || caselog.Covered(&d.c.Vulnerabilities[id-1])
	}
	return out, covers, nil
}

// fixed reports whether a vendor is known to have a fix for a vulnerability. A
// statement alone is not enough: what it derived may have been taken back.
func fixed(c *cvd.Case, id cvd.VulnID) bool {
	return slices.ContainsFunc(c.Statuses, func(s cvd.Status) bool {
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

func (d *Decision) checkAdvisory(a *advisory.Advisory) error {
	if a == nil {
		return nil
	}
	if a.TLP != tlp.Clear {
		return d.refuse(cvd.RuleAdvisoryTLP, "it is labelled %q", a.TLP)
	}
	if a.Tracking.Status != advisory.Interim && a.Tracking.Status != advisory.Final {
		return d.bad("Advisory", "it is a draft; Release makes it public", nil)
	}
	if ps := a.Check(); len(ps) > 0 {
		return d.bad("Advisory", fmt.Sprintf("it has %d faults; its Check lists them", len(ps)), nil)
	}
	if d.s.Cfg.CheckAdvisory != nil {
		if err := d.hostCheck(a); err != nil {
			return d.bad("Advisory", "Config.CheckAdvisory refuses it", err)
		}
	}
	return nil
}
