package advisory

import (
	"net/url"
	"strings"
	"unicode"
)

// products groups the products in a state by the reason.
func (r *viewer) products(vi int, state State, ids []string) []viewProducts {
	x := &r.a.Vulnerabilities[vi]
	var out []viewProducts
	byWhy := map[string]int{}
	// Products mostly share their reasons, so the texts are joined once for each set.
	texts := map[string]string{}
	var key []byte
	for _, id := range ids {
		about := r.x.About(vi, id)
		key = key[:0]
		if state == NotAffected {
			for _, i := range about.Flags {
				key = append(key, 'f', byte(i), byte(i>>8), byte(i>>16))
			}
			for _, i := range about.Threats {
				key = append(key, 't', byte(i), byte(i>>8), byte(i>>16))
			}
		}
		why, ok := texts[string(key)]
		if !ok && len(key) > 0 {
			why = r.why(x, about)
			texts[string(key)] = why
		}
		g, ok := byWhy[why]
		if !ok {
			g = len(out)
			byWhy[why] = g
			out = append(out, viewProducts{State: r.stateName(state), Why: why})
		}
		p := viewProduct{Name: r.label(id, 0)}
		if q := r.x.Product(id); q != nil && (len(q.PURLs) != 1 || q.PURLs[0] != p.Name) {
			p.PURL = strings.Join(q.PURLs, " ")
		}
		out[g].Items = append(out[g].Items, p)
	}
	return out
}

