package cvd

import (
	"math"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// AddVulnerability adds one more weakness to the case. Every case has a first
// one from its beginning.
type AddVulnerability struct {
	Title Private   // a short name
	TLP   tlp.Label // unset: TLP:AMBER
}

func (a AddVulnerability) decide(d *decision) error {
	if err := d.check().line("Title", a.Title).label("TLP", a.TLP).err; err != nil {
		return err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	d.emit(&vulnAdded{Title: a.Title, TLP: orAmber(a.TLP)})
	if rm := d.c.RM(); rm != vultron.RMStart && rm != vultron.RMReceived {
		d.aware(Owner, d.now.Time())
	}
	return nil
}

// Identify names a vulnerability. Empty fields stay as they were.
type Identify struct {
	Vuln  VulnID  // 0: the only one
	Title Private // a short name
	CWE   Private // for example CWE-787
	CVE   Private // for example CVE-2026-12345; leads back to the case
	// TLP labels the vulnerability anew. Only who labelled it may relax it: record
	// here what its source has allowed.
	TLP tlp.Label
}

func (x Identify) decide(d *decision) error {
	k := d.check().line("Title", x.Title).label("TLP", x.TLP)
	if x.CWE != "" && !numbered(string(x.CWE), "CWE-", 1) {
		k.fail("CWE", "it is not of the form CWE-787", nil)
	}
	if x.CVE != "" && !isCVE(string(x.CVE)) {
		k.fail("CVE", "it is not of the form CVE-2026-12345", nil)
	}
	if k.err != nil {
		return k.err
	}
	v, err := d.mustVuln(x.Vuln)
	if err != nil {
		return err
	}
	d.identified(&vulnIdentified{Vuln: v, TLP: x.TLP, Title: x.Title, CWE: x.CWE, CVE: x.CVE})
	return nil
}

// identified records identifiers, a CVE ID with its mark: see Similar.
func (d *decision) identified(x *vulnIdentified) {
	if x.CVE != "" {
		x.Mark = d.s.cveMark(string(x.CVE))
	}
	d.emit(x)
}

func isCVE(s string) bool {
	rest, ok := strings.CutPrefix(s, "CVE-")
	return ok && len(rest) > 5 && rest[4] == '-' && numbered(rest[:4], "", 4) && numbered(rest[5:], "", 4)
}

func numbered(s, prefix string, digits int) bool {
	s, ok := strings.CutPrefix(s, prefix)
	if !ok || len(s) < digits || len(s) > 19 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// SetSeverity records an assessment of a vulnerability: a CVSS vector, or only a
// rating where there is none.
type SetSeverity struct {
	Vuln   VulnID  // 0: the only one
	Party  PartyID // who assessed it; 0: the owner
	Vector Private // CVSS 2.0, 3.0, 3.1 or 4.0
	Rating Rating  // without a vector
	Source Private // for example "NVD"
	// Justification says why the vector is as it is.
	Justification Private
	TLP           tlp.Label // unset: TLP:AMBER
}

func (x SetSeverity) decide(d *decision) error {
	k := d.check().line("Vector", x.Vector).line("Source", x.Source).text("Justification", x.Justification).
		enum("Rating", uint8(x.Rating), uint8(RatingCritical)).label("TLP", x.TLP)
	if (x.Vector == "") == (x.Rating == RatingUnknown) {
		k.fail("Vector", "either a vector or a rating is needed", nil)
	}
	if x.Party == 0 {
		x.Party = Owner
	}
	e := &severitySet{By: x.Party, Rating: x.Rating, TLP: orAmber(x.TLP), Vector: x.Vector, Source: x.Source, Justification: x.Justification}
	if x.Vector != "" && k.err == nil {
		v, err := cvss.Parse(string(x.Vector))
		if err != nil {
			return d.bad("Vector", "it is not a CVSS vector", err)
		}
		score := v.Score()
		e.Tenths = uint16(math.Round(score * 10))
		e.Rating = ratingOf(score)
	}
	if k.err != nil {
		return k.err
	}
	var err error
	if e.Vuln, err = d.mustVuln(x.Vuln); err != nil {
		return err
	}
	if _, err := d.must(x.Party); err != nil {
		return err
	}
	d.emit(e)
	return nil
}

// ratingOf is the qualitative scale of CVSS 3 and 4. Version 2 has none of its
// own; it is read on the same scale.
func ratingOf(score float64) Rating {
	switch {
	case score >= 9:
		return RatingCritical
	case score >= 7:
		return RatingHigh
	case score >= 4:
		return RatingMedium
	case score > 0:
		return RatingLow
	}
	return RatingNone
}

// AddProduct adds a product stream of a vendor.
type AddProduct struct {
	Vendor   PartyID   // 0: the owner
	Name     Private   // of the product, as people say it; required
	Versions Private   // for example "7.0 to 7.4.2"
	PURL     Private   // package URL; may be empty
	TLP      tlp.Label // unset: TLP:AMBER
}

func (a AddProduct) decide(d *decision) error {
	if err := d.check().needed("Name", a.Name == "").line("Name", a.Name).
		line("Versions", a.Versions).line("PURL", a.PURL).label("TLP", a.TLP).err; err != nil {
		return err
	}
	if a.Vendor == 0 {
		a.Vendor = Owner
	}
	if _, err := d.must(a.Vendor); err != nil {
		return err
	}
	d.emit(&streamAdded{Vendor: a.Vendor, TLP: orAmber(a.TLP), Tags: d.s.productTags(a.Name, a.PURL), Name: a.Name, Versions: a.Versions, PURL: a.PURL})
	return nil
}

// RecordStatus records a vendor's statement on a vulnerability in one of its
// product streams. Whoever makes a statement is aware of the vulnerability, and
// whoever says IsFixed has a fix ready: both are adopted with it.
type RecordStatus struct {
	Vuln      VulnID    // 0: the only one
	Party     PartyID   // 0: the owner
	Stream    StreamID  // 0: each of the vendor's product streams in the case; if it has none, all that it makes
	Affected  Affected  // whether the stream is; required
	Fixed     Private   // the version that holds the fix
	Statement Private   // what the vendor says, in words
	TLP       tlp.Label // unset: TLP:AMBER
	// Shared lets other participants see the statement before publication: the
	// vendor wants that.
	Shared bool
}

func (x RecordStatus) decide(d *decision) error {
	if err := d.check().enum("Affected", uint8(x.Affected), uint8(Unreachable)).
		line("Fixed", x.Fixed).text("Statement", x.Statement).label("TLP", x.TLP).err; err != nil {
		return err
	}
	v, vendor, err := d.mustStatus(x.Vuln, x.Party, x.Stream)
	if err != nil {
		return err
	}
	streams := []StreamID{x.Stream}
	if x.Stream == 0 {
		streams = d.c.streamsOf(vendor)
	}
	for _, s := range streams {
		d.emit(&statusRecorded{
			Vuln: v, Vendor: vendor, Stream: s, Affected: x.Affected, TLP: orAmber(x.TLP), Shared: x.Shared, Fixed: x.Fixed, Statement: x.Statement,
		})
		switch x.Affected {
		case IsFixed:
			d.derive(vultron.FixReady, v, vendor, s, d.now.Time())
		case UnderInvestigation, IsAffected, NotAffected:
			d.derive(vultron.VendorAware, v, vendor, s, d.now.Time())
		}
	}
	return nil
}

// mustStatus checks that a status can be of this vulnerability, vendor and stream.
func (d *decision) mustStatus(v VulnID, vendor PartyID, s StreamID) (VulnID, PartyID, error) {
	if vendor == 0 {
		vendor = Owner
	}
	v, err := d.mustVuln(v)
	if err != nil {
		return v, vendor, err
	}
	p, err := d.must(vendor)
	if err != nil {
		return v, vendor, err
	}
	if p.Roles&(RoleVendor|RoleDeployer) == 0 {
		return v, vendor, d.refuse(RuleCaseState, "participant %d is no vendor", vendor)
	}
	if s != 0 {
		st := at(d.c.Streams, s)
		if st == nil || st.Vendor != vendor {
			return v, vendor, d.refuse(RuleKnown, "product stream %d of participant %d", s, vendor)
		}
	}
	return v, vendor, nil
}
