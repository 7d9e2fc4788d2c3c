package login

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Staff is somebody of the team.
type Staff struct {
	Name   string   // stable and unique, as in cvd.By.Actor
	Groups []string // of which cases they may see, as in cvd.Viewer.Groups
}

// Config says what a Login works with. State and Secret are required.
type Config struct {
	// State keeps sessions, under keys that begin with "login/". All processes that
	// serve one desk share it.
	State storage.State
	// Secret keys tokens and the hashes of sessions: at least 32 random bytes, the same
	// for all processes.
	Secret []byte

	// Users log in with password and second factor. nil: nobody does.
	Users *Users
	// Identify says who makes a request without a session, for example by a client
	// certificate, or the fixed Staff of a trial on loopback. It is asked at each
	// request. A zero Staff: nobody.
	Identify func(*http.Request) (Staff, error)
	// Ways are further ways to log in.
	Ways []Way

	// Prefix is the path below which the login lies: "" for /login and /logout.
	Prefix string
	// Hosts are the names by which the desk is reached, with port. Others are
	// refused, for else a foreign site that points its name at this machine would be
	// taken for this one. nil: all. A desk that lets in everybody on loopback needs it.
	Hosts []string
	// Title stands on the login page: "Log in".
	Title string
	// Source names where a request comes from, for the limits. nil: the connection's
	// address; behind proxies see portal.Forwarded.
	Source func(*http.Request) string
	// Insecure is for plain HTTP beyond loopback: cookies lack Secure and __Host-.
	Insecure bool
	// ClearSiteData is what a log-out clears. "": "cache", "cookies", "storage".
	ClearSiteData string

	// Idle is how long a session lasts without use, one hour, and Life how long at
	// all, twelve.
	Idle, Life time.Duration
	// Tries is how many wrong attempts a source has at once, 8, and TryEvery when it
	// has another: 30 seconds.
	Tries    int
	TryEvery time.Duration

	// OnError is told of what is nobody's mistake. nil: only the page says so.
	OnError func(context.Context, error)
	Now     func() time.Time // nil: time.Now
}

// Way is a way to log in that a host adds. Its Handler serves Prefix/login/Name/…
// before anybody is known, and ends by Login.Enter. The host checks its own state and
// nonce there, as OpenID Connect wants; posts from other sites do not get there.
type Way struct {
	Name, Label string
	Handler     http.Handler
	// Still is asked at each request whether somebody who came this way may still,
	// and with which groups. nil: until the session ends.
	Still func(context.Context, Staff) (Staff, bool, error)
}

// Login guards a handler. Its methods are safe for concurrent use.
type Login struct {
	cfg   Config
	cross *http.CrossOriginProtection
	tries *limiter
	work  chan struct{} // bounds the memory of hashing
}

