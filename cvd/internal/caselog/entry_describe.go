package caselog

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type VulnDescribed struct {
	Vuln cvd.VulnID

	Description, Workaround cvd.Private
	References              []cvd.Private
}

func (*VulnDescribed) RecordName() string { return "vuln.described/1" }
func (x *VulnDescribed) Body(w *Wire)     { num(w, &x.Vuln) }

func (x *VulnDescribed) Private(w *Wire) {
	text(w, &x.Description)
	text(w, &x.Workaround)
	many(w, &x.References, func(w *Wire, p *cvd.Private) { text(w, p) })
}

func (x *VulnDescribed) apply(c *Folded, e *Envelope) {
	if v := c.vuln(x.Vuln); v != nil {
		v.Kept(inner.Only{}).WordsPart = c.Part
	}
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln})
}

func (x *VulnDescribed) reveal(c *Folded, _ *Envelope) {
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

type DraftSaved struct {
	Tag storage.Term // keyed hash of the name

	Name, Type, Content cvd.Private
}

func (*DraftSaved) RecordName() string { return "draft.saved/1" }
func (x *DraftSaved) Body(w *Wire)     { text(w, &x.Tag) }

func (x *DraftSaved) Private(w *Wire) {
	text(w, &x.Name)
	text(w, &x.Type)
	text(w, &x.Content)
}

func (x *DraftSaved) apply(c *Folded, e *Envelope) {
	i := draft(&c.Case, x.Tag)
	c.Drafts = slices.Clone(c.Drafts)
	if i < 0 {
		i = len(c.Drafts)
		c.Drafts = append(c.Drafts, cvd.Draft{})
	}
	y := cvd.Draft{Saved: e.At.Time(), Versions: c.Drafts[i].Versions + 1}
	y.Kept(inner.Only{}).Tag = x.Tag
	c.Drafts[i] = y
	event(&c.Case, e, cvd.Event{}.With(uint32(i+1), 0))
}

func (x *DraftSaved) reveal(c *Folded, _ *Envelope) {
	if i := draft(&c.Case, x.Tag); i >= 0 {
		h := sha256.Sum256([]byte(x.Content))
		d := &c.Drafts[i]
		d.Name, d.Type, d.Content, d.SHA256 = x.Name, x.Type, x.Content, cvd.Private(hex.EncodeToString(h[:]))
	}
}

func draft(c *cvd.Case, tag storage.Term) int {
	return slices.IndexFunc(c.Drafts, func(x cvd.Draft) bool { return x.Kept(inner.Only{}).Tag == tag })
}
