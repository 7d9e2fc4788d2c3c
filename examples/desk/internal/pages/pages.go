package pages

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/timeline"
	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
)

//go:embed templates desk.css
var files embed.FS

// Staff is somebody of the team who uses the desk.
type Staff struct {
	Name   string        // stable and unique, as in cvd.By.Actor
	Groups []cvd.Private // as in cvd.Viewer.Groups; cvd.EveryGroup sees all
}

// Config says what a Desk works with. Service, State and Staff are required.
type Config struct {
	Service *service.Service
	// State keeps what each person has read, under keys that begin with "desk/".
	State storage.State
	// Staff says who makes a request; false: nobody, who gets no page.
	Staff func(*http.Request) (Staff, bool)
	// Token is what forms carry as "csrf", for the host that checks it. nil: none.
	Token func(*http.Request) string

	Team string         // the name that the pages show
	Zone *time.Location // of all dates; nil: UTC
	// Colleagues are the people to whom a case can be given. nil: any name is typed.
	Colleagues func(context.Context) []string
	// Public is the address of the form and the portal, for links. "": none.
	Public string
	// LogOut is where a POST ends the session. "": there is no log-out.
	LogOut string
	// Notice stands above every page, such as that all data are made up.
	Notice string
	// Draft writes the advisory of a case as it would come out now, or says why it
	// cannot. nil: no draft is written here.
	Draft func(context.Context, *cvd.Case) (cvd.SaveDraft, error)
	// Known is what is public: submissions are compared with it, and all of the team see
	// it. nil: nothing was read.
	Known *known.Index
	// Outputs are those that a release usually has, with commas between them.
	Outputs string

	// Upload is how many bytes the files of one form may have together; 0: 100 MB.
	Upload int64

	// OnError is told of what is nobody's mistake. nil: only the page says so.
	OnError func(context.Context, error)
	Now     func() time.Time // nil: time.Now
}

// Desk serves the pages. Its methods are safe for concurrent use once the last
// Handle was called.
type Desk struct {
	cfg   Config
	svc   *service.Service
	mux   *http.ServeMux
	cross *http.CrossOriginProtection
	tmpl  map[string]*template.Template
	css   []byte
	nav   []navItem
}

type navItem struct{ Path, Label string }

// New returns a Desk.
func New(cfg Config) (*Desk, error) {
	if cfg.Service == nil || cfg.State == nil || cfg.Staff == nil {
		return nil, errors.New("pages: Config.Service, State and Staff are required")
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Team == "" {
		cfg.Team = "Desk"
	}
	d := &Desk{cfg: cfg, svc: cfg.Service, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(), tmpl: map[string]*template.Template{}}
	if err := d.parse(); err != nil {
		return nil, err
	}
	d.Handle("/submissions", "Submissions", d.page((*request).submissions))
	d.Handle("/{$}", "Cases", d.page((*request).list))
	d.Handle("/quarantine", "Quarantine", d.page((*request).quarantine))
	d.Handle("GET /submissions/{number}", "", d.page((*request).submission))
	d.Handle("POST /submissions/{number}/decide", "", d.page((*request).postDecision))
	d.Handle("GET /new", "", d.page((*request).showNew))
	d.Handle("POST /new", "", d.page((*request).postNew))
	d.Handle("GET /search", "", d.page((*request).search))
	d.Handle("GET /cases/{number}", "", d.page((*request).showCase))
	d.Handle("POST /cases/{number}/do/{action}", "", d.page((*request).act))
	d.Handle("POST /cases/{number}/seen", "", d.page((*request).postSeen))
	d.Handle("GET /cases/{number}/timeline.svg", "", d.page((*request).picture))
	d.Handle("GET /cases/{number}/files/{file}", "", d.page((*request).file))
	d.Handle("GET /desk.css", "", http.HandlerFunc(d.style))
	d.Handle("/", "", d.page((*request).lost))
	return d, nil
}

func (d *Desk) parse() error {
	base, err := template.New("layout.html").Funcs(template.FuncMap{"when": d.When, "day": d.day, "minus": func(a, b int) int { return a - b }, "zone": func() string { return d.cfg.Zone.String() }}).ParseFS(files, "templates/layout.html", "templates/form.html")
	if err != nil {
		return err
	}
	for _, name := range []string{"list", "case", "message", "submissions", "submission", "search", "new"} {
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(files, "templates/"+name+".html")
		}
		if err != nil {
			return err
		}
		d.tmpl[name] = t
	}
	if d.css, err = files.ReadFile("desk.css"); err == nil {
		d.css = append(d.css, timeline.ListStyle...)
	}
	return err
}

// Handle adds a page, by a pattern of http.ServeMux. With a label a link to it stands
// in the navigation of every page; the pattern is then a path, without a method. The
// handler runs for staff only, and posts of other sites do not reach it.
func (d *Desk) Handle(pattern, label string, h http.Handler) {
	d.mux.Handle(pattern, h)
	if label != "" {
		d.nav = append(d.nav, navItem{strings.TrimSuffix(pattern, "{$}"), label})
	}
}

