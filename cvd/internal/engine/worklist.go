package engine

import (
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// productTags are the keyed hashes by which Find knows a product: its name, and
// its package URL without a version.
func (s *Engine) productTags(name, purl cvd.Private) (out []storage.Term) {
	for _, p := range []string{string(name), purlName(string(purl))} {
		if p = strings.ToLower(strings.TrimSpace(p)); p != "" {
			out = append(out, s.ShortTag("product", p))
		}
	}
	return out
}

func purlName(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	if i := strings.LastIndexByte(purl, '@'); i > strings.LastIndexByte(purl, '/') {
		purl = purl[:i]
	}
	return purl
}
