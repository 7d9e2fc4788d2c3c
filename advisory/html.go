package advisory

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed html.tmpl
var htmlSource string

// page is parsed at first use, so that importing the package costs nothing.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("advisory").Funcs(template.FuncMap{
		"clean": clean,
		"join":  func(list []string) string { return strings.Join(list, "; ") },
		"lower": strings.ToLower,
		"web": func(u string) string {
			u, _ = webURL(u)
			return u
		},
	}).Parse(htmlSource))
})

// HTML writes the advisory as one page without scripts or outside resources, for
// screens from a phone's width up, and for print. html/template escapes every text;
// links are made of http and https URLs only, and a content security policy in the
// page forbids all but its own style. The error is that of w.
func HTML(w io.Writer, a *Advisory) error {
	return page().Execute(w, a.view())
}
