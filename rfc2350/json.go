package rfc2350

import (
	"encoding/json"
	"slices"
)

type jsonTeam struct {
	Name      string     `json:"name,omitempty"`
	ShortName string     `json:"short_name,omitempty"`
	Addresses []Address  `json:"addresses,omitempty"`
	TimeZones []TimeZone `json:"time_zones,omitempty"`
	Phones    []Phone    `json:"phones,omitempty"`
	Fax       []Phone    `json:"fax,omitempty"`
	Emails    []Email    `json:"emails,omitempty"`
}

type jsonKey struct {
	Fingerprint string   `json:"fingerprint,omitempty"`
	KeyID       string   `json:"key_id,omitempty"`
	URL         string   `json:"url,omitempty"`
	Created     string   `json:"created,omitempty"`
	Expires     string   `json:"expires,omitempty"`
	UserIDs     []string `json:"user_ids,omitempty"`
	Repairs     []string `json:"repairs,omitempty"`
	ChecksumOK  *bool    `json:"checksum_ok,omitempty"`
	Role        string   `json:"role,omitempty"`
	Damaged     bool     `json:"damaged,omitempty"`
	Revoked     bool     `json:"revoked,omitempty"`
}

type jsonSection struct {
	ID     SectionID `json:"id"`
	Number string    `json:"number"`
	Title  string    `json:"title"`
	Empty  bool      `json:"empty"`
}

type jsonSignature struct {
	Status string `json:"status"`
	Issuer string `json:"issuer,omitempty"`
}

type jsonDocument struct {
	Title        string         `json:"title,omitempty"`
	Version      string         `json:"version,omitempty"`
	Lang         string         `json:"lang,omitempty"`
	Updated      string         `json:"updated,omitempty"`
	TLP          string         `json:"tlp,omitempty"`
	Team         jsonTeam       `json:"team"`
	Distribution []string       `json:"distribution,omitempty"`
	Locations    []string       `json:"locations,omitempty"`
	Keys         []jsonKey      `json:"keys,omitempty"`
	Disclosure   *Disclosure    `json:"disclosure,omitempty"`
	Hours        []string       `json:"hours,omitempty"`
	Memberships  []Membership   `json:"memberships,omitempty"`
	Scope        *Scope         `json:"scope,omitempty"`
	Sections     []jsonSection  `json:"sections"`
	Signature    *jsonSignature `json:"signature,omitempty"`
	Findings     []Finding      `json:"findings"`
	Origins      []Origin       `json:"origins,omitempty"`
}

// MarshalJSON writes the values, not the texts: what is not known is left out,
// dates are YYYY-MM-DD, and tlp is the label as the document prints it. The sections
// are listed without their texts.
func (d *Document) MarshalJSON() ([]byte, error) {
	out := jsonDocument{
		Title: d.Title, Version: d.Version, Lang: d.Lang, Updated: d.Updated.String(), TLP: d.TLPName,
		Team:         jsonTeam(d.Team),
		Distribution: d.Distribution, Locations: d.Locations, Origins: d.Origins, Hours: d.Hours, Memberships: d.Memberships,
		Sections: []jsonSection{}, Findings: []Finding{},
	}
	for _, k := range d.Keys() {
		j := jsonKey{k.Fingerprint, k.KeyID, k.URL, k.Created.String(), k.Expires.String(), k.UserIDs, k.Repairs, nil, k.Role, k.Damaged, k.Revoked}
		if k.Checksum != ChecksumNone {
			ok := k.Checksum == ChecksumGood
			j.ChecksumOK = &ok
		}
		out.Keys = append(out.Keys, j)
	}
	if !d.Disclosure.IsZero() {
		out.Disclosure = &d.Disclosure
	}
	if len(d.Scope.Domains)+len(d.Scope.AS)+len(d.Scope.Networks) > 0 {
		out.Scope = &d.Scope
	}
	for _, s := range d.Sections {
		out.Sections = append(out.Sections, jsonSection{s.ID, s.Number, s.Title, s.Empty})
	}
	if d.Signature.Status != SignatureNone {
		out.Signature = &jsonSignature{d.Signature.Status.String(), d.Signature.Issuer}
	}
	out.Findings = append(out.Findings, d.Findings...)
	for _, f := range d.KeyFindings() {
		if !slices.Contains(d.Findings, f) { // a caller may have put those of Check there
			out.Findings = append(out.Findings, f)
		}
	}
	return json.Marshal(out)
}