// why says why a product is not affected.
func (r *viewer) why(x *Vulnerability, about *About) string {
	var out []string
	seen := map[string]bool{}
	say := func(s string) {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	for _, i := range about.Flags {
		say(r.tell(string(x.Flags[i].Label)))
	}
	for _, i := range about.Threats {
		if x.Threats[i].Category == ThreatImpact {
			say(x.Threats[i].Details)
		}
	}
	return strings.Join(out, ". ")
}

// tell is the label of the language; label is that of a product.
func (r *viewer) tell(name string) string { return r.speech.label(name) }

// remediations tells each once, with the products of all that say the same.
func (r *viewer) remediations(vi int) []viewNote {
	x := &r.a.Vulnerabilities[vi]
	type key struct{ category, details, url, restart, more string }
	var order []key
	products := map[key][]string{}
	for i := range x.Remediations {
		m := &x.Remediations[i]
		k := key{m.Category, m.Details, m.URL, m.Restart, m.RestartDetails}
		if _, ok := products[k]; !ok {
			order = append(order, k)
		}
		products[k] = append(products[k], m.Products...)
	}
	var out []viewNote
	for _, k := range order {
		n := viewNote{Title: r.tell(k.category), Paragraphs: paragraphs(k.details), About: r.list(vi, products[k])}
		if k.restart != "" && k.restart != "none" {
			n.Paragraphs = append(n.Paragraphs, strings.TrimSpace(r.say("Restart needed")+": "+words(k.restart)+". "+k.more))
		}
		if k.url != "" && !strings.Contains(k.details, k.url) {
			n.Paragraphs = append(n.Paragraphs, k.url)
		}
		out = append(out, n)
	}
	return out
}

// threats tells each once; an impact on products that are not affected stands beside
// them.
func (r *viewer) threats(vi int) []viewNote {
	x := &r.a.Vulnerabilities[vi]
	type key struct{ category, details string }
	var order []key
	products := map[key][]string{}
	for _, t := range x.Threats {
		if t.Category == ThreatImpact && r.notAffected(vi, t.Products) {
			continue
		}
		k := key{t.Category, t.Details}
		if _, ok := products[k]; !ok {
			order = append(order, k)
		}
		products[k] = append(products[k], t.Products...)
	}
	var out []viewNote
	for _, k := range order {
		out = append(out, viewNote{r.tell(k.category), paragraphs(k.details), r.list(vi, products[k])})
	}
	for _, e := range x.Exploited {
		text := ""
		if !e.Exploited.IsZero() {
			text = r.say("First exploited") + ": " + r.day(e.Exploited) + ". "
		}
		if !e.Known.IsZero() {
			text += r.say("Exploitation known since") + ": " + r.day(e.Known) + "."
		}
		out = append(out, viewNote{r.say("Exploited"), []string{strings.TrimSpace(text)}, r.list(vi, e.Products)})
	}
	return out
}

func (r *viewer) notAffected(vi int, ids []string) bool {
	for _, id := range ids {
		if !r.x.About(vi, id).Has(NotAffected) {
			return false
		}
	}
	return len(ids) > 0
}

func (r *viewer) notes(notes []Note) []viewNote {
	var out []viewNote
	for _, n := range notes {
		v := viewNote{Title: n.Title, Paragraphs: paragraphs(n.Text), About: r.list(-1, n.Products)}
		if v.Title == "" {
			v.Title = r.tell(n.Category)
		}
		out = append(out, v)
	}
	return out
}

func links(refs []Reference) []viewLink {
	var out []viewLink
	for _, r := range refs {
		text := r.Summary
		if text == "" {
			text = r.URL
		}
		out = append(out, viewLink{text, r.URL})
	}
	return out
}

// credits writes each as "Role: names (organization). Summary".
func (r *viewer) credits(list []Credit) []string {
	var out []string
	for _, c := range list {
		s := strings.Join(c.Names, ", ")
		switch {
		case s == "":
			s = c.Organization
		case c.Organization != "":
			s += " (" + c.Organization + ")"
		}
		if c.Summary != "" {
			if s != "" {
				s += ". "
			}
			s += c.Summary
		}
		if c.Role != "" && s != "" {
			s = r.tell(c.Role) + ": " + s
		}
		for _, u := range c.URLs {
			s = strings.TrimSpace(s + " " + u)
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// words turns a label such as "no_fix_planned" into "No fix planned".
func words(s string) string {
	s = strings.ReplaceAll(s, "_", " ")
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// paragraphs splits a text at blank lines.
func paragraphs(s string) []string {
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	var out []string
	for _, p := range strings.Split(s, "\n\n") {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return out
}

// clean removes what a reader cannot see but a terminal or a browser obeys: control
// characters other than line feeds and tabs, and the marks that turn the direction of
// text around.
func clean(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] < 0x7f && (s[i] >= ' ' || s[i] == '\n' || s[i] == '\t')
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff':
			return -1
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\u061c':
			return -1
		}
		return r
	}, s)
}

// line is clean text on one line.
func line(s string) string {
	return strings.Join(strings.Fields(clean(s)), " ")
}

// webURL returns u if a link to it may be followed: http or https with a host.
func webURL(u string) (string, bool) {
	if !strings.HasPrefix(u, "http") {
		return "", false
	}
	p, err := url.Parse(u)
	if err != nil || p.Host == "" || p.Scheme != "https" && p.Scheme != "http" {
		return "", false
	}
	return p.String(), true
}

// segment is a piece of a text: plain, or a URL that may be followed.
type segment struct{ text, url string }

// segments finds the URLs in a text. A URL ends at white space, quotes and angle
// brackets, and before punctuation that closes a sentence.
func segments(s string) []segment {
	var out []segment
	from := 0
	for i := 0; i < len(s); {
		n := strings.Index(s[i:], "://")
		if n < 0 {
			break
		}
		start := i + n
		i = start + 3
		for _, scheme := range []string{"https", "http"} {
			if b := start - len(scheme); b >= from && s[b:start] == scheme && (b == 0 || !isWordByte(s[b-1])) {
				end := urlEnd(s, start+3)
				if u, ok := webURL(s[b:end]); ok {
					if b > from {
						out = append(out, segment{text: s[from:b]})
					}
					out = append(out, segment{s[b:end], u})
					from, i = end, end
				}
				break
			}
		}
	}
	if from < len(s) {
		out = append(out, segment{text: s[from:]})
	}
	return out
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func urlEnd(s string, at int) int {
	end, open := at, 0
	for end < len(s) && s[end] > ' ' && strings.IndexByte("<>\"'`|\\^{}", s[end]) < 0 && s[end] < 0x7f {
		if s[end] == '(' {
			open++
		} else if s[end] == ')' {
			if open == 0 {
				break
			}
			open--
		}
		end++
	}
	for end > at && strings.IndexByte(".,;:!?]", s[end-1]) >= 0 {
		end--
	}
	return end
}
