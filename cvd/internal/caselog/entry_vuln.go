package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type VulnAdded struct {
	TLP tlp.Label
	// Published is when the team published it in another case, and PublishedPart the
	// part of this one that it published then.
	Published     time.Time
	PublishedPart uint32

	Title cvd.Private
}

func (*VulnAdded) RecordName() string { return "vuln.added/1" }

func (x *VulnAdded) Body(w *Wire) {
	label(w, &x.TLP)
	w.Instant(&x.Published)
	num(w, &x.PublishedPart)
}

func (x *VulnAdded) Private(w *Wire) { text(w, &x.Title) }

func (x *VulnAdded) apply(c *Folded, e *Envelope) {
	vs := mutable(c, ownVulns, &c.Vulnerabilities)
	id := cvd.VulnID(len(vs) + 1)
	v := cvd.Vulnerability{ID: id, TLP: x.TLP, Published: x.Published}
	v.Kept(inner.Only{}).Part, v.Kept(inner.Only{}).PublishedPart = c.Part, x.PublishedPart
	c.Vulnerabilities = append(vs, v)
	event(&c.Case, e, cvd.Event{Vuln: id})
}

func (x *VulnAdded) reveal(c *Folded, e *Envelope) {
	c.vuln(c.Events[e.Seq-1].Vuln).Title = x.Title
}

// VulnIdentified sets what is not empty.
type VulnIdentified struct {
	Vuln cvd.VulnID
	TLP  tlp.Label
	Mark uint64 // keyed hash of the CVE ID

	Title, CWE, CVE cvd.Private
}

func (*VulnIdentified) RecordName() string { return "vuln.identified/1" }

func (x *VulnIdentified) Body(w *Wire) {
	num(w, &x.Vuln)
	label(w, &x.TLP)
	num(w, &x.Mark)
}

func (x *VulnIdentified) Private(w *Wire) {
	text(w, &x.Title)
	text(w, &x.CWE)
	text(w, &x.CVE)
}

func (x *VulnIdentified) apply(c *Folded, e *Envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		if x.TLP != tlp.Unset {
			v.TLP = x.TLP
		}
		if x.Mark != 0 {
			v.Kept(inner.Only{}).Mark = x.Mark
		}
	}
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln})
}

func (x *VulnIdentified) reveal(c *Folded, _ *Envelope) {
	v := c.vuln(x.Vuln)
	if v == nil {
		return
	}
	if x.CVE != "" {
		v.Kept(inner.Only{}).CvePart = c.Part
	}
	if x.CWE != "" {
		v.Kept(inner.Only{}).CwePart = c.Part
	}
	for _, f := range []struct{ to, from *cvd.Private }{{&v.Title, &x.Title}, {&v.CWE, &x.CWE}, {&v.CVE, &x.CVE}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
}

// SeveritySet keeps the rating in clear, for lists and clocks, and the vector
// in private: it says how to attack.
type SeveritySet struct {
	Vuln   cvd.VulnID
	By     cvd.PartyID
	Rating cvd.Rating
	Tenths uint16 // of the score
	TLP    tlp.Label

	Vector, Source cvd.Private
	Justification  cvd.Private
}

func (*SeveritySet) RecordName() string { return "severity.set/1" }

func (x *SeveritySet) Body(w *Wire) {
	num(w, &x.Vuln)
	num(w, &x.By)
	num(w, &x.Rating)
	num(w, &x.Tenths)
	label(w, &x.TLP)
}

func (x *SeveritySet) Private(w *Wire) {
	text(w, &x.Vector)
	text(w, &x.Source)
	text(w, &x.Justification)
}

func (x *SeveritySet) apply(c *Folded, e *Envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		y := cvd.Severity{Seq: e.Seq, By: x.By, Rating: x.Rating, Score: float64(x.Tenths) / 10, TLP: x.TLP}
		y.Kept(inner.Only{}).Part = c.Part
		// Full slice expression: snapshots share the array and must not see this.
		v.Severity = append(v.Severity[:len(v.Severity):len(v.Severity)], y)
		if c.Part == 0 || x.Rating > v.Rating {
			v.Rating = x.Rating // what came with another case lowers nothing
		}
	}
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln, Party: x.By}.With(uint32(x.Tenths), uint16(x.Rating)))
}

func (x *SeveritySet) reveal(c *Folded, e *Envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		for i := range v.Severity {
			if s := &v.Severity[i]; s.Seq == e.Seq {
				s.Vector, s.Source, s.Justification = x.Vector, x.Source, x.Justification
			}
		}
	}
}

type StreamAdded struct {
	Vendor cvd.PartyID
	TLP    tlp.Label
	Tags   []storage.Term // keyed hashes of Name and PURL, for lists

	Name, Versions, PURL cvd.Private
}

func (*StreamAdded) RecordName() string { return "stream.added/1" }

func (x *StreamAdded) Body(w *Wire) {
	num(w, &x.Vendor)
	label(w, &x.TLP)
	many(w, &x.Tags, func(w *Wire, t *storage.Term) { text(w, t) })
}

func (x *StreamAdded) Private(w *Wire) {
	text(w, &x.Name)
	text(w, &x.Versions)
	text(w, &x.PURL)
}

func (x *StreamAdded) apply(c *Folded, e *Envelope) {
	id := cvd.StreamID(len(c.Streams) + 1)
	y := cvd.Stream{ID: id, Vendor: x.Vendor, TLP: x.TLP}
	y.Kept(inner.Only{}).Part, y.Kept(inner.Only{}).Tags = c.Part, x.Tags
	c.Streams = append(c.Streams, y)
	event(&c.Case, e, cvd.Event{Party: x.Vendor}.With(uint32(id), 0))
}

func (x *StreamAdded) reveal(c *Folded, e *Envelope) {
	s := &c.Streams[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	s.Name, s.Versions, s.PURL = x.Name, x.Versions, x.PURL
}

type StatusRecorded struct {
	Vuln     cvd.VulnID
	Vendor   cvd.PartyID
	Stream   cvd.StreamID
	Affected cvd.Affected
	TLP      tlp.Label
	Shared   bool
	At       time.Time // where it was said in another case; zero: now

	Fixed, Statement cvd.Private
}

func (*StatusRecorded) RecordName() string { return "status.recorded/1" }

func (x *StatusRecorded) Body(w *Wire) {
	num(w, &x.Vuln)
	num(w, &x.Vendor)
	num(w, &x.Stream)
	num(w, &x.Affected)
	label(w, &x.TLP)
	w.flag(&x.Shared)
	w.Instant(&x.At)
}

func (x *StatusRecorded) Private(w *Wire) {
	text(w, &x.Fixed)
	text(w, &x.Statement)
}

func (x *StatusRecorded) apply(c *Folded, e *Envelope) {
	s := c.status(x.Vuln, x.Vendor, x.Stream)
	s.Affected, s.Recorded, s.TLP, s.Shared, s.Kept(inner.Only{}).Part = x.Affected, e.or(x.At), x.TLP, x.Shared, c.Part
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln, Party: x.Vendor}.With(uint32(x.Stream), uint16(x.Affected)))
}

func (x *StatusRecorded) reveal(c *Folded, _ *Envelope) {
	s := c.status(x.Vuln, x.Vendor, x.Stream)
	s.Fixed, s.Statement = x.Fixed, x.Statement
}
