package advisory

import (
	"bufio"
	_ "embed" // the style
	"io"
	"strconv"
	"strings"
)

//go:embed html.css
var style string

// HTML writes the advisory as one page without scripts or outside resources, for
// screens from a phone's width up, and for print. Every text is escaped; links are
// made of http and https URLs only, and a content security policy in the page forbids
// all but its own style. Its words are in the document's language where that is
// German, French or Spanish, and else English. The error is that of w.
func HTML(w io.Writer, a *Advisory) error {
	v := a.view()
	h := &htmlWriter{bufio.NewWriterSize(w, 64<<10), v.speech}
	h.put("<!DOCTYPE html>\n<html lang=\"")
	h.text(v.Lang)
	h.put(`">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>`)
	if v.ID != v.Title {
		h.element("", v.ID, ": ")
	}
	h.text(v.Title)
	h.put("</title>\n<style>\n", markup(style), "</style>\n</head>\n<body>\n<main>\n")
	h.document(&v)
	h.notes(v.Notes)
	if len(v.Vulnerabilities) > 1 {
		h.overview(v.Vulnerabilities)
	}
	for i := range v.Vulnerabilities {
		h.vulnerability(&v.Vulnerabilities[i])
	}
	h.links("2", v.References)
	h.credits("2", v.Credits)
	if len(v.Revisions) > 0 {
		h.head("2", "Revisions")
		h.table("Version", "Date", "Change")
		for _, r := range v.Revisions {
			h.put("<tr><td>")
			h.text(r[0])
			h.put("</td><td>")
			h.text(r[1])
			h.put(`</td><td dir="auto">`)
			h.prose(r[2])
			h.put("</td></tr>\n")
		}
		h.endTable()
	}
	h.put("</main>\n</body>\n</html>\n")
	return h.w.Flush()
}

// document writes the head of the page.
func (h *htmlWriter) document(v *view) {
	h.put(`<div class="head">`)
	switch v.TLP {
	case "TLP:AMBER+STRICT", "TLP:AMBER":
		h.put(`<span class="tlp tlp-amber">`)
	case "TLP:RED":
		h.put(`<span class="tlp tlp-red">`)
	case "TLP:GREEN":
		h.put(`<span class="tlp tlp-green">`)
	default:
		h.put(`<span class="tlp">`)
	}
	h.text(v.TLP)
	h.put("</span>")
	if v.ID != v.Title {
		h.element("<span>", v.ID, "</span>")
	}
	h.put("</div>\n<h1 dir=\"auto\">")
	h.text(v.Title)
	h.put("</h1>\n")
	if v.Withdrawn != "" {
		h.element(`<p class="withdrawn">`, h.say("Withdrawn")+": "+v.Withdrawn, "</p>\n")
	}
	h.put("<dl class=\"meta\">\n")
	if v.Publisher != "" {
		h.element("<dt>", h.say("Publisher"), "</dt><dd>")
		h.link(v.Publisher, v.Namespace)
		h.put("</dd>\n")
	}
	h.term("Contact", v.Contact)
	h.term("Authority", v.Authority)
	h.term("Released", v.Released)
	h.term("Updated", v.Updated)
	h.term("Version", strings.TrimSpace(v.Version+" "+v.Status))
	h.term("Severity", v.Severity)
	h.term("Also known as", strings.Join(v.Aliases, ", "))
	h.term("Distribution", v.Sharing)
	h.put("</dl>\n")
}

// overview is the index of an advisory about several vulnerabilities.
func (h *htmlWriter) overview(list []viewVulnerability) {
	h.put(`<nav aria-label="`)
	h.text(h.say("Vulnerabilities"))
	h.put("\">\n")
	h.head("2", "Vulnerabilities")
	h.table("Vulnerability", "Severity", "Products")
	for i := range list {
		x := &list[i]
		h.put(`<tr><td dir="auto"><a href="#`)
		h.text(x.Anchor)
		h.put(`">`)
		h.text(x.Name)
		h.put("</a>")
		if x.Title != x.Name {
			h.element(" ", x.Title, "")
		}
		h.put("</td><td>")
		h.badge(x.Class, strings.TrimSpace(x.Severity+" "+x.Score))
		h.put("</td><td>")
		h.text(x.States)
		h.put("</td></tr>\n")
	}
	h.endTable()
	h.put("</nav>\n")
}

