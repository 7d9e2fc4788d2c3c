package provider

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// MetadataName is the file name of provider metadata (CSAF 7.1.7).
const MetadataName = "provider-metadata.json"

// Metadata is a provider-metadata.json of CSAF 2.0 or 2.1 (requirement 7).
type Metadata struct {
	Schema          string            `json:"$schema,omitempty"`             // 2.1
	CanonicalURL    string            `json:"canonical_url"`                 // of this file
	Distributions   []Distribution    `json:"distributions,omitempty"`       // ways to the documents; at least one for a provider
	LastUpdated     time.Time         `json:"last_updated"`                  // of this file, not of the documents
	List            bool              `json:"list_on_CSAF_aggregators"`      // aggregators may list this provider
	MaintainedFrom  *time.Time        `json:"maintained_from,omitempty"`     // 2.1
	MaintainedUntil *time.Time        `json:"maintained_until,omitempty"`    // 2.1
	Version         string            `json:"metadata_version"`              // 2.0 or 2.1
	Mirror          bool              `json:"mirror_on_CSAF_aggregators"`    // aggregators may mirror its documents
	Keys            []Key             `json:"public_openpgp_keys,omitempty"` // with which the documents are signed
	Publisher       MetadataPublisher `json:"publisher"`                     // who publishes
	Role            Role              `json:"role"`                          // which requirements the provider meets (CSAF section 7.2)
}

// A Distribution is one way to the documents.
type Distribution struct {
	DirectoryURL string     `json:"directory_url,omitempty"` // 2.0
	Directory    *Directory `json:"directory,omitempty"`     // 2.1
	ROLIE        *ROLIE     `json:"rolie,omitempty"`         // feeds (RFC 8322)
}

// Directory is a folder of years with its label, in CSAF 2.1.
type Directory struct {
	TLP string `json:"tlp_label"` // CLEAR, GREEN, …
	URL string `json:"url"`       // with a slash at its end
}

// ROLIE names the feeds and the documents around them.
type ROLIE struct {
	Categories []string `json:"categories,omitempty"` // URLs of category documents
	Feeds      []Feed   `json:"feeds"`                // one for each label at least
	Services   []string `json:"services,omitempty"`   // URLs of service documents
}

// A Feed is a ROLIE feed of one label.
type Feed struct {
	LastUpdated *time.Time `json:"last_updated,omitempty"` // 2.1
	Summary     string     `json:"summary,omitempty"`      // for people
	TLP         string     `json:"tlp_label"`              // as the version of CSAF names it
	URL         string     `json:"url"`                    // of the feed
}

// A Key is a public OpenPGP key. Fingerprint is optional in 2.0.
type Key struct {
	Fingerprint string `json:"fingerprint,omitempty"` // in hexadecimal, upper case
	URL         string `json:"url"`                   // where the key is
}

// MetadataPublisher says who publishes.
type MetadataPublisher struct {
	Category  string `json:"category"`                    // as in the documents, such as vendor
	Contact   string `json:"contact_details,omitempty"`   // how to reach it, in words
	Authority string `json:"issuing_authority,omitempty"` // by what right it publishes, in words
	Name      string `json:"name"`                        // for people
	Namespace string `json:"namespace"`                   // a URL that the publisher controls
}

// A Role is what a party does (CSAF 7.2). A Publisher of this package is a trusted
// provider; the roles of aggregators are here to be read.
type Role string

// The roles of section 7.2.
const (
	RolePublisher       Role = "csaf_publisher"
	RoleProvider        Role = "csaf_provider"
	RoleTrustedProvider Role = "csaf_trusted_provider"
	RoleLister          Role = "lister"
	RoleAggregator      Role = "aggregator"
)

