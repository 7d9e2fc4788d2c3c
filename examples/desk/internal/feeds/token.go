package feeds

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// A feed is what a token opens.
type feedKind string

const (
	calendarFeed feedKind = "calendar"
	changesFeed  feedKind = "changes"
)

// kinds are all of them, with the end of their address.
var kinds = []struct {
	kind            feedKind
	suffix, label   string
	about, mediaTyp string
}{
	{calendarFeed, ".ics", "Calendar of due dates", "For a calendar program: every due date of the open cases that you may see.", "text/calendar; charset=utf-8"},
	{changesFeed, ".atom", "Feed of what changed for you", "For a feed reader: what others did in cases that are assigned to you, and what is new and nobody's.", "application/atom+xml; charset=utf-8"},
}

// token is what State keeps of one.
type token struct {
	Name   string    `json:"name"`
	Digest []byte    `json:"digest"` // of its secret part
	Made   time.Time `json:"made"`
}

// An address holds the kind, a name for the member, and the secret: kind-name-secret.
const secretBytes = 24

// slot names the place of a member's token of a kind. It is no secret, and hides who it is.
func slot(kind feedKind, name string) string {
	h := sha256.Sum256([]byte(string(kind) + "\x00" + name))
	return hex.EncodeToString(h[:12])
}

func key(kind feedKind, slot string) string { return "desk/feed/" + string(kind) + "/" + slot }

func digest(secret string) []byte {
	h := sha256.Sum256([]byte("desk feed\x00" + secret))
	return h[:]
}

// renew makes a new address of a kind, which ends the one before.
func (f *Feeds) renew(ctx context.Context, kind feedKind, name string) (file string, err error) {
	raw := make([]byte, secretBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	secret := base64.RawURLEncoding.EncodeToString(raw)
	value, err := json.Marshal(token{name, digest(secret), f.cfg.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return "", err
	}
	return slot(kind, name) + "~" + secret, f.put(ctx, kind, name, value)
}

// revoke ends the address of a kind.
func (f *Feeds) revoke(ctx context.Context, kind feedKind, name string) error {
	return f.put(ctx, kind, name, nil)
}

func (f *Feeds) put(ctx context.Context, kind feedKind, name string, value []byte) error {
	k := key(kind, slot(kind, name))
	for {
		_, version, err := f.cfg.State.Get(ctx, k)
		if err != nil || version == 0 && value == nil {
			return err
		}
		if _, err = f.cfg.State.Put(ctx, k, version, value); !errors.Is(err, cvd.ErrConflict) {
			return err
		}
	}
}

// made returns when the address of a kind was made; zero: there is none.
func (f *Feeds) made(ctx context.Context, kind feedKind, name string) (time.Time, error) {
	t, err := f.stored(ctx, kind, slot(kind, name))
	return t.Made, err
}

func (f *Feeds) stored(ctx context.Context, kind feedKind, slot string) (t token, err error) {
	value, version, err := f.cfg.State.Get(ctx, key(kind, slot))
	if err == nil && version != 0 {
		err = json.Unmarshal(value, &t)
	}
	return t, err
}

// holder returns whose token it is, as that member may see now. The comparison takes the
// same time for every secret, also where there is no token.
func (f *Feeds) holder(ctx context.Context, kind feedKind, file string) (Staff, error) {
	place, secret, _ := strings.Cut(file, "~")
	if len(place) != 24 || strings.Trim(place, "0123456789abcdef") != "" {
		place = strings.Repeat("0", 24)
	}
	t, err := f.stored(ctx, kind, place)
	if err != nil {
		return Staff{}, err
	}
	want := t.Digest
	if len(want) != sha256.Size {
		want = make([]byte, sha256.Size)
	}
	if subtle.ConstantTimeCompare(digest(secret), want) != 1 || t.Name == "" {
		return Staff{}, cvd.ErrNotFound
	}
	who, ok := f.cfg.Member(ctx, t.Name)
	if !ok || who.Name != t.Name {
		return Staff{}, cvd.ErrNotFound
	}
	return who, nil
}

// feed serves what a token opens. Whoever holds none that counts learns nothing.
func (f *Feeds) feed(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	for _, k := range kinds {
		file, ok := strings.CutSuffix(r.PathValue("file"), k.suffix)
		if !ok {
			continue
		}
		who, err := f.holder(r.Context(), k.kind, file)
		var text string
		if err == nil {
			if text, err = map[feedKind]func(*http.Request, Staff) (string, error){calendarFeed: f.calendar, changesFeed: f.changes}[k.kind](r, who); err == nil {
				h.Set("Content-Type", k.mediaTyp)
				_, _ = w.Write([]byte(text))
				return
			}
		}
		if !errors.Is(err, cvd.ErrNotFound) {
			f.fail(w, r, err)
			return
		}
	}
	http.Error(w, "There is nothing here. The address may have been revoked: make a new one at the desk.", http.StatusNotFound)
}
