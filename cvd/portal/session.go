package portal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// session is who has come in. What lies in Config.State is its end, and the rest
// sealed under a key that only the cookie's ID gives.
type session struct {
	Place service.Place
	// Others are further cases that the code opens: those that went into this one or
	// were parted from it.
	Others []service.Place
	Name   string // who says to hold the code; nobody has checked it
	// Identity is that of the account by which it came; "": it came by a code.
	Identity string

	id      string
	ends    time.Time
	version int64
}

// place is what tokens of a session's forms are bound to: a form that was shown
// for one case is never sent to another.
func (s *session) place() string {
	return fmt.Sprintf("%s/%d/%d", s.Place.Case, s.Place.Party, s.Place.Grant)
}

func (s *session) viewer() cvd.Viewer {
	v := s.Place.Viewer()
	v.Identity = cvd.Private(s.Identity)
	v.Over = cvd.ProtectPortal
	return v
}

const (
	statePrefix = "portal/session/"
	grain       = time.Minute // to which the end of a session is stored
)

func (p *Portal) sessionKey(id string) string {
	h := keyed(p.keys.session[:], "id", id)
	return statePrefix + hex.EncodeToString(h[:20])
}

func (p *Portal) sessionSeal(id string) cipher.AEAD {
	return p.sealer(keyed(p.keys.session[:], "seal", id))
}

func (p *Portal) sealer(k [32]byte) cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return gcm
}

// begin starts a session under a new ID, whatever cookie the browser sent, and
// ends the one that it had.
func (p *Portal) begin(w http.ResponseWriter, r *http.Request, as session) (*session, error) {
	id, err := randomID(p.cfg.Rand)
	if err != nil {
		return nil, err
	}
	s := &as
	s.id = id
	if err := p.keep(r.Context(), s); err != nil {
		return nil, err
	}
	if old, err := p.session(r); err == nil && old != nil {
		if err := p.end(r.Context(), old); err != nil {
			p.problem(r.Context(), err)
		}
	}
	http.SetCookie(w, p.cookie(cookieSession, s.id))
	return s, nil
}

func randomID(random io.Reader) (string, error) {
	var id [32]byte
	_, err := io.ReadFull(random, id[:])
	return base64.RawURLEncoding.EncodeToString(id[:]), err
}

// keep stores a session with its end, which each use puts off.
func (p *Portal) keep(ctx context.Context, s *session) (err error) {
	s.ends = p.cfg.Now().Add(p.cfg.Limits.Idle).Truncate(grain).Add(grain)
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(s.ends.Unix()))
	s.version, err = p.cfg.State.Put(ctx, p.sessionKey(s.id), s.version, p.sessionSeal(s.id).Seal(head, nil, text, head))
	return err
}

// session returns the session of a request, or nil: there is none, or it has ended.
func (p *Portal) session(r *http.Request) (*session, error) {
	c, err := r.Cookie(p.cookieName(cookieSession))
	if err != nil || len(c.Value) != 43 {
		return nil, nil
	}
	s := &session{id: c.Value}
	b, version, err := p.cfg.State.Get(r.Context(), p.sessionKey(s.id))
	if err != nil || len(b) < 8 {
		return nil, err
	}
	text, err := p.sessionSeal(s.id).Open(nil, nil, b[8:], b[:8])
	if err != nil || json.Unmarshal(text, s) != nil {
		return nil, nil
	}
	s.version, s.ends = version, endOf(b)
	now := p.cfg.Now()
	if !s.ends.After(now) {
		return nil, p.end(r.Context(), s)
	}
	if s.Identity != "" {
		who, err := p.account(r)
		if err != nil {
			return nil, err
		}
		if string(who.Identity) != s.Identity {
			return nil, p.end(r.Context(), s)
		}
	}
	if s.ends.Sub(now) < p.cfg.Limits.Idle-grain {
		if err := p.keep(r.Context(), s); err != nil && !errors.Is(err, cvd.ErrConflict) {
			return nil, err
		} // of two requests at once, one puts it off
	}
	return s, nil
}

func endOf(value []byte) time.Time { return time.Unix(int64(binary.BigEndian.Uint64(value)), 0) }

// end removes a session.
func (p *Portal) end(ctx context.Context, s *session) error {
	for range 20 {
		_, err := p.cfg.State.Put(ctx, p.sessionKey(s.id), s.version, nil)
		if !errors.Is(err, cvd.ErrConflict) {
			return err
		}
		b, version, err := p.cfg.State.Get(ctx, p.sessionKey(s.id))
		if err != nil || b == nil {
			return err
		}
		s.version = version
	}
	return cvd.ErrConflict
}

// Sweep removes sessions and mailed codes that have ended, among at most n (1 to 1,000)
// after a key, and returns the key to go on after; "": there are no more. A session that
// has ended opens nothing, swept or not. Call it from time to time.
func (p *Portal) Sweep(ctx context.Context, after string, n int) (next string, err error) {
	n = min(max(n, 1), 1000)
	keys, err := p.cfg.State.List(ctx, statePrefix, after, n)
	if err != nil {
		return after, err
	}
	now := p.cfg.Now()
	for _, k := range keys {
		b, version, err := p.cfg.State.Get(ctx, k)
		if err != nil {
			return after, err
		}
		if len(b) >= 8 && !endOf(b).After(now) {
			if _, err := p.cfg.State.Put(ctx, k, version, nil); err != nil && !errors.Is(err, cvd.ErrConflict) {
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

const (
	cookieSession  = "cvd-portal"
	cookieLanguage = "cvd-language"
	cookieForm     = "cvd-form"    // "1": this browser keeps cookies
	cookieReceipt  = "cvd-receipt" // see shown
)

func (p *Portal) cookieName(name string) string {
	if p.cfg.Insecure {
		return name
	}
	return "__Host-" + name
}

// cookie lasts as long as the browser is open.
func (p *Portal) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: p.cookieName(name), Value: value, Path: "/",
		Secure: !p.cfg.Insecure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

func (p *Portal) forget(w http.ResponseWriter, name string) {
	c := p.cookie(name, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
}