// New returns a Login, or an error if a field is missing or impossible.
func New(cfg Config) (*Login, error) {
	switch {
	case cfg.State == nil:
		return nil, errors.New("login: Config.State is missing")
	case len(cfg.Secret) < 32:
		return nil, fmt.Errorf("login: Config.Secret has %d bytes, 32 random ones are needed", len(cfg.Secret))
	case cfg.Prefix != "" && (!strings.HasPrefix(cfg.Prefix, "/") || strings.HasSuffix(cfg.Prefix, "/") || local(cfg.Prefix) != cfg.Prefix):
		return nil, errors.New(`login: Config.Prefix is "" or a path such as "/team"`)
	}
	for _, w := range cfg.Ways {
		if w.Handler == nil || w.Name == "" || w.Name == "link" || strings.ContainsAny(w.Name, "/?#% ") {
			return nil, fmt.Errorf("login: the way %q has no handler, or its name is no part of a path", w.Name)
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Source == nil {
		cfg.Source = portal.Forwarded(0) // of the connection
	}
	if cfg.Title == "" {
		cfg.Title = "Log in"
	}
	if cfg.ClearSiteData == "" {
		cfg.ClearSiteData = `"cache", "cookies", "storage"`
	}
	set(&cfg.Idle, time.Hour)
	set(&cfg.Life, 12*time.Hour)
	set(&cfg.Tries, 8)
	set(&cfg.TryEvery, 30*time.Second)
	return &Login{
		cfg: cfg, cross: http.NewCrossOriginProtection(), work: make(chan struct{}, 2),
		tries: newLimiter(cfg.Tries, cfg.TryEvery),
	}, nil
}

func set[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

type contextKey struct{}

// visit is what the context of a request knows.
type visit struct {
	who   Staff
	token string
}

// From returns who makes a request that came through Wrap.
func From(ctx context.Context) (Staff, bool) {
	v, ok := ctx.Value(contextKey{}).(visit)
	return v.who, ok
}

// Token is what each form that posts carries as the first field, "csrf". Scripts
// send it as the header X-CSRF-Token. "": the request did not come through Wrap.
func Token(ctx context.Context) string {
	v, _ := ctx.Value(contextKey{}).(visit)
	return v.token
}

// Wrap serves the login's own pages, and the rest by next, for people who are in.
func (l *Login) Wrap(next http.Handler) http.Handler {
	return l.serve(func(q *request) error { return q.guard(next) })
}

// Beside serves the login's own pages, and the rest by next, for everybody: a portal
// that knows accounts beside receipts. Next asks Who, and guards its forms itself.
func (l *Login) Beside(next http.Handler) http.Handler {
	return l.serve(func(q *request) error {
		next.ServeHTTP(q.w, q.r)
		return nil
	})
}

// Who returns who makes a request. A zero Staff: nobody is in.
func (l *Login) Who(r *http.Request) (Staff, error) {
	who, _, err := (&request{Login: l, r: r}).who()
	return who, err
}

func (l *Login) serve(rest func(*request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{Login: l, w: w, r: r}
		q.headers()
		if l.cfg.Hosts != nil && !slices.Contains(l.cfg.Hosts, r.Host) {
			q.say(http.StatusMisdirectedRequest, "Another address", "This desk is not reached by this name.")
			return
		}
		if err := l.cross.Check(r); err != nil {
			q.say(http.StatusForbidden, "Sent from elsewhere", "This was sent by a page of another site, and nothing was done.")
			return
		}
		path, ours := strings.CutPrefix(r.URL.Path, l.cfg.Prefix)
		var err error
		switch {
		case ours && path == "/login":
			err = q.login()
		case ours && path == "/login/link":
			err = q.link()
		case ours && path == "/login/style.css":
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			w.Write(style)
		case ours && path == "/logout":
			err = q.logout()
		case ours && strings.HasPrefix(path, "/login/"):
			err = q.way(strings.TrimPrefix(path, "/login/"))
		default:
			err = rest(q)
		}
		if err != nil {
			q.fail(err)
		}
	})
}

// request is one request in work.
type request struct {
	*Login
	w http.ResponseWriter
	r *http.Request
}

func (q *request) headers() {
	h := q.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Cookie")
}

// way serves a way of the host.
func (q *request) way(path string) error {
	name, _, _ := strings.Cut(path, "/")
	for _, w := range q.cfg.Ways {
		if w.Name == name {
			http.StripPrefix(q.cfg.Prefix+"/login/"+name, w.Handler).ServeHTTP(q.w, q.r)
			return nil
		}
	}
	q.say(http.StatusNotFound, "Not found", "There is no such page.")
	return nil
}

// guard lets somebody through who is in.
func (q *request) guard(next http.Handler) error {
	who, bound, err := q.who()
	if err != nil {
		return err
	}
	if who.Name == "" {
		return q.askLogin()
	}
	if !safe(q.r.Method) {
		sent, err := takeToken(q.w, q.r)
		if err != nil {
			return err
		}
		if !q.tokenFits(sent, bound) {
			return q.offer(who, bound, q.r.URL.RequestURI(), readFields(q.w, q.r), sent)
		}
	}
	ctx := context.WithValue(q.r.Context(), contextKey{}, visit{who, q.token(bound, who.Name)})
	next.ServeHTTP(q.w, q.r.WithContext(ctx))
	return nil
}

// who returns who makes the request, and what their forms are bound to.
func (q *request) who() (Staff, string, error) {
	s, err := q.session()
	if err != nil {
		return Staff{}, "", err
	}
	if s != nil {
		return Staff{s.Name, s.Groups}, s.id, nil
	}
	if q.cfg.Identify == nil {
		return Staff{}, "", nil
	}
	who, err := q.cfg.Identify(q.r)
	return who, "identity " + who.Name, err
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func (q *request) fail(err error) {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		q.say(http.StatusRequestEntityTooLarge, "Too much", "More was sent than is taken here.")
		return
	}
	if q.cfg.OnError != nil {
		q.cfg.OnError(q.r.Context(), err)
	}
	q.say(http.StatusInternalServerError, "Something went wrong", "Try again in a moment.")
}

// keyed is HMAC-SHA-256 of parts, each with its length, so that none can be taken
// for another.
func keyed(key []byte, parts ...string) (out [32]byte) {
	m := hmac.New(sha256.New, key)
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		m.Write(n[:])
		io.WriteString(m, p)
	}
	m.Sum(out[:0])
	return out
}

// Loopback says whether an address to listen on is reached from this machine only.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
