package engine

import (
	"math"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideAddVulnerability(a cvd.AddVulnerability) error {
	if err := d.check().line("Title", a.Title).label("TLP", a.TLP).err; err != nil {
		return err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	d.emit(&caselog.VulnAdded{Title: a.Title, TLP: caselog.OrAmber(a.TLP)})
	if rm := d.c.RM(); rm != vultron.RMStart && rm != vultron.RMReceived {
		d.aware(cvd.Owner, d.now.Time())
	}
	return nil
}

func (d *Decision) decideIdentify(x cvd.Identify) error {
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
	d.identified(&caselog.VulnIdentified{Vuln: v, TLP: x.TLP, Title: x.Title, CWE: x.CWE, CVE: x.CVE})
	return nil
}

// identified records identifiers, a CVE ID with its mark: see Similar.
func (d *Decision) identified(x *caselog.VulnIdentified) {
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

func (d *Decision) decideSetSeverity(x cvd.SetSeverity) error {
	k := d.check().line("Vector", x.Vector).line("Source", x.Source).text("Justification", x.Justification).
		enum("Rating", uint8(x.Rating), uint8(cvd.RatingCritical)).label("TLP", x.TLP)
	if (x.Vector == "") == (x.Rating == cvd.RatingUnknown) {
		k.fail("Vector", "either a vector or a rating is needed", nil)
	}
	if x.Party == 0 {
		x.Party = cvd.Owner
	}
	e := &caselog.SeveritySet{By: x.Party, Rating: x.Rating, TLP: caselog.OrAmber(x.TLP), Vector: x.Vector, Source: x.Source, Justification: x.Justification}
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
func ratingOf(score float64) cvd.Rating {
	switch {
	case score >= 9:
		return cvd.RatingCritical
	case score >= 7:
		return cvd.RatingHigh
	case score >= 4:
		return cvd.RatingMedium
	case score > 0:
		return cvd.RatingLow
	}
	return cvd.RatingNone
}

func (d *Decision) decideAddProduct(a cvd.AddProduct) error {
	if err := d.check().needed("Name", a.Name == "").line("Name", a.Name).
		line("Versions", a.Versions).line("PURL", a.PURL).label("TLP", a.TLP).err; err != nil {
		return err
	}
	if a.Vendor == 0 {
		a.Vendor = cvd.Owner
	}
	if _, err := d.must(a.Vendor); err != nil {
		return err
	}
	d.emit(&caselog.StreamAdded{Vendor: a.Vendor, TLP: caselog.OrAmber(a.TLP), Tags: d.s.productTags(a.Name, a.PURL), Name: a.Name, Versions: a.Versions, PURL: a.PURL})
	return nil
}

func (d *Decision) decideRecordStatus(x cvd.RecordStatus) error {
	if err := d.check().enum("Affected", uint8(x.Affected), uint8(cvd.Unreachable)).
		line("Fixed", x.Fixed).text("Statement", x.Statement).label("TLP", x.TLP).err; err != nil {
		return err
	}
	v, vendor, err := d.mustStatus(x.Vuln, x.Party, x.Stream)
	if err != nil {
		return err
	}
	streams := []cvd.StreamID{x.Stream}
	if x.Stream == 0 {
		streams = d.c.StreamsOf(vendor)
	}
	for _, s := range streams {
		d.emit(&caselog.StatusRecorded{
			Vuln: v, Vendor: vendor, Stream: s, Affected: x.Affected, TLP: caselog.OrAmber(x.TLP), Shared: x.Shared, Fixed: x.Fixed, Statement: x.Statement,
		})
		switch x.Affected {
		case cvd.IsFixed:
			d.derive(vultron.FixReady, v, vendor, s, d.now.Time())
		case cvd.UnderInvestigation, cvd.IsAffected, cvd.NotAffected:
			d.derive(vultron.VendorAware, v, vendor, s, d.now.Time())
		}
	}
	return nil
}

// mustStatus checks that a status can be of this vulnerability, vendor and stream.
func (d *Decision) mustStatus(v cvd.VulnID, vendor cvd.PartyID, s cvd.StreamID) (cvd.VulnID, cvd.PartyID, error) {
	if vendor == 0 {
		vendor = cvd.Owner
	}
	v, err := d.mustVuln(v)
	if err != nil {
		return v, vendor, err
	}
	p, err := d.must(vendor)
	if err != nil {
		return v, vendor, err
	}
	if p.Roles&(cvd.RoleVendor|cvd.RoleDeployer) == 0 {
		return v, vendor, d.refuse(cvd.RuleCaseState, "participant %d is no vendor", vendor)
	}
	if s != 0 {
		st := inner.At(d.c.Streams, s)
		if st == nil || st.Vendor != vendor {
			return v, vendor, d.refuse(cvd.RuleKnown, "product stream %d of participant %d", s, vendor)
		}
	}
	return v, vendor, nil
}

// productTags are the keyed hashes by which Find knows a product: its name, and
// its package URL without a version.
func (s *Engine) productTags(name, purl cvd.Private) (out []storage.Term) {
	for _, p := range []string{string(name), purlName(string(purl))} {
		if p = strings.ToLower(strings.TrimSpace(p)); p != "" {
			out = append(out, s.ShortTag("product", p))
		}
	}
	return out
}

func purlName(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	if i := strings.LastIndexByte(purl, '@'); i > strings.LastIndexByte(purl, '/') {
		purl = purl[:i]
	}
	return purl
}
