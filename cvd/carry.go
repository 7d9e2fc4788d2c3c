package cvd

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// carrier copies parts of one case into another: Merge, Split and Reopen use it.
// The log that they come from keeps them; the copies carry their texts, and
// their own numbers in the other case.
type carrier struct {
	to      *decision
	from    *folded // with its texts
	into    *folded // likewise, before anything was carried; nil: the case is new
	base    uint32  // the part that the first one of from becomes; 0: all keep their numbers
	home    uint32  // the part of what is said here from now on
	added   []PartyID
	parties map[PartyID]PartyID
	vulns   map[VulnID]VulnID
	streams map[StreamID]StreamID
	whole   bool // the case as a whole goes on there, with its incidents
	// Threads go along from gives, those of which goes says so; nil: none does.
	gives *decision
	goes  func(*Participant) bool
}

func newCarrier(to *decision, from *folded) *carrier {
	return &carrier{
		to: to, from: from,
		parties: map[PartyID]PartyID{0: 0, Owner: Owner},
		vulns:   map[VulnID]VulnID{}, streams: map[StreamID]StreamID{0: 0},
	}
}

// in makes the records that follow part of what a part of the other case has
// become here.
func (k *carrier) in(part uint32) {
	if part += k.base; k.to.c.part != part {
		k.to.emit(&partBegun{Part: part})
	}
}

// end returns to what is said here.
func (k *carrier) end() {
	if k.to.c.part != k.home {
		k.to.emit(&partBegun{Part: k.home})
	}
}

// reserve numbers the parts that come, and the one that begins with them. A new
// case has those of the case that it comes from.
func (k *carrier) reserve(fresh bool) {
	k.home = k.from.part
	if !fresh {
		k.base = k.to.c.parts + 1
		k.home = k.base + k.from.parts + 1
	}
	k.end()
}

// party copies a participant, or finds it in the other case by its identity.
func (k *carrier) party(id PartyID) PartyID {
	if to, ok := k.parties[id]; ok {
		return to
	}
	p := k.from.member(id)
	if p == nil {
		return 0
	}
	d := k.to
	for _, q := range d.c.Participants {
		if q.identity != "" && q.identity == p.identity && q.ID != Owner && !q.gone() && !p.gone() {
			k.parties[id] = q.ID
			k.thread(p, q.ID)
			return q.ID
		}
	}
	k.in(p.part)
	d.emit(&partyAdded{ // what it may see is said by sights
		Roles: p.Roles, NotFor: p.NotFor, Routable: p.Routable, Identity: p.identity, Limited: p.Limited,
		Name: p.Name, Organization: p.Organization, Email: p.Email, Phone: p.Phone,
		Address: p.Address, Key: p.Key, Routes: p.Routes, Tracking: p.Tracking, Language: p.Language, ByMail: p.byMail, Joined: p.Joined, Answered: p.Answered, Threads: k.threads(p),
	})
	to := PartyID(len(d.c.Participants))
	k.parties[id] = to
	if p.RM != vultron.RMStart {
		d.emit(&partyRM{Party: to, State: p.RM})
	}
	if p.gone() {
		d.emit(&partyRemoved{Party: to})
	}
	if p.Erased { // nothing of it came along, and nobody is to be told or let in
		d.emit(&privateErased{Parties: []PartyID{to}})
	}
	if !p.gone() && !p.Erased {
		k.added = append(k.added, to)
	}
	return to
}

// known returns the copy of a participant, and the owner for one that was left.
func (k *carrier) known(id PartyID) PartyID {
	if to, ok := k.parties[id]; ok {
		return to
	}
	return Owner
}

// vuln copies a vulnerability with its assessments.
func (k *carrier) vuln(v *Vulnerability) {
	d := k.to
	k.in(v.part)
	x := &vulnAdded{Title: v.Title, TLP: v.TLP}
	if x.Published = v.Published; !x.Published.IsZero() {
		x.PublishedPart = k.base + v.publishedPart
	}
	d.emit(x)
	to := VulnID(len(d.c.Vulnerabilities))
	k.vulns[v.ID] = to
	k.identify(v, &vulnIdentified{Vuln: to, CWE: v.CWE, CVE: v.CVE})
	k.severity(v, to)
	k.words(v, &vulnDescribed{Vuln: to, Description: v.Description, Workaround: v.Workaround, References: v.References})
}

