package csaf

import (
	"errors"
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

var (
	referencePlaces = where("/document/references[]", "/vulnerabilities[]/references[]")
	urlPlaces       = where(
		"/document/acknowledgments[]/urls[]",
		"/document/aggregate_severity/namespace",
		"/document/distribution/tlp/url",
		"/document/publisher/namespace",
		"{product}/product_identification_helper/sbom_urls[]",
		"{product}/product_identification_helper/x_generic_uris[]/namespace",
		"{product}/product_identification_helper/x_generic_uris[]/uri",
		"/vulnerabilities[]/acknowledgments[]/urls[]",
		"/vulnerabilities[]/remediations[]/url",
	)
)

func checkOtherURLs(r *run) {
	r.each(referencePlaces, func(n *jsontree.Node, s *spot) {
		if n.Text("category") != "self" {
			r.resolve(n.Get("url"), func() string { return s.path() + "/url" })
		}
	})
	r.each(urlPlaces, func(n *jsontree.Node, s *spot) { r.resolve(n, s.path) })
}

func checkSelfURLs(r *run) {
	r.each(referencePlaces, func(n *jsontree.Node, s *spot) {
		if n.Text("category") == "self" {
			r.resolve(n.Get("url"), func() string { return s.path() + "/url" })
		}
	})
}

// resolve asks the host's checker once for each URL. URIs of other schemes than
// http and https have no status and are passed over.
func (r *run) resolve(n *jsontree.Node, path func() string) {
	u, err := url.Parse(n.Text())
	if n.Text() == "" || err != nil || u.Scheme != "http" && u.Scheme != "https" || r.err != nil {
		return
	}
	status, known := r.statuses[n.Text()]
	if !known {
		if r.err = r.ctx.Err(); r.err != nil {
			return
		}
		if status, err = r.v.CheckURL(r.ctx, n.Text()); err != nil {
			status = 0
		}
		if r.statuses == nil {
			r.statuses = map[string]int{}
		}
		r.statuses[n.Text()] = status
	}
	if status < 200 || status >= 400 {
		r.add(path(), "the URL does not resolve")
	}
}

var (
	spellPlaces = where(
		"/document/acknowledgments[]/names[]",
		"/document/acknowledgments[]/organization",
		"/document/acknowledgments[]/summary",
		"/document/aggregate_severity/text",
		"/document/category",
		"/document/distribution/text",
		"/document/notes[]/audience",
		"/document/notes[]/text",
		"/document/notes[]/title",
		"/document/publisher/issuing_authority",
		"/document/publisher/name",
		"/document/references[]/summary",
		"/document/title",
		"/document/tracking/aliases[]",
		"/document/tracking/generator/engine/name",
		"/document/tracking/revision_history[]/summary",
		"{product}/name",
		"/product_tree/product_groups[]/summary",
		"/vulnerabilities[]/acknowledgments[]/names[]",
		"/vulnerabilities[]/acknowledgments[]/organization",
		"/vulnerabilities[]/acknowledgments[]/summary",
		"/vulnerabilities[]/involvements[]/summary",
		"/vulnerabilities[]/notes[]/audience",
		"/vulnerabilities[]/notes[]/text",
		"/vulnerabilities[]/notes[]/title",
		"/vulnerabilities[]/references[]/summary",
		"/vulnerabilities[]/remediations[]/details",
		"/vulnerabilities[]/remediations[]/entitlements[]",
		"/vulnerabilities[]/remediations[]/restart_required/details",
		"/vulnerabilities[]/threats[]/details",
		"/vulnerabilities[]/title",
	)
	grammarPlaces = where(
		"/document/acknowledgments[]/summary",
		"/document/aggregate_severity/text",
		"/document/distribution/text",
		"/document/notes[]/audience",
		"/document/notes[]/text",
		"/document/notes[]/title",
		"/document/publisher/issuing_authority",
		"/document/references[]/summary",
		"/document/title",
		"/document/tracking/revision_history[]/summary",
		"/product_tree/product_groups[]/summary",
		"/vulnerabilities[]/acknowledgments[]/summary",
		"/vulnerabilities[]/involvements[]/summary",
		"/vulnerabilities[]/notes[]/audience",
		"/vulnerabilities[]/notes[]/text",
		"/vulnerabilities[]/notes[]/title",
		"/vulnerabilities[]/references[]/summary",
		"/vulnerabilities[]/remediations[]/details",
		"/vulnerabilities[]/remediations[]/entitlements[]",
		"/vulnerabilities[]/remediations[]/restart_required/details",
		"/vulnerabilities[]/threats[]/details",
		"/vulnerabilities[]/title",
	)
)

func checkSpelling(r *run) {
	spelled := func(path, text string) { r.words(path, text, false) }
	r.eachText(spellPlaces, spelled)
	if r.meta.Text("lang") == "" || r.err != nil {
		return
	}
	for _, b := range r.branches {
		spelled(b.path()+"/name", b.name)
	}
}

func checkGrammar(r *run) {
	r.eachText(grammarPlaces, func(path, text string) { r.words(path, text, true) })
}

// eachText calls f for the texts of a document that names its language.
func (r *run) eachText(places places, f func(path, text string)) {
	if r.meta.Text("lang") == "" {
		return
	}
	base := !hasString(r.profiles(), r.meta.Text("category"))
	r.each(places, func(n *jsontree.Node, s *spot) {
		if n.Kind() == jsontree.String && (base || s.path() != "/document/category") {
			f(s.path(), n.Text())
		}
	})
}

// words asks the checker of the host about one text.
func (r *run) words(path, text string, grammar bool) {
	if r.err != nil || text == "" || r.noWords == r.rule {
		return
	}
	check, what := r.v.CheckSpelling, "spelling"
	if grammar {
		check, what = r.v.CheckGrammar, "grammar"
	}
	lang := r.meta.Text("lang")
	wrong, err := check(r.ctx, lang, text)
	switch {
	case errors.Is(err, ErrLanguage):
		if r.count == 0 {
			r.add("/document/lang", "the "+what+" checker does not know the language")
		}
		r.noWords = r.rule
	case err != nil:
		r.err = err
	case len(wrong) > 0:
		if len(wrong) > 20 {
			wrong = wrong[:20]
		}
		r.add(path, what+": "+quote(strings.Join(wrong, ", ")))
	}
}