func (h *htmlWriter) vulnerability(x *viewVulnerability) {
	h.put(`<article>
<h2 dir="auto" id="`)
	h.text(x.Anchor)
	h.put(`">`)
	if rest, ok := strings.CutPrefix(x.Heading, x.Name); ok {
		h.link(x.Name, x.Link)
		h.text(rest)
	} else {
		h.text(x.Heading)
	}
	h.put("</h2>\n<div class=\"head\">")
	h.badge(x.Class, strings.TrimSpace(x.Severity+" "+x.Score))
	h.element("<span>", strings.Join(x.Names, "; "), "</span>")
	if x.Discovered != "" {
		h.element("<span>", h.say("Discovered")+": "+x.Discovered, "</span>")
	}
	if x.Disclosed != "" {
		h.element("<span>", h.say("Disclosed")+": "+x.Disclosed, "</span>")
	}
	h.put("</div>\n")
	for _, w := range x.Weaknesses {
		h.put(`<p class="about">`)
		h.link(w.Text, w.URL)
		h.put("</p>\n")
	}
	h.notes(x.Notes)
	h.products(x.Products)
	h.entries("Remediation", x.Remediations)
	h.scores(x.Scores)
	h.entries("Threats", x.Threats)
	h.links("3", x.References)
	h.credits("3", x.Credits)
	if len(x.Timeline) > 0 {
		h.head("3", "Timeline")
		h.table("Date", "Event")
		for _, e := range x.Timeline {
			h.put("<tr><td>")
			h.text(e[0])
			h.put(`</td><td dir="auto">`)
			h.prose(e[1])
			h.put("</td></tr>\n")
		}
		h.endTable()
	}
	h.put("</article>\n")
}

// foldAt is the number of products in one state and for one reason above which they
// are folded.
const foldAt = 12

func (h *htmlWriter) products(groups []viewProducts) {
	if len(groups) == 0 {
		return
	}
	h.head("3", "Products")
	for i := range groups {
		g := &groups[i]
		fold := len(g.Items) > foldAt
		if fold {
			h.put(`<details class="products"><summary>`)
		} else {
			h.put(`<p class="state">`)
		}
		h.element("<strong>", g.State, "</strong>")
		if fold {
			h.text(": " + strconv.Itoa(len(g.Items)) + " " + h.say("products"))
		}
		if g.Why != "" {
			h.put(` <span class="why">`)
			h.prose(g.Why)
			h.put("</span>")
		}
		if fold {
			h.put("</summary>")
		} else {
			h.put("</p>")
		}
		h.put(`<ul class="products">`)
		for _, p := range g.Items {
			h.put(`<li dir="auto">`)
			h.text(p.Name)
			h.element(" <code>", p.PURL, "</code>")
			h.put("</li>\n")
		}
		h.put("</ul>")
		if fold {
			h.put("</details>")
		}
		h.put("\n")
	}
}

func (h *htmlWriter) scores(list []viewScore) {
	if len(list) == 0 {
		return
	}
	h.head("3", "Scores")
	h.table("Kind", "Result", "Assessment")
	for _, s := range list {
		h.put("<tr><td>")
		h.text(s.Kind)
		h.put("</td><td>")
		h.badge(s.Class, strings.TrimSpace(s.Value+" "+s.Rating))
		h.put("</td><td>")
		h.element("<code>", s.Detail, "</code>")
		h.about(s.For, "div")
		h.put("</td></tr>\n")
	}
	h.endTable()
}
