package engine

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// carrier copies parts of one case into another: Merge, Split and Reopen use it.
// The log that they come from keeps them; the copies carry their texts, and
// their own numbers in the other case.
type carrier struct {
	to      *Decision
	from    *caselog.Folded // with its texts
	into    *caselog.Folded // likewise, before anything was carried; nil: the case is new
	base    uint32          // the part that the first one of from becomes; 0: all keep their numbers
	home    uint32          // the part of what is said here from now on
	added   []cvd.PartyID
	parties map[cvd.PartyID]cvd.PartyID
	vulns   map[cvd.VulnID]cvd.VulnID
	streams map[cvd.StreamID]cvd.StreamID
	whole   bool // the case as a whole goes on there, with its incidents
	// Threads go along from gives, those of which goes says so; nil: none does.
	gives *Decision
	goes  func(*cvd.Participant) bool
}

func newCarrier(to *Decision, from *caselog.Folded) *carrier {
	return &carrier{
		to: to, from: from,
		parties: map[cvd.PartyID]cvd.PartyID{0: 0, cvd.Owner: cvd.Owner},
		vulns:   map[cvd.VulnID]cvd.VulnID{}, streams: map[cvd.StreamID]cvd.StreamID{0: 0},
	}
}

// in makes the records that follow part of what a part of the other case has
// become here.
func (k *carrier) in(part uint32) {
	if part += k.base; k.to.c.Part != part {
		k.to.emit(&caselog.PartBegun{Part: part})
	}
}

// end returns to what is said here.
func (k *carrier) end() {
	if k.to.c.Part != k.home {
		k.to.emit(&caselog.PartBegun{Part: k.home})
	}
}

// reserve numbers the parts that come, and the one that begins with them. A new
// case has those of the case that it comes from.
func (k *carrier) reserve(fresh bool) {
	k.home = k.from.Part
	if !fresh {
		k.base = k.to.c.Parts + 1
		k.home = k.base + k.from.Parts + 1
	}
	k.end()
}

// party copies a participant, or finds it in the other case by its identity.
func (k *carrier) party(id cvd.PartyID) cvd.PartyID {
	if to, ok := k.parties[id]; ok {
		return to
	}
	p := k.from.Participant(id)
	if p == nil {
		return 0
	}
	d := k.to
	for _, q := range d.c.Participants {
		if q.Kept(inner.Only{}).Identity != "" && q.Kept(inner.Only{}).Identity == p.Kept(inner.Only{}).Identity && q.ID != cvd.Owner && !q.Gone() && !p.Gone() {
			k.parties[id] = q.ID
			k.thread(p, q.ID)
			return q.ID
		}
	}
	k.in(p.Kept(inner.Only{}).Part)
	d.emit(&caselog.PartyAdded{ // what it may see is said by sights
		Roles: p.Roles, NotFor: p.NotFor, Routable: p.Routable, Identity: p.Kept(inner.Only{}).Identity, Limited: p.Limited,
		Name: p.Name, Organization: p.Organization, Email: p.Email, Phone: p.Phone,
		Address: p.Address, Key: p.Key, Routes: p.Routes, Tracking: p.Tracking, Language: p.Language, ByMail: p.Kept(inner.Only{}).ByMail, Joined: p.Joined, Answered: p.Answered, Threads: k.threads(p),
	})
	to := cvd.PartyID(len(d.c.Participants))
	k.parties[id] = to
	if p.RM != vultron.RMStart {
		d.emit(&caselog.PartyRM{Party: to, State: p.RM})
	}
	if p.Gone() {
		d.emit(&caselog.PartyRemoved{Party: to})
	}
	if p.Erased { // nothing of it came along, and nobody is to be told or let in
		d.emit(&caselog.PrivateErased{Parties: []cvd.PartyID{to}})
	}
	if !p.Gone() && !p.Erased {
		k.added = append(k.added, to)
	}
	return to
}

// known returns the copy of a participant, and the owner for one that was left.
func (k *carrier) known(id cvd.PartyID) cvd.PartyID {
	if to, ok := k.parties[id]; ok {
		return to
	}
	return cvd.Owner
}

// vuln copies a vulnerability with its assessments.
func (k *carrier) vuln(v *cvd.Vulnerability) {
	d := k.to
	k.in(v.Kept(inner.Only{}).Part)
	x := &caselog.VulnAdded{Title: v.Title, TLP: v.TLP}
	if x.Published = v.Published; !x.Published.IsZero() {
		x.PublishedPart = k.base + v.Kept(inner.Only{}).PublishedPart
	}
	d.emit(x)
	to := cvd.VulnID(len(d.c.Vulnerabilities))
	k.vulns[v.ID] = to
	k.identify(v, &caselog.VulnIdentified{Vuln: to, CWE: v.CWE, CVE: v.CVE})
	k.severity(v, to)
	k.words(v, &caselog.VulnDescribed{Vuln: to, Description: v.Description, Workaround: v.Workaround, References: v.References})
}

// identify carries identifiers, each as part of what it came with.
func (k *carrier) identify(v *cvd.Vulnerability, x *caselog.VulnIdentified) {
	if x.CWE != "" && (x.CVE == "" || v.Kept(inner.Only{}).CwePart == v.Kept(inner.Only{}).CvePart) || x.CVE == "" && x.TLP != tlp.Unset {
		k.in(v.Kept(inner.Only{}).CwePart)
		k.to.identified(x)
		return
	}
	if x.CWE != "" {
		k.in(v.Kept(inner.Only{}).CwePart)
		k.to.identified(&caselog.VulnIdentified{Vuln: x.Vuln, CWE: x.CWE})
	}
	if x.CVE != "" {
		k.in(v.Kept(inner.Only{}).CvePart)
		k.to.identified(&caselog.VulnIdentified{Vuln: x.Vuln, CVE: x.CVE, TLP: x.TLP})
	}
}

