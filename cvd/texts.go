package cvd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/internal/texts"
)

// Texts are the texts of the library's own messages in one language. A nil one holds
// those in English.
type Texts struct {
	tag string // of the language
	by  texts.Catalogue
}

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

// languages are the texts of a Service.
type languages map[string]*Texts

// newLanguages lays the host's texts over the library's own.
func newLanguages(own map[string]map[string]string) (languages, error) {
	all := texts.Own()
	en := all["en"]
	for _, tag := range slices.Sorted(maps.Keys(own)) {
		if !isLanguage(tag) {
			return nil, fmt.Errorf("cvd: Config.Texts: %q is no language tag", tag)
		}
		if err := en.Check(own[tag]); err != nil {
			return nil, fmt.Errorf("cvd: Config.Texts[%q]: %w", tag, err)
		}
	}
	out := languages{}
	tags := maps.Clone(own)
	if tags == nil {
		tags = map[string]map[string]string{}
	}
	for tag := range all {
		if tags[tag] == nil {
			tags[tag] = nil
		}
	}
	for tag := range tags {
		c := maps.Clone(en) // what a language of the host lacks is in English
		for _, part := range fallbacks(tag) {
			maps.Copy(c, all[part])
			maps.Copy(c, own[part])
		}
		out[strings.ToLower(tag)] = &Texts{tag, c}
	}
	return out, nil
}

// fallbacks are the tags whose texts a language takes, the most general first: of
// "de-CH" they are "de" and "de-CH".
func fallbacks(tag string) (out []string) {
	for i, r := range tag {
		if r == '-' {
			out = append(out, tag[:i])
		}
	}
	return append(out, tag)
}

// in returns the texts of the first of the languages that there is, or of what it is
// a kind of; else those in English.
func (l languages) in(tags ...string) *Texts {
	for _, tag := range tags {
		all := fallbacks(strings.ToLower(tag))
		for i := len(all) - 1; i >= 0; i-- {
			if t := l[all[i]]; t != nil {
				return t
			}
		}
	}
	return l["en"]
}

// isLanguage tells what can be a language tag of BCP 47 (RFC 5646).
func isLanguage(tag string) bool {
	if len(tag) > 35 {
		return false
	}
	for i, part := range strings.Split(tag, "-") {
		if len(part) == 0 || len(part) > 8 || i == 0 && len(part) < 2 {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return true
}
