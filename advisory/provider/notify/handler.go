package notify

import (
	"errors"
	"html/template"
	"net/http"
	"path"
	"sync"
)

// Handler serves the form, and the pages behind the links of mails, at the path of
// Desk.URL. A GET changes nothing, because mail programs follow links on their own;
// the button on the page posts. One-click leaving (RFC 8058) is a POST to the leave
// link.
func (d *Desk) Handler() http.Handler { return handler{d} }

type handler struct{ d *Desk }

// left is the title where somebody has left.
const left = "Left"

type view struct{ Title, Text, Action, Token, Button string }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer") // the token is in the address
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	token := r.URL.Query().Get("t")
	action := path.Base(r.URL.Path)
	post := r.Method == http.MethodPost
	if !post && r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD, POST")
		h.show(w, http.StatusMethodNotAllowed, view{Title: "Not allowed"})
		return
	}
	switch {
	case action == "confirm" && post:
		h.result(w, h.d.Confirm(r.Context(), token), "Subscribed", "You will get new security advisories by mail.")
	case action == "leave" && post:
		h.result(w, h.d.Leave(r.Context(), token), left, "You get no more mails, and the address was forgotten.")
	case action == "confirm":
		h.show(w, http.StatusOK, view{"Subscribe", "Do you want the security advisories of " + h.d.Team + " by mail?", "confirm", token, "Subscribe"})
	case action == "leave":
		h.show(w, http.StatusOK, view{"Leave", "Do you want no more security advisories of " + h.d.Team + "?", "leave", token, "Leave"})
	case post:
		h.result(w, h.d.Subscribe(r.Context(), r.PostFormValue("address")), "One more step", "A mail with a link is on its way. Follow it within two days.")
	default:
		h.show(w, http.StatusOK, view{Title: "Security advisories by mail", Text: "New advisories of " + h.d.Team + ", signed. You can leave with one click."})
	}
}

func (h handler) result(w http.ResponseWriter, err error, title, text string) {
	switch {
	case err == nil:
		h.show(w, http.StatusOK, view{Title: title, Text: text})
	case errors.Is(err, ErrLink) && title == left:
		h.show(w, http.StatusBadRequest, view{Title: "The link does not work", Text: "It is not complete: copy all of it from the last line of a mail."})
	case errors.Is(err, ErrLink):
		h.show(w, http.StatusBadRequest, view{Title: "The link does not work", Text: "It is not complete, or it has expired. Subscribe once more."})
	case errors.Is(err, ErrFull):
		h.show(w, http.StatusServiceUnavailable, view{Title: "Too many at the moment", Text: "Try it again tomorrow, or read the Atom feed."})
	case errors.Is(err, ErrAddress):
		h.show(w, http.StatusBadRequest, view{Title: "That is no mail address", Text: "Go back and look for a typing error."})
	default:
		h.show(w, http.StatusInternalServerError, view{Title: "That did not work", Text: "Try it again later."})
	}
}

func (h handler) show(w http.ResponseWriter, status int, v view) {
	w.WriteHeader(status)
	_ = page().Execute(w, v)
}

var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("").Parse(source)) })

const source = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; }
input, button { font: inherit; padding: .5rem .75rem; }
input { width: 100%; box-sizing: border-box; margin: .25rem 0 1rem; }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
{{if .Token}}<form method="post" action="{{.Action}}?t={{.Token}}"><button>{{.Button}}</button></form>
{{else if eq .Title "Security advisories by mail"}}<form method="post"><label>Mail address<input type="email" name="address" required autocomplete="email"></label><button>Subscribe</button></form>
{{end}}</body>
</html>
`