// Aggregator is an aggregator.json (requirement 21), which lists providers.
type Aggregator struct {
	Schema string `json:"$schema,omitempty"` // 2.1
	// who aggregates
	Aggregator struct {
		Category  Role   `json:"category"`                    // RoleLister or RoleAggregator
		Contact   string `json:"contact_details,omitempty"`   // how to reach it, in words
		Authority string `json:"issuing_authority,omitempty"` // by what right it aggregates, in words
		Name      string `json:"name"`                        // for people
		Namespace string `json:"namespace"`                   // a URL that it controls
	} `json:"aggregator"`
	Version      string     `json:"aggregator_version"`        // of the format, 2.0 or 2.1
	CanonicalURL string     `json:"canonical_url"`             // of this file
	Providers    []Listed   `json:"csaf_providers,omitempty"`  // parties with metadata of their own
	Publishers   []Listed   `json:"csaf_publishers,omitempty"` // parties without, whose documents are mirrored
	LastUpdated  *time.Time `json:"last_updated"`              // of this file
}

// Listed is a party in an aggregator's list.
type Listed struct {
	// of the party, as it was read last
	Metadata struct {
		LastUpdated time.Time         `json:"last_updated"`   // of the party's own file
		Publisher   MetadataPublisher `json:"publisher"`      // who publishes
		Role        Role              `json:"role,omitempty"` // which requirements it meets
		URL         string            `json:"url"`            // of the party's own file
	} `json:"metadata"`
	Mirrors        []string `json:"mirrors,omitempty"`         // URLs of copies
	UpdateInterval string   `json:"update_interval,omitempty"` // of publishers
}

// metadata describes a tree as the ledger knows it.
func (p *Publisher) metadata(t tree, l *ledger) []byte {
	pub := p.cfg.Publisher
	m := Metadata{
		CanonicalURL: p.cfg.base() + "/" + t.dir + "/" + MetadataName,
		LastUpdated:  l.Updated[t.dir], List: !p.cfg.NoList, Mirror: !p.cfg.NoMirror,
		Version: string(t.version), Role: RoleTrustedProvider,
		Publisher: MetadataPublisher{pub.Category, pub.Contact, pub.Authority, pub.Name, pub.Namespace},
	}
	for _, k := range l.Keys {
		m.Keys = append(m.Keys, Key{k, p.cfg.base() + "/" + keyName(k)})
	}
	rolie := &ROLIE{Services: []string{p.cfg.base() + "/" + t.dir + "/" + serviceName}}
	for _, s := range p.cfg.shelves() {
		if s.tree != t {
			continue
		}
		feed := Feed{Summary: "All TLP:" + s.name + " documents of " + pub.Name, TLP: s.name, URL: s.url + s.feed()}
		if t.version == csaf.V20 {
			m.Distributions = append(m.Distributions, Distribution{DirectoryURL: s.url})
		} else {
			feed.LastUpdated = &l.shelf(s.path).Updated
			m.Distributions = append(m.Distributions, Distribution{Directory: &Directory{s.name, s.url}})
		}
		rolie.Feeds = append(rolie.Feeds, feed)
		rolie.Categories = append(rolie.Categories, s.url+s.category())
	}
	m.Distributions = append([]Distribution{{ROLIE: rolie}}, m.Distributions...)
	if t.version == csaf.V21 {
		m.Schema = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/provider.json"
		m.MaintainedFrom = unlessZero(p.cfg.MaintainedFrom)
	}
	// The schema of 2.0 does not name these members, and does not forbid them: the
	// transition rules of 2.1 ask for them there.
	if t.version == csaf.V20 {
		m.MaintainedUntil = unlessZero(p.cfg.MaintainedUntil)
	}
	return indent(m)
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// keyName is where a public key lies below URL.
func keyName(fingerprint string) string { return "openpgp/" + strings.ToUpper(fingerprint) + ".asc" }

func indent(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err) // plain structs
	}
	return b.Bytes()
}

// SecurityTxtLines are the values of the CSAF fields for the domain's security.txt
// (requirement 8): the well-known address first, as 2.1 wants it, then the tree that
// does not lie there. A client that knows only the other version warns of the second
// line and goes on; a host that does not want that writes the first only.
func (p *Publisher) SecurityTxtLines() []string {
	list := []string{p.cfg.base() + "/" + MetadataName}
	for _, t := range trees {
		if t.version != p.top() {
			list = append(list, p.cfg.base()+"/"+t.dir+"/"+MetadataName)
		}
	}
	return list
}
