package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html/template"
	"regexp"
)

var (
	bodyTag  = regexp.MustCompile(`(?i)<body[^>]*>`)
	styleTag = regexp.MustCompile(`(?is)<style[^>]*>(.*?)</style>`)
)

// policyLinks stand on top of the policy page.
var policyLinks = template.Must(template.New("links").Parse(`
<nav aria-label="{{.Name}}" lang="{{.Lang}}"><p>{{range $i, $l := .Links}}{{if $i}} · {{end}}<a href="{{$l.To}}">{{$l.Text}}</a>{{end}}</p></nav>
`))

type link struct{ To, Text string }

// showPolicy serves the team's document as it is, with links to the form and to what
// belongs to it. Its styles are allowed by their digest, and no scripts.
func (q *request) showPolicy() error {
	if q.cfg.PolicyPage == nil {
		q.say(404, "lost.title", "lost.text")
		return nil
	}
	doc, err := q.cfg.PolicyPage(q.ctx)
	if err != nil {
		return err
	}
	at := bodyTag.FindIndex(doc)
	if at == nil {
		return errors.New("portal: Config.PolicyPage gave no page: it has no body")
	}
	links := []link{{"./", q.lang.text("nav.report")}, {"./open", q.lang.text("nav.open")}}
	for _, l := range []link{{q.cfg.Key, q.lang.text("nav.key")}, {q.cfg.SecurityTxt, "security.txt"}, {q.cfg.Advisories, q.lang.text("nav.advisories")}} {
		if l.To != "" {
			links = append(links, l)
		}
	}
	var b bytes.Buffer
	b.Write(doc[:at[1]])
	err = policyLinks.Execute(&b, struct {
		Name, Lang string
		Links      []link
	}{q.lang.text("nav"), q.lang.tag, links})
	if err != nil {
		return err
	}
	b.Write(doc[at[1]:])
	style := "'self'"
	for _, m := range styleTag.FindAllSubmatch(doc, 10) {
		sum := sha256.Sum256(m[1])
		style += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	h := q.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+style+"; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Del("X-Robots-Tag") // this page is to be found
	if q.r.Method != "HEAD" {
		_, _ = q.w.Write(b.Bytes())
	}
	return nil
}
