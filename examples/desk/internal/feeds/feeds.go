package feeds

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
)

// Staff is somebody of the team.
type Staff struct {
	Name   string        // stable and unique, as in cvd.By.Actor
	Groups []cvd.Private // as in cvd.Viewer.Groups
}

func (s Staff) viewer() cvd.Viewer { return cvd.Viewer{Team: true, Groups: s.Groups} }

// all reports whether somebody sees every case.
func (s Staff) all() bool {
	for _, g := range s.Groups {
		if g == cvd.EveryGroup {
			return true
		}
	}
	return false
}

// Config says what Feeds work with. Service, State, Staff, Member and Show are required.
type Config struct {
	Service *service.Service
	// State keeps digests of tokens, under keys that begin with "desk/feed/".
	State storage.State
	// Staff says who makes a request to one of the pages; false: nobody.
	Staff func(*http.Request) (Staff, bool)
	// Member returns somebody by name, with the groups of now; false: that is nobody of
	// the team any more, whose tokens open nothing.
	Member func(ctx context.Context, name string) (Staff, bool)
	// Show writes a page in the frame of the desk.
	Show func(w http.ResponseWriter, r *http.Request, title string, body template.HTML) error
	// Token is what forms carry as "csrf". nil: none.
	Token func(*http.Request) string

	// Base is the address of the team's pages, without a slash at its end, for what
	// stands in feeds. nil: as the request names it.
	Base func(*http.Request) string
	Team string         // the name of the team
	Zone *time.Location // of the dates on pages and of years; nil: UTC

	// Side is the Store with its companions, for archives of logs. Its Store nil: there
	// are none.
	Side storecopy.Side
	// Signer signs archives, and Verifier verifies those that come in. nil: neither.
	Signer   archive.Signer
	Verifier archive.Verifier

	OnError func(context.Context, error) // is told of what is nobody's mistake. nil: nobody
	Now     func() time.Time             // nil: time.Now
}

// Feeds serves them. It is safe for concurrent use.
type Feeds struct {
	cfg Config
	svc *service.Service
}

// New returns Feeds.
func New(cfg Config) (*Feeds, error) {
	if cfg.Service == nil || cfg.State == nil || cfg.Staff == nil || cfg.Member == nil || cfg.Show == nil {
		return nil, errors.New("feeds: Config.Service, State, Staff, Member and Show are required")
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Feeds{cfg: cfg, svc: cfg.Service}, nil
}

// Pages adds the pages for people, who are logged in. handle is such as pages.Desk.Handle.
func (f *Feeds) Pages(handle func(pattern, label string, h http.Handler)) {
	handle("GET /cases.csv", "", f.page((*Feeds).list))
	handle("/measures", "Measures", f.page((*Feeds).measures))
	handle("GET /measures.csv", "", f.page((*Feeds).measuresCSV))
	handle("GET /measures.svg", "", f.page((*Feeds).measuresSVG))
	handle("/exchange", "Import and export", f.page((*Feeds).exchange))
	handle("POST /exchange/token", "", f.page((*Feeds).change))
	handle("POST /exchange/import", "", f.page((*Feeds).takeIn))
	handle("GET /exchange/all.zip", "", f.page((*Feeds).exportAll))
	handle("GET /exchange/case.zip", "", f.page((*Feeds).exportCase))
}

// Tokens serves the addresses with a token, below /feed/. It stands outside of the login.
func (f *Feeds) Tokens() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /feed/{file}", f.feed)
	return mux
}

// visit is a request of somebody.
type visit struct {
	w   http.ResponseWriter
	r   *http.Request
	who Staff
}

func (f *Feeds) page(serve func(*Feeds, visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := f.cfg.Staff(r)
		if !ok || who.Name == "" {
			http.Error(w, "Log in first.", http.StatusUnauthorized)
			return
		}
		if err := serve(f, visit{w, r, who}); err != nil {
			f.fail(w, r, err)
		}
	})
}

func (f *Feeds) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, cvd.ErrNotFound):
		http.Error(w, "There is no such case, or it is not open to your groups.", http.StatusNotFound)
	case errors.Is(err, cvd.ErrDenied):
		http.Error(w, "You may not do this.", http.StatusForbidden)
	default:
		if f.cfg.OnError != nil && r.Context().Err() == nil {
			f.cfg.OnError(r.Context(), err)
		}
		http.Error(w, "Something went wrong. Try again in a moment.", http.StatusInternalServerError)
	}
}

// base is the address of the desk.
func (f *Feeds) base(r *http.Request) string {
	if f.cfg.Base != nil {
		return f.cfg.Base(r)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// show writes a page from a template.
func (f *Feeds) show(v visit, title string, t *template.Template, data any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return err
	}
	return f.cfg.Show(v.w, v.r, title, template.HTML(b.String())) // escaped by the template
}

func (f *Feeds) csrf(r *http.Request) string {
	if f.cfg.Token == nil {
		return ""
	}
	return f.cfg.Token(r)
}

func (f *Feeds) when(t time.Time) string { return t.In(f.cfg.Zone).Format("Mon 2 Jan 2006 15:04 MST") }

// download says that what follows is a file for the disk.
func download(w http.ResponseWriter, name, mediaType string) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Content-Type-Options", "nosniff")
}
