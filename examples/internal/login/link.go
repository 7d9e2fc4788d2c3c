package login

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

const (
	linkPrefix = "login/link/"
	linkLife   = 15 * time.Minute
	wayLink    = "link"
)

// link is a link that works once, as State keeps it.
type link struct {
	Name   string
	Groups []string
	Ends   time.Time
}

func (l *Login) linkKey(code string) string {
	h := keyed(l.cfg.Secret, "link", code)
	return linkPrefix + hex.EncodeToString(h[:20])
}

// Link makes the path of a login that works once, within 15 minutes: for the console
// of whoever started the desk, behind the address on which it listens. A mail scanner
// or a preview that follows it spends nothing: people press a button.
func (l *Login) Link(ctx context.Context, who Staff) (path string, err error) {
	if who.Name == "" {
		return "", errors.New("login: a link is of somebody with a name")
	}
	code := randomID()
	text, err := json.Marshal(link{who.Name, who.Groups, l.cfg.Now().Add(linkLife)})
	if err != nil {
		return "", err
	}
	if _, err := l.cfg.State.Put(ctx, l.linkKey(code), 0, text); err != nil {
		return "", err
	}
	return l.cfg.Prefix + "/login/link?" + url.Values{"once": {code}}.Encode(), nil
}

// link shows the button, and by POST spends the link.
func (q *request) link() error {
	if q.r.Method != http.MethodPost {
		code := q.r.URL.Query().Get("once")
		if len(code) != 43 {
			code = ""
		}
		return q.show(http.StatusOK, "link", page{Title: q.cfg.Title, Code: code, Token: q.formToken()})
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, 64<<10)
	if err := q.r.ParseForm(); err != nil {
		return err
	}
	code := q.r.PostForm.Get("once")
	if !q.formFits(q.r.PostForm.Get("csrf")) {
		return q.show(http.StatusForbidden, "link", page{Title: q.cfg.Title, Code: code, Token: q.formToken(), Error: "This page was open for too long. Press the button again."})
	}
	who, ok, err := q.spendLink(q.r.Context(), code)
	if err != nil {
		return err
	}
	if !ok {
		return q.show(http.StatusForbidden, "login", page{Title: q.cfg.Title, Token: q.formToken(), Error: "This link was used already, or is older than 15 minutes."})
	}
	if _, err := q.begin(session{Name: who.Name, Groups: who.Groups, Way: wayLink}); err != nil {
		return err
	}
	q.goTo("/")
	return nil
}

func (l *Login) spendLink(ctx context.Context, code string) (Staff, bool, error) {
	if len(code) != 43 {
		return Staff{}, false, nil
	}
	b, version, err := l.cfg.State.Get(ctx, l.linkKey(code))
	if err != nil || b == nil {
		return Staff{}, false, err
	}
	_, err = l.cfg.State.Put(ctx, l.linkKey(code), version, nil) // of two at once, one
	if errors.Is(err, cvd.ErrConflict) {
		return Staff{}, false, nil
	}
	var x link
	if err == nil {
		err = json.Unmarshal(b, &x)
	}
	return Staff{x.Name, x.Groups}, err == nil && l.cfg.Now().Before(x.Ends), err
}

// ended says whether what lies under a key lets nobody in any more.
func (l *Login) ended(key string, value []byte) bool {
	switch {
	case strings.HasPrefix(key, sessionPrefix):
		var s session
		return json.Unmarshal(value, &s) != nil || l.over(&s)
	case strings.HasPrefix(key, linkPrefix):
		var x link
		return json.Unmarshal(value, &x) != nil || !l.cfg.Now().Before(x.Ends)
	}
	return false
}
