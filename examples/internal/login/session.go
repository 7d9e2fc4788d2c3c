package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// session is somebody who has logged in, as State keeps it.
type session struct {
	Name   string
	Groups []string
	Way    string    // "users", "link", or of Config.Ways
	Stamp  string    // of the user's entry: another one ends the session
	Made   time.Time // for Life
	Used   time.Time // for Idle, to the minute

	id      string
	version int64
}

const (
	sessionPrefix = "login/session/"
	grain         = time.Minute
	cookieSession = "staff"
)

func (l *Login) sessionKey(id string) string {
	h := keyed(l.cfg.Secret, "session", id)
	return sessionPrefix + hex.EncodeToString(h[:20])
}

// Enter logs somebody in who has come by a way, and sends the browser on. The
// session has a new ID, whatever cookie was sent, and the one that the browser had
// ends. next is where to: anything but a path of this site leads to the start.
func (l *Login) Enter(w http.ResponseWriter, r *http.Request, way string, who Staff, next string) error {
	q := &request{Login: l, w: w, r: r}
	if _, err := q.begin(session{Name: who.Name, Groups: who.Groups, Way: way}); err != nil {
		return err
	}
	q.goTo(local(next))
	return nil
}

func (q *request) begin(s session) (*session, error) {
	if s.Name == "" {
		return nil, errors.New("login: nobody enters without a name")
	}
	if old, err := q.session(); err == nil && old != nil {
		if err := q.end(q.r.Context(), old); err != nil {
			return nil, err
		}
	}
	s.id = randomID()
	s.Made = q.cfg.Now()
	if err := q.keep(q.r.Context(), &s); err != nil {
		return nil, err
	}
	http.SetCookie(q.w, q.cookie(cookieSession, s.id))
	return &s, nil
}

func randomID() string {
	var id [32]byte
	rand.Read(id[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func (l *Login) keep(ctx context.Context, s *session) (err error) {
	s.Used = l.cfg.Now().Truncate(grain)
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	s.version, err = l.cfg.State.Put(ctx, l.sessionKey(s.id), s.version, text)
	return err
}

func (l *Login) over(s *session) bool {
	now := l.cfg.Now()
	return now.Sub(s.Used) >= l.cfg.Idle+grain || now.Sub(s.Made) >= l.cfg.Life
}

// session returns the session of a request, or nil: there is none, or it has ended.
func (q *request) session() (*session, error) {
	c, err := q.r.Cookie(q.cookieName(cookieSession))
	if err != nil || len(c.Value) != 43 {
		return nil, nil
	}
	ctx := q.r.Context()
	s := &session{}
	b, version, err := q.cfg.State.Get(ctx, q.sessionKey(c.Value))
	if err != nil || b == nil {
		return nil, err
	}
	if json.Unmarshal(b, s) != nil {
		return nil, nil
	}
	s.id, s.version = c.Value, version
	if q.over(s) {
		return nil, q.end(ctx, s)
	}
	ok, err := q.still(ctx, s)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, q.end(ctx, s)
	}
	if q.cfg.Now().Sub(s.Used) >= 2*grain {
		// Of two requests at once, one puts the end off.
		if err := q.keep(ctx, s); err != nil && !errors.Is(err, cvd.ErrConflict) {
			return nil, err
		}
	}
	return s, nil
}

// still says whether somebody may be in still, and renews the groups.
func (l *Login) still(ctx context.Context, s *session) (bool, error) {
	if s.Way == wayUsers {
		if l.cfg.Users == nil {
			return false, nil
		}
		u, ok, err := l.cfg.Users.Find(s.Name)
		if err != nil || !ok || u.stamp() != s.Stamp {
			return false, err
		}
		s.Groups = slices.Clone(u.Groups)
		return true, nil
	}
	for _, w := range l.cfg.Ways {
		if w.Name != s.Way {
			continue
		}
		if w.Still == nil {
			return true, nil
		}
		who, ok, err := w.Still(ctx, Staff{s.Name, s.Groups})
		s.Groups = who.Groups
		return ok && who.Name == s.Name, err
	}
	return s.Way == wayLink, nil
}

// end removes a session.
func (l *Login) end(ctx context.Context, s *session) error {
	key := l.sessionKey(s.id)
	for range 20 {
		_, err := l.cfg.State.Put(ctx, key, s.version, nil)
		if !errors.Is(err, cvd.ErrConflict) {
			return err
		}
		b, version, err := l.cfg.State.Get(ctx, key)
		if err != nil || b == nil {
			return err
		}
		s.version = version
	}
	return cvd.ErrConflict
}

// Sweep removes sessions and links that have ended, among at most n keys (1 to
// 1,000) after one, and returns the key to go on after; "": there are no more. What
// has ended lets nobody in, swept or not.
func (l *Login) Sweep(ctx context.Context, after string, n int) (next string, err error) {
	n = min(max(n, 1), 1000)
	keys, err := l.cfg.State.List(ctx, "login/", after, n)
	if err != nil {
		return after, err
	}
	for _, k := range keys {
		b, version, err := l.cfg.State.Get(ctx, k)
		if err != nil {
			return after, err
		}
		if b != nil && l.ended(k, b) {
			if _, err := l.cfg.State.Put(ctx, k, version, nil); err != nil && !errors.Is(err, cvd.ErrConflict) {
				return after, err
			}
		}
		after = k
	}
	if len(keys) < n {
		return "", nil
	}
	return after, nil
}

// logout ends the session, in the browser too. It needs no token: that nobody else
// posts here is checked, and being logged out harms nobody.
func (q *request) logout() error {
	if q.r.Method != http.MethodPost {
		q.goTo("/")
		return nil
	}
	s, err := q.session()
	if err != nil {
		return err
	}
	if s != nil {
		if err := q.end(context.WithoutCancel(q.r.Context()), s); err != nil {
			return err
		}
	}
	for _, name := range []string{cookieSession, cookieForm} {
		c := q.cookie(name, "")
		c.MaxAge = -1
		http.SetCookie(q.w, c)
	}
	q.w.Header().Set("Clear-Site-Data", q.cfg.ClearSiteData)
	q.goTo(q.cfg.Prefix + "/login?out=1")
	return nil
}

func (l *Login) cookieName(name string) string {
	if l.cfg.Insecure {
		return "cvd-" + name
	}
	return "__Host-cvd-" + name
}

// cookie lasts as long as the browser is open.
func (l *Login) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: l.cookieName(name), Value: value, Path: "/",
		Secure: !l.cfg.Insecure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// goTo sends the browser to a path of this site.
func (q *request) goTo(path string) {
	q.w.Header().Set("Location", path)
	q.w.WriteHeader(http.StatusSeeOther)
}
