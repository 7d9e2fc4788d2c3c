package service

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/internal/texts"
)

// languages are the texts of a Service.
type languages map[string]*cvd.Texts

// newLanguages lays the host's texts over the library's own.
func newLanguages(own map[string]map[string]string) (languages, error) {
	all := texts.Own()
	en := all["en"]
	for _, tag := range slices.Sorted(maps.Keys(own)) {
		if !engine.IsLanguage(tag) {
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
		out[strings.ToLower(tag)] = new(cvd.Texts).With(inner.Only{}, tag, c)
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
func (l languages) in(tags ...string) *cvd.Texts {
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
