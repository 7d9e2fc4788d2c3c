package cvd

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Describe writes what an advisory tells of a vulnerability. Empty fields stay as
// they were.
type Describe struct {
	Vuln        VulnID    // 0: the only one
	Description Private   // what the weakness is
	Workaround  Private   // what users can do until there is a fix
	References  []Private // public http or https addresses; they replace those before
}

func (x Describe) decide(d *decision) error {
	k := d.check().text("Description", x.Description).text("Workaround", x.Workaround).
		count("References", len(x.References), d.s.cfg.Limits.Items).
		needed("Description", x.Description == "" && x.Workaround == "" && len(x.References) == 0)
	for _, r := range x.References {
		if k.line("References", r); !webAddress(string(r)) {
			k.fail("References", "one is no http or https address", nil)
		}
	}
	if k.err != nil {
		return k.err
	}
	v, err := d.mustVuln(x.Vuln)
	if err != nil {
		return err
	}
	d.emit(&vulnDescribed{Vuln: v, Description: x.Description, Workaround: x.Workaround, References: x.References})
	return nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// words carries what the team has written, as part of what it came with.
func (k *carrier) words(v *Vulnerability, x *vulnDescribed) {
	if x.Description != "" || x.Workaround != "" || len(x.References) > 0 {
		k.in(v.wordsPart)
		k.to.emit(x)
	}
}

type vulnDescribed struct {
	Vuln VulnID

	Description, Workaround Private
	References              []Private
}

func (*vulnDescribed) name() string   { return "vuln.described/1" }
func (x *vulnDescribed) body(w *wire) { num(w, &x.Vuln) }
func (x *vulnDescribed) private(w *wire) {
	text(w, &x.Description)
	text(w, &x.Workaround)
	many(w, &x.References, func(w *wire, p *Private) { text(w, p) })
}
func (x *vulnDescribed) apply(c *folded, e *envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		v.wordsPart = c.part
	}
	c.event(e, Event{Vuln: x.Vuln})
}
func (x *vulnDescribed) reveal(c *folded, _ *envelope) {
	v := c.vuln(x.Vuln)
	if v == nil {
		return
	}
	if x.Description != "" {
		v.Description = x.Description
	}
	if x.Workaround != "" {
		v.Workaround = x.Workaround
	}
	if len(x.References) > 0 {
		v.References = x.References
	}
}

// Draft is the newest version of a document that the team is to publish, such as
// an advisory in one format. Older versions stay in the log.
type Draft struct {
	Name     Private   // of the document: SaveDraft with the same makes a new version
	Type     Private   // media type
	Content  Private   // of the newest version
	SHA256   Private   // of the content, in hexadecimal: compare Publication.SHA256
	Saved    time.Time `json:",omitzero"` // when that was recorded
	Versions int       // how often it was saved
	tag      storage.Term
}

// SaveDraft keeps a document that is to be published. Saved again under its name it
// is a new version. Larger ones than Limits.Text are attached instead.
type SaveDraft struct {
	Name    Private // of the document: its tracking ID, or the name of its file
	Type    Private // media type, for example application/json
	Content Private // at most Limits.Text
}

func (x SaveDraft) decide(d *decision) error {
	if err := d.check().needed("Name", x.Name == "").line("Name", x.Name).line("Type", x.Type).
		needed("Content", x.Content == "").text("Content", x.Content).err; err != nil {
		return err
	}
	d.emit(&draftSaved{Tag: d.s.shortTag("draft", string(x.Name)), Name: x.Name, Type: x.Type, Content: x.Content})
	return nil
}

// drafts takes documents along that the other case does not have.
func (k *carrier) drafts() {
	k.end()
	for _, x := range k.from.Drafts {
		if !slices.ContainsFunc(k.to.c.Drafts, func(y Draft) bool { return x.tag == y.tag }) {
			k.to.emit(&draftSaved{Tag: x.tag, Name: x.Name, Type: x.Type, Content: x.Content})
		}
	}
}

type draftSaved struct {
	Tag storage.Term // keyed hash of the name

	Name, Type, Content Private
}

func (*draftSaved) name() string   { return "draft.saved/1" }
func (x *draftSaved) body(w *wire) { text(w, &x.Tag) }
func (x *draftSaved) private(w *wire) {
	text(w, &x.Name)
	text(w, &x.Type)
	text(w, &x.Content)
}
func (x *draftSaved) apply(c *folded, e *envelope) {
	i := c.draft(x.Tag)
	c.Drafts = slices.Clone(c.Drafts)
	if i < 0 {
		i = len(c.Drafts)
		c.Drafts = append(c.Drafts, Draft{})
	}
	y := Draft{Saved: e.at.Time(), Versions: c.Drafts[i].Versions + 1}
	y.tag = x.Tag
	c.Drafts[i] = y
	c.event(e, Event{}.With(uint32(i+1), 0))
}
func (x *draftSaved) reveal(c *folded, _ *envelope) {
	if i := c.draft(x.Tag); i >= 0 {
		h := sha256.Sum256([]byte(x.Content))
		d := &c.Drafts[i]
		d.Name, d.Type, d.Content, d.SHA256 = x.Name, x.Type, x.Content, Private(hex.EncodeToString(h[:]))
	}
}

func (c *Case) draft(tag storage.Term) int {
	return slices.IndexFunc(c.Drafts, func(x Draft) bool { return x.tag == tag })
}
