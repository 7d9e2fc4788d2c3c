package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type vulnAdded struct {
	TLP tlp.Label
	// Published is when the team published it in another case, and PublishedPart the
	// part of this one that it published then.
	Published     time.Time
	PublishedPart uint32

	Title Private
}

func (*vulnAdded) name() string { return "vuln.added/1" }
func (x *vulnAdded) body(w *wire) {
	label(w, &x.TLP)
	w.instant(&x.Published)
	num(w, &x.PublishedPart)
}
func (x *vulnAdded) private(w *wire) { text(w, &x.Title) }
func (x *vulnAdded) apply(c *folded, e *envelope) {
	vs := mutable(c, ownVulns, &c.Vulnerabilities)
	id := VulnID(len(vs) + 1)
	v := Vulnerability{ID: id, TLP: x.TLP, Published: x.Published}
	v.part, v.publishedPart = c.part, x.PublishedPart
	c.Vulnerabilities = append(vs, v)
	c.event(e, Event{Vuln: id})
}
func (x *vulnAdded) reveal(c *folded, e *envelope) {
	c.vuln(c.Events[e.seq-1].Vuln).Title = x.Title
}

// vulnIdentified sets what is not empty.
type vulnIdentified struct {
	Vuln VulnID
	TLP  tlp.Label
	Mark uint64 // keyed hash of the CVE ID

	Title, CWE, CVE Private
}

func (*vulnIdentified) name() string { return "vuln.identified/1" }
func (x *vulnIdentified) body(w *wire) {
	num(w, &x.Vuln)
	label(w, &x.TLP)
	num(w, &x.Mark)
}
func (x *vulnIdentified) private(w *wire) {
	text(w, &x.Title)
	text(w, &x.CWE)
	text(w, &x.CVE)
}
func (x *vulnIdentified) apply(c *folded, e *envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		if x.TLP != tlp.Unset {
			v.TLP = x.TLP
		}
		if x.Mark != 0 {
			v.mark = x.Mark
		}
	}
	c.event(e, Event{Vuln: x.Vuln})
}
func (x *vulnIdentified) reveal(c *folded, _ *envelope) {
	v := c.vuln(x.Vuln)
	if v == nil {
		return
	}
	if x.CVE != "" {
		v.cvePart = c.part
	}
	if x.CWE != "" {
		v.cwePart = c.part
	}
	for _, f := range []struct{ to, from *Private }{{&v.Title, &x.Title}, {&v.CWE, &x.CWE}, {&v.CVE, &x.CVE}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
}

// severitySet keeps the rating in clear, for lists and clocks, and the vector
// in private: it says how to attack.
type severitySet struct {
	Vuln   VulnID
	By     PartyID
	Rating Rating
	Tenths uint16 // of the score
	TLP    tlp.Label

	Vector, Source Private
	Justification  Private
}

func (*severitySet) name() string { return "severity.set/1" }
func (x *severitySet) body(w *wire) {
	num(w, &x.Vuln)
	num(w, &x.By)
	num(w, &x.Rating)
	num(w, &x.Tenths)
	label(w, &x.TLP)
}
func (x *severitySet) private(w *wire) {
	text(w, &x.Vector)
	text(w, &x.Source)
	text(w, &x.Justification)
}
func (x *severitySet) apply(c *folded, e *envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		y := Severity{Seq: e.seq, By: x.By, Rating: x.Rating, Score: float64(x.Tenths) / 10, TLP: x.TLP}
		y.part = c.part
		// Full slice expression: snapshots share the array and must not see this.
		v.Severity = append(v.Severity[:len(v.Severity):len(v.Severity)], y)
		if c.part == 0 || x.Rating > v.Rating {
			v.Rating = x.Rating // what came with another case lowers nothing
		}
	}
	c.event(e, Event{Vuln: x.Vuln, Party: x.By}.With(uint32(x.Tenths), uint16(x.Rating)))
}
func (x *severitySet) reveal(c *folded, e *envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		for i := range v.Severity {
			if s := &v.Severity[i]; s.Seq == e.seq {
				s.Vector, s.Source, s.Justification = x.Vector, x.Source, x.Justification
			}
		}
	}
}

type streamAdded struct {
	Vendor PartyID
	TLP    tlp.Label
	Tags   []storage.Term // keyed hashes of Name and PURL, for lists

	Name, Versions, PURL Private
}

func (*streamAdded) name() string { return "stream.added/1" }
func (x *streamAdded) body(w *wire) {
	num(w, &x.Vendor)
	label(w, &x.TLP)
	many(w, &x.Tags, func(w *wire, t *storage.Term) { text(w, t) })
}
func (x *streamAdded) private(w *wire) {
	text(w, &x.Name)
	text(w, &x.Versions)
	text(w, &x.PURL)
}
func (x *streamAdded) apply(c *folded, e *envelope) {
	id := StreamID(len(c.Streams) + 1)
	y := Stream{ID: id, Vendor: x.Vendor, TLP: x.TLP}
	y.part, y.tags = c.part, x.Tags
	c.Streams = append(c.Streams, y)
	c.event(e, Event{Party: x.Vendor}.With(uint32(id), 0))
}
func (x *streamAdded) reveal(c *folded, e *envelope) {
	s := &c.Streams[c.Events[e.seq-1].ref-1]
	s.Name, s.Versions, s.PURL = x.Name, x.Versions, x.PURL
}

type statusRecorded struct {
	Vuln     VulnID
	Vendor   PartyID
	Stream   StreamID
	Affected Affected
	TLP      tlp.Label
	Shared   bool
	At       time.Time // where it was said in another case; zero: now

	Fixed, Statement Private
}

func (*statusRecorded) name() string { return "status.recorded/1" }
func (x *statusRecorded) body(w *wire) {
	num(w, &x.Vuln)
	num(w, &x.Vendor)
	num(w, &x.Stream)
	num(w, &x.Affected)
	label(w, &x.TLP)
	w.flag(&x.Shared)
	w.instant(&x.At)
}
func (x *statusRecorded) private(w *wire) {
	text(w, &x.Fixed)
	text(w, &x.Statement)
}
func (x *statusRecorded) apply(c *folded, e *envelope) {
	s := c.status(x.Vuln, x.Vendor, x.Stream)
	s.Affected, s.Recorded, s.TLP, s.Shared, s.part = x.Affected, e.or(x.At), x.TLP, x.Shared, c.part
	c.event(e, Event{Vuln: x.Vuln, Party: x.Vendor}.With(uint32(x.Stream), uint16(x.Affected)))
}
func (x *statusRecorded) reveal(c *folded, _ *envelope) {
	s := c.status(x.Vuln, x.Vendor, x.Stream)
	s.Fixed, s.Statement = x.Fixed, x.Statement
}