type staffKey struct{}

// StaffOf returns who makes a request that came through a Desk.
func StaffOf(ctx context.Context) Staff {
	s, _ := ctx.Value(staffKey{}).(Staff)
	return s
}

// Viewer returns the eyes of who makes a request.
func Viewer(ctx context.Context) cvd.Viewer {
	return cvd.Viewer{Team: true, Groups: StaffOf(ctx).Groups}
}

// ServeHTTP serves the pages at the root of a site.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("Vary", "Cookie")
	who, ok := d.cfg.Staff(r)
	if !ok || who.Name == "" {
		http.Error(w, "Log in first.", http.StatusUnauthorized)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), staffKey{}, who))
	if err := d.cross.Check(r); err != nil {
		d.message(w, r, http.StatusForbidden, "Sent from elsewhere", "This was sent by a page of another site, and nothing was done.")
		return
	}
	d.mux.ServeHTTP(w, r)
}

// request is one request in work.
type request struct {
	*Desk
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context
	who Staff

	asked string // the number by which the case was asked for, whole
}

func (d *Desk) page(serve func(*request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{Desk: d, w: w, r: r, ctx: r.Context(), who: StaffOf(r.Context())}
		if err := serve(q); err != nil {
			q.fail(err)
		}
	})
}

func (q *request) viewer() cvd.Viewer { return Viewer(q.ctx) }

func (q *request) fail(err error) {
	switch {
	case errors.Is(err, cvd.ErrNotFound):
		q.lost()
		return
	case errors.Is(err, cvd.ErrDenied):
		q.message(q.w, q.r, http.StatusForbidden, "Not allowed", "You may not do this. Nothing was changed.")
		return
	}
	if q.cfg.OnError != nil {
		q.cfg.OnError(q.ctx, err)
	}
	q.message(q.w, q.r, http.StatusInternalServerError, "Something went wrong", "Nothing is lost that was saved. Try again in a moment.")
}

func (q *request) lost() error {
	q.message(q.w, q.r, http.StatusNotFound, "Not found", "There is no such page, or it is not open to your groups.")
	return nil
}

// layout is what the frame of a page is made of.
type layout struct {
	Title  string
	Here   string // the path of the page, for the navigation
	Data   any
	Team   string
	Who    string
	Notice string
	Public string
	LogOut string
	Csrf   string
	Nav    []navItem
	Query  string
}

func (d *Desk) layout(r *http.Request, title string, data any) layout {
	l := layout{
		Title: title, Here: r.URL.Path, Data: data, Team: d.cfg.Team, Who: StaffOf(r.Context()).Name, Notice: d.cfg.Notice,
		Public: d.cfg.Public, LogOut: d.cfg.LogOut, Nav: d.nav, Query: r.URL.Query().Get("q"),
	}
	switch {
	case strings.HasPrefix(l.Here, "/cases/"), l.Here == "/new":
		l.Here = "/"
	case strings.HasPrefix(l.Here, "/exchange/"):
		l.Here = "/exchange"
	case strings.HasPrefix(l.Here, "/submissions/"):
		l.Here = "/submissions"
	}
	if d.cfg.Token != nil {
		l.Csrf = d.cfg.Token(r)
	}
	return l
}

// show writes a page, made as a whole before anything is sent.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, status int, name, title string, data any) error {
	var b bytes.Buffer
	if err := d.tmpl[name].Execute(&b, d.layout(r, title, data)); err != nil {
		return fmt.Errorf("pages: template %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

// message shows a page of a few words.
func (d *Desk) message(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	if err := d.show(w, r, status, "message", title, messageData{Text: text}); err != nil && d.cfg.OnError != nil {
		d.cfg.OnError(r.Context(), err)
	}
}

type messageData struct {
	Text string
	Code *codeView // a code that was made
	HTML template.HTML
	Back string // where the reader goes on; "": the list
}

// codeView is a code that opens a case in the portal.
type codeView struct {
	For, Code string
	Case      string // its number
	Link      string // "": the desk knows no address of the portal
}

// Show writes a page of a host in the frame of the desk: body is what stands below
// the heading, with headings from h2 on, and has been escaped.
func (d *Desk) Show(w http.ResponseWriter, r *http.Request, title string, body template.HTML) error {
	return d.show(w, r, http.StatusOK, "message", title, messageData{HTML: body})
}

func (d *Desk) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(d.css)
}

// When shows an instant with hour and zone.
func (d *Desk) When(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(d.cfg.Zone).Format("Mon 2 Jan 2006 15:04 MST")
}

// day shows an instant where there is little room.
func (d *Desk) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if t = t.In(d.cfg.Zone); t.Year() != d.cfg.Now().In(d.cfg.Zone).Year() {
		return t.Format("2 Jan 2006 15:04 MST")
	}
	return t.Format("Mon 2 Jan 15:04 MST")
}
