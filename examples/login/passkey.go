package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/examples/internal/login"
)

// passkeys are credentials of WebAuthn. They lie in State, as do the challenges that
// are open: each works once, in the browser to which it was given, for five minutes.
type passkeys struct {
	state  storage.State
	secret []byte
	users  *login.Users
	rp     *webauthn.WebAuthn
	login  *login.Login
}

const challengeLife = 5 * time.Minute

func newPasskeys(state storage.State, secret []byte, origin string, users *login.Users) (*passkeys, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Example PSIRT", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			// The passkey names its account, and the device asks for a finger or a PIN:
			// it is both factors.
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	return &passkeys{state: state, secret: secret, users: users, rp: rp}, err
}

// holder is an account with its passkeys, as State keeps it and WebAuthn asks for it.
type holder struct {
	Name string
	Keys []passkey

	handle []byte
}

type passkey struct {
	Added      time.Time
	Credential webauthn.Credential
}

func (h *holder) WebAuthnID() []byte          { return h.handle }
func (h *holder) WebAuthnName() string        { return h.Name }
func (h *holder) WebAuthnDisplayName() string { return h.Name }
func (h *holder) WebAuthnCredentials() (out []webauthn.Credential) {
	for _, k := range h.Keys {
		out = append(out, k.Credential)
	}
	return out
}

// handle is the account's name for authenticators: it says nothing to who reads it.
func (p *passkeys) handle(name string) []byte {
	m := hmac.New(sha256.New, p.secret)
	m.Write([]byte("passkey of " + name))
	return m.Sum(nil)
}

func holderKey(handle []byte) string { return "example-login/passkeys/" + hex.EncodeToString(handle) }

func (p *passkeys) load(ctx context.Context, handle []byte) (*holder, int64, error) {
	h := &holder{handle: handle}
	if len(handle) != sha256.Size {
		return nil, 0, cvd.ErrNotFound
	}
	b, version, err := p.state.Get(ctx, holderKey(handle))
	if err == nil && b != nil {
		err = json.Unmarshal(b, h)
	}
	return h, version, err
}

// change changes an account's passkeys, again if somebody else did meanwhile.
func (p *passkeys) change(ctx context.Context, name string, f func(*holder) error) error {
	for range 10 {
		h, version, err := p.load(ctx, p.handle(name))
		if err != nil {
			return err
		}
		h.Name = name
		if err := f(h); err != nil {
			return err
		}
		b, err := json.Marshal(h)
		if err != nil {
			return err
		}
		if _, err = p.state.Put(ctx, holderKey(h.handle), version, b); !errors.Is(err, cvd.ErrConflict) {
			return err
		}
	}
	return cvd.ErrConflict
}

// still ends the sessions of who is no longer in the list, or has no passkey left.
func (p *passkeys) still(ctx context.Context, who login.Staff) (login.Staff, bool, error) {
	u, ok, err := p.users.Find(who.Name)
	if err != nil || !ok {
		return who, false, err
	}
	h, _, err := p.load(ctx, p.handle(who.Name))
	return login.Staff{Name: u.Name, Groups: u.Groups}, err == nil && len(h.Keys) > 0, err
}

const cookieChallenge = "__Host-passkey"

// remember keeps an open challenge for the browser that asked for it.
func (p *passkeys) remember(w http.ResponseWriter, r *http.Request, s *webauthn.SessionData) error {
	id := rand.Text() + rand.Text()
	s.Expires = time.Now().Add(challengeLife)
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if _, err := p.state.Put(r.Context(), p.challengeKey(id), 0, b); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieChallenge, Value: id, Path: "/", MaxAge: int(challengeLife / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	return nil
}

func (p *passkeys) challengeKey(id string) string {
	m := hmac.New(sha256.New, p.secret)
	m.Write([]byte("challenge " + id))
	return "example-login/challenge/" + hex.EncodeToString(m.Sum(nil)[:20])
}

var errChallenge = errors.New("the challenge was used, is too old, or of another browser")

// recall takes the challenge of a browser: it is gone then.
func (p *passkeys) recall(r *http.Request) (s webauthn.SessionData, err error) {
	c, err := r.Cookie(cookieChallenge)
	if err != nil || len(c.Value) > 100 {
		return s, errChallenge
	}
	key := p.challengeKey(c.Value)
	b, version, err := p.state.Get(r.Context(), key)
	if err != nil {
		return s, err
	}
	if b == nil {
		return s, errChallenge
	}
	if _, err := p.state.Put(r.Context(), key, version, nil); errors.Is(err, cvd.ErrConflict) {
		return s, errChallenge // of two at once, one has it
	} else if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, err
	}
	if !time.Now().Before(s.Expires) {
		return s, errChallenge
	}
	return s, nil
}

// beginAdd asks the browser of who is logged in for a new passkey.
func (p *passkeys) beginAdd(w http.ResponseWriter, r *http.Request) error {
	who, _ := login.From(r.Context())
	h, _, err := p.load(r.Context(), p.handle(who.Name))
	if err != nil {
		return err
	}
	h.Name = who.Name
	options, s, err := p.rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err == nil {
		err = p.remember(w, r, s)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, options.Response)
}

func (p *passkeys) finishAdd(w http.ResponseWriter, r *http.Request) error {
	who, _ := login.From(r.Context())
	s, err := p.recall(r)
	if err != nil {
		return err
	}
	h, _, err := p.load(r.Context(), p.handle(who.Name))
	if err != nil {
		return err
	}
	h.Name = who.Name
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	c, err := p.rp.FinishRegistration(h, s, r)
	if err != nil {
		return err
	}
	err = p.change(r.Context(), who.Name, func(h *holder) error {
		if len(h.Keys) >= 20 {
			return errors.New("an account has at most 20 passkeys")
		}
		h.Keys = append(h.Keys, passkey{time.Now().UTC().Truncate(time.Second), *c})
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": "./"})
}

// remove takes a passkey away.
func (p *passkeys) remove(r *http.Request) error {
	who, _ := login.From(r.Context())
	id, err := base64.RawURLEncoding.DecodeString(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	return p.change(r.Context(), who.Name, func(h *holder) error {
		h.Keys = slices.DeleteFunc(h.Keys, func(k passkey) bool { return string(k.Credential.ID) == string(id) })
		return nil
	})
}

// beginLogin asks the browser for a passkey, of whom it does not say.
func (p *passkeys) beginLogin(w http.ResponseWriter, r *http.Request) error {
	options, s, err := p.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err == nil {
		err = p.remember(w, r, s)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, options.Response)
}

func (p *passkeys) finishLogin(w http.ResponseWriter, r *http.Request) error {
	s, err := p.recall(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	var of *holder
	_, c, err := p.rp.FinishPasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, _, err := p.load(r.Context(), handle)
		of = h
		return h, err
	}, s, r)
	if err != nil {
		return err
	}
	if c.Authenticator.CloneWarning {
		return errors.New("this passkey was copied: its counter went back")
	}
	u, ok, err := p.users.Find(of.Name)
	if err != nil {
		return err
	}
	if !ok {
		return cvd.ErrNotFound
	}
	err = p.change(r.Context(), of.Name, func(h *holder) error {
		for i := range h.Keys {
			if string(h.Keys[i].Credential.ID) == string(c.ID) {
				h.Keys[i].Credential = *c // its counter went on
				return nil
			}
		}
		return cvd.ErrNotFound // it was removed meanwhile
	})
	if err != nil {
		return err
	}
	return p.login.Enter(w, r, "passkey", login.Staff{Name: u.Name, Groups: u.Groups}, r.URL.Query().Get("next"))
}

func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(b)
	return err
}