// identify carries identifiers, each as part of what it came with.
func (k *carrier) identify(v *Vulnerability, x *vulnIdentified) {
	if x.CWE != "" && (x.CVE == "" || v.cwePart == v.cvePart) || x.CVE == "" && x.TLP != tlp.Unset {
		k.in(v.cwePart)
		k.to.identified(x)
		return
	}
	if x.CWE != "" {
		k.in(v.cwePart)
		k.to.identified(&vulnIdentified{Vuln: x.Vuln, CWE: x.CWE})
	}
	if x.CVE != "" {
		k.in(v.cvePart)
		k.to.identified(&vulnIdentified{Vuln: x.Vuln, CVE: x.CVE, TLP: x.TLP})
	}
}

func (k *carrier) severity(v *Vulnerability, to VulnID) {
	for _, s := range v.Severity {
		k.in(s.part)
		k.to.emit(&severitySet{
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
			k.in(s.part)
			d.emit(&streamAdded{Vendor: vendor, TLP: s.TLP, Tags: s.tags, Name: s.Name, Versions: s.Versions, PURL: s.PURL})
			k.streams[s.ID] = StreamID(len(d.c.Streams))
			if len(s.groups) > 0 {
				d.emit(&groupsSet{Stream: k.streams[s.ID], Tags: s.groups, Names: s.Groups})
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
		k.in(x.part)
		d.emit(&claimMade{
			What: x.What, Vuln: v, Vendor: vendor, Stream: stream, By: k.known(x.By), Observed: x.Observed, Made: x.Made, TLP: x.TLP, Shared: x.Shared, Evidence: x.Evidence,
		})
		if _, new := d.c.State(v, vendor, stream).Raise(x.What); new && !x.Adopted.IsZero() {
			d.emit(&claimAdopted{Claim: ClaimID(len(d.c.Claims)), At: x.Adopted})
		}
	}
	for _, s := range k.from.Statuses {
		v, okV := k.vulns[s.Vuln]
		vendor, okP := k.parties[s.Vendor]
		stream, okS := k.streams[s.Stream]
		if okV && okP && okS && !s.Recorded.IsZero() && d.c.Status(v, vendor, stream).Recorded.IsZero() {
			k.in(s.part)
			d.emit(&statusRecorded{Vuln: v, Vendor: vendor, Stream: stream, Affected: s.Affected, At: s.Recorded, TLP: s.TLP, Shared: s.Shared, Fixed: s.Fixed, Statement: s.Statement})
		}
	}
}

// report copies a report with its original, and takes over the keys that lead
// to it. The time of its acknowledgement stays what it was; so does that of its
// triage, if that is kept.
func (k *carrier) report(r *Report, gives *decision, triage bool) {
	d := k.to
	x := &reportReceived{
		Reporter: k.party(r.Reporter), Channel: r.Channel, Received: r.Received, Protection: r.Protection,
		Signature: r.Signature, Credit: r.Credit, TLP: r.TLP, Title: r.Title, Summary: r.Summary, Products: r.Products,
		Observations: r.Observations, Wish: r.Wish, CreditName: r.CreditName, Fingerprint: r.Fingerprint,
		Keys: r.keys, Sketch: r.sketch, Marks: r.marks, KnownBy: r.KnownBy, Exploited: r.Exploited, Mail: r.Mail, Sealed: d.s.cfg.Sealer != nil,
	}
	k.in(r.part)
	for i, id := range append([]AttachmentID{r.Original}, r.Files...) {
		f := at(k.from.Attachments, id)
		if f == nil || k.from.erased[f.seq] {
			continue
		}
		stored := d.copyOf(k.from.ID, f.Blob)
		d.emit(&fileAttached{Blob: stored.id, Size: stored.size, From: x.Reporter, TLP: f.TLP, Name: f.Name, Type: f.Type, SHA256: stored.sum})
		if id := AttachmentID(len(d.c.Attachments)); i == 0 {
			x.Original = id
		} else {
			x.Files = append(x.Files, id)
		}
	}
	d.emit(x)
	gives.change.Drop = append(gives.change.Drop, r.keys...)
	id := ReportID(len(d.c.Reports))
	if !r.Acknowledged.IsZero() {
		d.emit(&reportAcknowledged{Report: id, At: r.Acknowledged})
	}
	if triage && r.Outcome != OutcomeNone {
		y := &reportTriaged{Report: id, Outcome: r.Outcome, DuplicateOf: r.DuplicateOf, At: r.Triaged, Reason: r.Reason, Forwarded: r.ForwardedTo}
		if r.SameAs != 0 {
			y.DuplicateOf = k.from.ID
		}
		d.emit(y)
	}
}
