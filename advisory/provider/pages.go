package provider

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const (
	pageName    = "index.html"
	atomName    = "advisories.atom"
	creditsName = "credits.html"
)

// addPage stages the page of an advisory for people.
func (u *update) addPage(r *publication) error {
	var b bytes.Buffer
	if err := advisory.HTML(&b, r.adv); err != nil {
		return err
	}
	page := pageOf(r.name)
	dir := filepath.Join(u.p.cfg.Dir, "advisories")
	u.mkdir(dir)
	if err := u.c.put(filepath.Join(dir, filepath.Base(page)), b.Bytes()); err != nil {
		return err
	}
	u.l.note(recent{
		ID: r.id, Title: r.title, Summary: r.summary, Published: r.published, Updated: r.updated,
		Page: page, Files: []string{r.s.path + "/" + r.path},
	})
	u.pages = true
	return nil
}

// stagePages stages the index and the Atom feed, if what they show has changed.
func (u *update) stagePages() error {
	index := filepath.Join(u.p.cfg.Dir, pageName)
	if _, err := os.Stat(index); err == nil && !u.pages {
		return nil
	}
	b, err := u.p.indexPage(u.l, u.credits)
	if err != nil {
		return err
	}
	if err := u.c.put(index, b); err != nil {
		return err
	}
	return u.c.put(filepath.Join(u.p.cfg.Dir, atomName), u.p.atom(u.l))
}

type pageShelf struct{ TLP, Version, Path, Feed string }

func (p *Publisher) indexPage(l *ledger, credits bool) ([]byte, error) {
	v := struct {
		Publisher advisory.Publisher
		Recent    []recent
		Max       int
		Shelves   []pageShelf
		Top       string
		Credits   bool
	}{Publisher: p.cfg.Publisher, Recent: l.Recent, Max: maxRecent, Top: MetadataName}
	for _, s := range p.cfg.shelves() {
		if s.root == p.cfg.Dir {
			v.Shelves = append(v.Shelves, pageShelf{s.name, string(s.version), s.path + "/", s.path + "/" + s.feed()})
		}
	}
	_, err := os.Stat(filepath.Join(p.cfg.Dir, creditsName))
	v.Credits = credits || err == nil
	var b bytes.Buffer
	err = templates().ExecuteTemplate(&b, "index", v)
	return b.Bytes(), err
}

// The Atom feed for people's readers (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Links     []atomLink `xml:"link"`
	Summary   string     `xml:"summary,omitempty"`
}

func (p *Publisher) atom(l *ledger) []byte {
	base := p.cfg.base() + "/"
	f := atomFeed{
		ID: base + atomName, Title: "Security advisories of " + p.cfg.Publisher.Name,
		Updated: stamp(p.cfg.Now()),
		Author:  atomAuthor{p.cfg.Publisher.Name, p.cfg.Publisher.Namespace},
		Links:   []atomLink{{"self", "application/atom+xml", base + atomName}, {"alternate", "text/html", base + pageName}},
	}
	for _, r := range l.Recent {
		e := atomEntry{
			ID: base + r.Page, Title: r.ID + ": " + r.Title, Published: stamp(r.Published),
			Updated: stamp(r.Updated), Summary: r.Summary,
			Links: []atomLink{{"alternate", "text/html", base + r.Page}},
		}
		for _, file := range r.Files {
			e.Links = append(e.Links, atomLink{"related", "application/json", base + file})
		}
		f.Entries = append(f.Entries, e)
	}
	out, err := xml.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err) // plain structs
	}
	return append(append([]byte(xml.Header), out...), '\n')
}

// Thanks is a line of the credits page: whom an owner of a published case wishes
// to thank, in the words that the thanked agreed to.
type Thanks struct {
	Advisory string            // ID of the advisory
	Title    string            // of the advisory
	Page     string            // URL, optional
	Date     time.Time         // of publication
	TLP      tlp.Label         // of the advisory; PublishCredits refuses what is not CLEAR
	Credits  []advisory.Credit // with the names that were agreed to
}

// ThanksOf takes the credits of a published advisory.
func ThanksOf(a *advisory.Advisory, page string) Thanks {
	t := Thanks{Advisory: a.ID, Title: a.Title, Page: page, Date: a.Tracking.Released, TLP: a.TLP}
	t.Credits = append(t.Credits, a.Credits...)
	for _, v := range a.Vulnerabilities {
		t.Credits = append(t.Credits, v.Credits...)
	}
	return t
}

// Credits writes the page to which the Acknowledgments field of security.txt points
// (RFC 9116, section 2.5.1). Lines without a name are left out. All text is escaped,
// and links are made of http and https URLs only.
func Credits(w io.Writer, publisher string, list []Thanks) error {
	type line struct {
		Thanks
		Names []thanked
	}
	v := struct {
		Publisher string
		Lines     []line
	}{Publisher: publisher}
	for _, t := range list {
		l := line{Thanks: t}
		l.Page = webURL(t.Page)
		for _, c := range t.Credits {
			// The document and its vulnerabilities often thank the same people.
			who := nameOf(c)
			if who.Name != "" && !slices.ContainsFunc(l.Names, func(o thanked) bool {
				return o.Name == who.Name && o.Organization == who.Organization
			}) {
				l.Names = append(l.Names, who)
			}
		}
		if len(l.Names) > 0 {
			v.Lines = append(v.Lines, l)
		}
	}
	return templates().ExecuteTemplate(w, "credits", v)
}

type thanked struct{ Name, Organization, URL, Summary string }

func nameOf(c advisory.Credit) thanked {
	t := thanked{Name: strings.Join(c.Names, ", "), Organization: c.Organization, Summary: c.Summary}
	if t.Name == "" {
		t.Name, t.Organization = t.Organization, ""
	}
	for _, u := range c.URLs {
		if t.URL = webURL(u); t.URL != "" {
			break
		}
	}
	return t
}

func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// PublishCredits writes the credits page into the tree; it is served as
// credits.html. The same list again changes nothing. A line tells that there is an
// advisory, so it refuses all if one is of an advisory that is not TLP:CLEAR (ErrTLP)
// or that is released in the future (ErrEmbargo).
func (p *Publisher) PublishCredits(list []Thanks) error {
	for _, t := range list {
		if t.TLP != tlp.Clear {
			return fmt.Errorf("%w: credits of %s, which is TLP:%s", ErrTLP, t.Advisory, t.TLP.Name())
		}
		if t.Date.After(p.cfg.Now()) {
			return docError(t.Advisory, ErrEmbargo)
		}
	}
	var b bytes.Buffer
	if err := Credits(&b, p.cfg.Publisher.Name, list); err != nil {
		return err
	}
	return p.change(func(c *change, l *ledger) error {
		u := &update{p: p, c: c, l: l, shelves: map[string]*lists{}}
		to := filepath.Join(p.cfg.Dir, creditsName)
		_, err := os.Stat(to)
		u.pages, u.credits = err != nil, true // the index links to it from now on
		u.mkdir(p.cfg.Dir)
		if _, err := c.putUnlessSame(to, b.Bytes()); err != nil {
			return err
		}
		return u.finish()
	})
}

//go:embed pages.html
var pagesSource string

// templates are parsed at first use, so that importing the package costs nothing.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"day":    func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"iso":    stamp,
		"webURL": webURL,
	}).Parse(pagesSource))
})
