package engine

import (
	"net/url"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

func (d *Decision) decideDescribe(x cvd.Describe) error {
	k := d.check().text("Description", x.Description).text("Workaround", x.Workaround).
		count("References", len(x.References), d.s.Cfg.Limits.Items).
		needed("Description", x.Description == "" && x.Workaround == "" && len(x.References) == 0)
	for _, r := range x.References {
		if k.line("References", r); !WebAddress(string(r)) {
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
	d.emit(&caselog.VulnDescribed{Vuln: v, Description: x.Description, Workaround: x.Workaround, References: x.References})
	return nil
}

func WebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// words carries what the team has written, as part of what it came with.
func (k *carrier) words(v *cvd.Vulnerability, x *caselog.VulnDescribed) {
	if x.Description != "" || x.Workaround != "" || len(x.References) > 0 {
		k.in(v.Kept(inner.Only{}).WordsPart)
		k.to.emit(x)
	}
}

func (d *Decision) decideSaveDraft(x cvd.SaveDraft) error {
	if err := d.check().needed("Name", x.Name == "").line("Name", x.Name).line("Type", x.Type).
		needed("Content", x.Content == "").text("Content", x.Content).err; err != nil {
		return err
	}
	d.emit(&caselog.DraftSaved{Tag: d.s.ShortTag("draft", string(x.Name)), Name: x.Name, Type: x.Type, Content: x.Content})
	return nil
}

// drafts takes documents along that the other case does not have.
func (k *carrier) drafts() {
	k.end()
	for _, x := range k.from.Drafts {
		if !slices.ContainsFunc(k.to.c.Drafts, func(y cvd.Draft) bool { return x.Kept(inner.Only{}).Tag == y.Kept(inner.Only{}).Tag }) {
			k.to.emit(&caselog.DraftSaved{Tag: x.Kept(inner.Only{}).Tag, Name: x.Name, Type: x.Type, Content: x.Content})
		}
	}
}
