package portal

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// request is one request in work.
type request struct {
	*Portal
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context
	lang *language
	sess *session
}

// ServeHTTP serves the pages below the prefix that the host has stripped.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.headers(w, r)
	q := &request{Portal: p, w: w, r: r, ctx: r.Context(), lang: p.language(r)}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if path == "style.css" {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		if q.read() {
			w.Write(p.style)
		}
		return
	}
	if tag := r.URL.Query().Get("lang"); p.pages[tag] != nil {
		http.SetCookie(w, p.cookie(cookieLanguage, tag))
	}
	to, ok := p.routes[path]
	serve := to.get
	switch {
	case !ok:
		q.say(http.StatusNotFound, "lost.title", "lost.text")
		return
	case r.Method == http.MethodPost && to.post != nil:
		if err := p.cross.Check(r); err != nil {
			q.say(http.StatusForbidden, "foreign.title", "foreign.text")
			return
		}
		serve = to.post
	case !q.read() || to.get == nil:
		w.Header().Set("Allow", to.allow())
		q.say(http.StatusMethodNotAllowed, "lost.title", "lost.text")
		return
	}
	if err := serve(q); err != nil {
		q.fail(err)
	}
}

type route struct{ get, post func(*request) error }

func (x route) allow() string {
	switch {
	case x.get == nil:
		return "POST"
	case x.post == nil:
		return "GET, HEAD"
	}
	return "GET, HEAD, POST"
}

// allRoutes are all paths. They are flat, so that links between them are relative and
// the portal need not know under which prefix it is mounted.
func allRoutes() map[string]route {
	out := map[string]route{
		"":        {get: (*request).showReport, post: (*request).postReport},
		"open":    {get: (*request).showOpen, post: (*request).postOpen},
		"case":    {get: (*request).showCase},
		"reply":   {get: (*request).backToCase, post: (*request).postReply},
		"file":    {get: (*request).showFile},
		"logout":  {get: (*request).backToCase, post: (*request).postLogout},
		"other":   {get: (*request).backToCase, post: (*request).postOther},
		"cases":   {get: (*request).showCases, post: (*request).postCases},
		"policy":  {get: (*request).showPolicy},
		"receipt": {get: (*request).showReceipt},
		"bye":     {get: (*request).showBye},
		"lost":    {get: (*request).showLost, post: (*request).postLost},
		"renew":   {get: (*request).showRenew, post: (*request).postRenew},
	}
	for path, a := range acts() {
		out[path] = route{get: (*request).backToCase, post: a.serve}
	}
	return out
}

func (q *request) read() bool {
	return q.r.Method == http.MethodGet || q.r.Method == http.MethodHead
}

// headers are those of every answer.
func (p *Portal) headers(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would make forms come with "Origin: null"
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store, no-transform") // a proxy that compresses gives away secrets by their length
	h.Set("Vary", "Accept-Language, Cookie")
	if p.cfg.Onion != "" && !strings.HasSuffix(hostOf(r.Host), ".onion") {
		h.Set("Onion-Location", strings.TrimSuffix(p.cfg.Onion, "/")+"/"+strings.TrimPrefix(r.URL.EscapedPath(), "/"))
	}
}

func hostOf(hostport string) string {
	host, _, _ := strings.Cut(hostport, ":")
	return strings.ToLower(host)
}

// page is what every template is given.
type page struct {
	Lang   string
	Path   string // of this page, for the language switch
	Here   string // the same, where it is a page of its own; "": it is none
	Case   string // the number that a link named, for the language switch
	Langs  []string
	Team   string
	Cfg    *Config
	Title  string
	Errors []problem
	Data   any
	In     bool // somebody is logged in
	Known  bool // somebody is logged in at the host
	Bare   bool // without the links to the other pages
	Token  string
}

// problem is a line of the errors on top of a page, and leads to its field.
type problem struct {
	Field string // "": it is of no field
	Text  string
}

// show writes a page. It is made as a whole before anything is sent.
func (q *request) show(status int, name string, d page) error {
	d.Lang, d.Langs, d.Cfg = q.lang.tag, q.langs, &q.cfg
	d.Team = q.cfg.Team
	d.Path = "./" + strings.TrimPrefix(q.r.URL.Path, "/")
	if to, ok := q.routes[strings.TrimPrefix(q.r.URL.Path, "/")]; !ok || to.get == nil {
		d.Path = "./"
	} else if name != "message" {
		d.Here = d.Path
	}
	if d.Team == "" {
		d.Team = q.lang.text("team")
	}
	var b bytes.Buffer
	if err := q.lang.pages[name].Execute(&b, d); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", q.lang.tag)
	q.w.WriteHeader(status)
	if q.r.Method != http.MethodHead {
		q.w.Write(b.Bytes())
	}
	return nil
}

// say shows a page that says one thing.
func (q *request) say(status int, title, text string) {
	err := q.show(status, "message", page{Title: q.lang.text(title), Data: q.lang.text(text)})
	if err != nil {
		q.problem(q.ctx, err)
		http.Error(q.w, "Internal Server Error", http.StatusInternalServerError)
	}
}

// goTo sends the browser to another page, relative to this one.
func (q *request) goTo(path string) error {
	q.w.Header().Set("Location", "./"+path)
	q.w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (q *request) backToCase() error { return q.goTo("case") }

// fail answers what is nobody's mistake.
func (q *request) fail(err error) {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errBroken):
		q.say(http.StatusBadRequest, "broken.title", "broken.text")
	case errors.Is(err, cvd.ErrNotFound):
		q.say(http.StatusNotFound, "lost.title", "lost.text")
	default:
		q.problem(q.ctx, err)
		q.say(http.StatusInternalServerError, "failed.title", "failed.text")
	}
}

func (p *Portal) problem(ctx context.Context, err error) {
	if p.cfg.OnError != nil {
		p.cfg.OnError(ctx, err)
	}
}