func (k *carrier) severity(v *cvd.Vulnerability, to cvd.VulnID) {
	for _, s := range v.Severity {
		k.in(s.Kept(inner.Only{}).Part)
		k.to.emit(&caselog.SeveritySet{
			Vuln: to, By: k.known(s.By), Rating: s.Rating, Tenths: uint16(s.Score*10 + 0.5), TLP: s.TLP, Vector: s.Vector, Source: s.Source, Justification: s.Justification,
		})
	}
}

// world copies what vendors and the world have to say of the vulnerabilities
// that were copied: product streams, statements, claims. What was adopted is
// adopted, where the other case does not hold it already.
func (k *carrier) world() {
	d := k.to
	k.groups()
	k.cves()
	for _, s := range k.from.Streams {
		if vendor, ok := k.parties[s.Vendor]; ok {
			k.in(s.Kept(inner.Only{}).Part)
			d.emit(&caselog.StreamAdded{Vendor: vendor, TLP: s.TLP, Tags: s.Kept(inner.Only{}).Tags, Name: s.Name, Versions: s.Versions, PURL: s.PURL})
			k.streams[s.ID] = cvd.StreamID(len(d.c.Streams))
			if len(s.Kept(inner.Only{}).Groups) > 0 {
				d.emit(&caselog.GroupsSet{Stream: k.streams[s.ID], Tags: s.Kept(inner.Only{}).Groups, Names: s.Groups})
			}
		}
	}
	for _, x := range k.from.Claims {
		v, okV := k.vulns[x.Vuln]
		vendor, okP := k.parties[x.Vendor]
		stream, okS := k.streams[x.Stream]
		if !okV || !okP || !okS {
			continue
		}
		k.in(x.Kept(inner.Only{}).Part)
		d.emit(&caselog.ClaimMade{
			What: x.What, Vuln: v, Vendor: vendor, Stream: stream, By: k.known(x.By), Observed: x.Observed, Made: x.Made, TLP: x.TLP, Shared: x.Shared, Evidence: x.Evidence,
		})
		if _, new := d.c.State(v, vendor, stream).Raise(x.What); new && !x.Adopted.IsZero() {
			d.emit(&caselog.ClaimAdopted{Claim: cvd.ClaimID(len(d.c.Claims)), At: x.Adopted})
		}
	}
	for _, s := range k.from.Statuses {
		v, okV := k.vulns[s.Vuln]
		vendor, okP := k.parties[s.Vendor]
		stream, okS := k.streams[s.Stream]
		if okV && okP && okS && !s.Recorded.IsZero() && d.c.Status(v, vendor, stream).Recorded.IsZero() {
			k.in(s.Kept(inner.Only{}).Part)
			d.emit(&caselog.StatusRecorded{Vuln: v, Vendor: vendor, Stream: stream, Affected: s.Affected, At: s.Recorded, TLP: s.TLP, Shared: s.Shared, Fixed: s.Fixed, Statement: s.Statement})
		}
	}
}

// report copies a report with its original, and takes over the keys that lead
// to it. The time of its acknowledgement stays what it was; so does that of its
// triage, if that is kept.
func (k *carrier) report(r *cvd.Report, gives *Decision, triage bool) {
	d := k.to
	x := &caselog.ReportReceived{
		Reporter: k.party(r.Reporter), Channel: r.Channel, Received: r.Received, Protection: r.Protection,
		Signature: r.Signature, Credit: r.Credit, TLP: r.TLP, Title: r.Title, Summary: r.Summary, Products: r.Products,
		Observations: r.Observations, Wish: r.Wish, CreditName: r.CreditName, Fingerprint: r.Fingerprint,
		Keys: r.Kept(inner.Only{}).Keys, Sketch: r.Kept(inner.Only{}).Sketch, Marks: r.Kept(inner.Only{}).Marks, KnownBy: r.KnownBy, Exploited: r.Exploited, Mail: r.Mail, Sealed: d.s.Cfg.Sealer != nil,
	}
	k.in(r.Kept(inner.Only{}).Part)
	for i, id := range append([]cvd.AttachmentID{r.Original}, r.Files...) {
		f := inner.At(k.from.Attachments, id)
		if f == nil || k.from.Erased[f.Kept(inner.Only{}).Seq] {
			continue
		}
		stored := d.copyOf(k.from.ID, f.Blob)
		d.emit(&caselog.FileAttached{Blob: stored.Id, Size: stored.Size, From: x.Reporter, TLP: f.TLP, Name: f.Name, Type: f.Type, SHA256: stored.Sum})
		if id := cvd.AttachmentID(len(d.c.Attachments)); i == 0 {
			x.Original = id
		} else {
			x.Files = append(x.Files, id)
		}
	}
	d.emit(x)
	gives.change.Drop = append(gives.change.Drop, r.Kept(inner.Only{}).Keys...)
	id := cvd.ReportID(len(d.c.Reports))
	if !r.Acknowledged.IsZero() {
		d.emit(&caselog.ReportAcknowledged{Report: id, At: r.Acknowledged})
	}
	if triage && r.Outcome != cvd.OutcomeNone {
		y := &caselog.ReportTriaged{Report: id, Outcome: r.Outcome, DuplicateOf: r.DuplicateOf, At: r.Triaged, Reason: r.Reason, Forwarded: r.ForwardedTo}
		if r.SameAs != 0 {
			y.DuplicateOf = k.from.ID
		}
		d.emit(y)
	}
}
