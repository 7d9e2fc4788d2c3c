package provider

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// The documents of ROLIE (RFC 8322) in the JSON form of CSAF 7.1.15 to 7.1.17.

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

type category struct {
	Scheme string `json:"scheme,omitempty"`
	Term   string `json:"term"`
}

type summary struct {
	Content string `json:"content"`
}

type content struct {
	Type string `json:"type"`
	Src  string `json:"src"`
}

type format struct {
	Schema  string `json:"schema"`
	Version string `json:"version"`
}

type entry struct {
	ID        string     `json:"id"` // first, in one line
	Title     string     `json:"title"`
	Link      []link     `json:"link"`
	Category  []category `json:"category,omitempty"`
	Published string     `json:"published"`
	Updated   string     `json:"updated"`
	Summary   *summary   `json:"summary,omitempty"`
	Content   content    `json:"content"`
	Format    format     `json:"format"`
}

var csafCategory = category{"urn:ietf:params:rolie:category:information-type", "csaf"}

func schemaOf(v csaf.Version) string {
	if v == csaf.V20 {
		return "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"
	}
	return "https://docs.oasis-open.org/csaf/csaf/v" + string(v) + "/schema/csaf.json"
}

const (
	entriesBegin = "\"entry\":[\n"
	entriesEnd   = "]}}\n"
)

// feedHead is the feed before its entries.
func (l *lists) feedHead(updated time.Time) []byte {
	head := compact(map[string]any{"feed": struct {
		ID       string     `json:"id"`
		Title    string     `json:"title"`
		Link     []link     `json:"link"`
		Category []category `json:"category"`
		Updated  string     `json:"updated"`
	}{
		"csaf-feed-tlp-" + l.s.feedWord(), "CSAF " + string(l.s.version) + " feed (TLP:" + l.s.name + ")",
		[]link{{"self", l.s.url + l.s.feed()}, {"service", l.s.service()}},
		[]category{csafCategory}, stamp(updated),
	}})
	head = head[:len(head)-2] // "}}"
	return append(head, ","+entriesBegin...)
}

// entriesOf finds the lines of the entries in a feed that we wrote.
func entriesOf(feed string) (span, error) {
	f, err := os.Open(feed)
	if err != nil {
		return span{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return span{}, err
	}
	head := make([]byte, min(info.Size(), 64<<10))
	end := make([]byte, min(info.Size(), int64(len(entriesEnd))))
	if _, err := f.ReadAt(head, 0); err != nil {
		return span{}, err
	}
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return span{}, err
	}
	at := bytes.Index(head, []byte(entriesBegin))
	if at < 0 || string(end) != entriesEnd {
		return span{}, fmt.Errorf("provider: %s is not as it was written", feed)
	}
	return span{int64(at + len(entriesBegin)), info.Size() - int64(len(entriesEnd))}, nil
}

func (s shelf) feedWord() string { return s.feed()[len("csaf-feed-tlp-") : len(s.feed())-len(".json")] }

// service is the URL of the service document of the shelf's tree.
func (s shelf) service() string {
	return s.url[:len(s.url)-len(s.path)-1] + s.dir + "/" + serviceName
}

const serviceName = "service.json"

// category is the file name of the shelf's category document, which csaf_checker
// looks for beside the feed.
func (s shelf) category() string { return "category-" + s.feedWord() + ".json" }

// serviceDocument lists the feeds of a tree (CSAF 7.1.16).
func (p *Publisher) serviceDocument(t tree) []byte {
	type categories struct {
		Category []category `json:"category"`
	}
	type collection struct {
		Title      string     `json:"title"`
		Href       string     `json:"href"`
		Categories categories `json:"categories"`
	}
	type workspace struct {
		Title      string       `json:"title"`
		Collection []collection `json:"collection"`
	}
	w := workspace{Title: fmt.Sprintf("CSAF %s documents of %s", t.version, p.cfg.Publisher.Name)}
	for _, s := range p.cfg.shelves() {
		if s.tree == t {
			w.Collection = append(w.Collection, collection{
				"CSAF feed (TLP:" + s.name + ")", s.url + s.feed(), categories{[]category{csafCategory}},
			})
		}
	}
	return indent(map[string]any{"service": map[string]any{"workspace": []workspace{w}}})
}

// categoryDocument lists the categories that entries of a feed have: the profiles
// of section 4 of CSAF.
func categoryDocument(v csaf.Version) []byte {
	terms := []string{
		"csaf_base", "csaf_security_incident_response", "csaf_informational_advisory",
		"csaf_security_advisory", "csaf_vex",
	}
	if v != csaf.V20 {
		terms = append(terms, "csaf_deprecated_security_advisory", "csaf_superseded", "csaf_withdrawn")
	}
	list := make([]category, len(terms))
	for i, t := range terms {
		list[i].Term = t
	}
	return indent(map[string]any{"categories": map[string]any{"category": list}})
}
