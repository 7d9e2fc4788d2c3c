package cvd

import (
	"strings"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/internal/texts"
)

// Texts are the texts of the library's own messages in one language. A nil one holds
// those in English.
type Texts struct {
	tag string // of the language
	by  texts.Catalogue
}

// With returns texts of a language. It is for the packages beneath cvd.
func (*Texts) With(_ inner.Only, tag string, words texts.Catalogue) *Texts { return &Texts{tag, words} }

// Catalogues returns the library's own texts, by language tag (BCP 47) and key: in
// English, German, French, Spanish and Polish. Names in braces are filled in when a
// message is written. Config.Texts replaces single ones.
func Catalogues() map[string]map[string]string {
	out := map[string]map[string]string{}
	for tag, c := range texts.Own() {
		out[tag] = c
	}
	return out
}

func english() *Texts { return &Texts{"en", texts.Own()["en"]} }

// text fills a text; one that is missing shows as its key.
func (t *Texts) text(key string, pairs ...string) string {
	s, ok := t.by[key]
	if !ok {
		return key
	}
	return texts.Fill(s, pairs...)
}

// timeline are the texts of timelines, by what they are in English.
func (t *Texts) timeline() map[string]string {
	out := map[string]string{}
	for key, text := range t.by {
		if english, ok := strings.CutPrefix(key, "timeline."); ok {
			out[english] = text
		}
	}
	return out
}

func (t *Texts) roles(of Roles) string {
	if t == nil {
		return of.String()
	}
	var out []string
	for role := RoleFinder; role <= RoleOther; role <<= 1 {
		if of&role != 0 {
			out = append(out, t.text("role."+role.String()))
		}
	}
	return strings.Join(out, ", ")
}
