package tracker

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Scheme says how a tracker signs its webhooks.
type Scheme struct {
	// Signature is the header with the HMAC-SHA-256 of the body in hexadecimal digits,
	// after "sha256=" if Tagged. Token is, instead, the header with the secret itself.
	Signature string
	Tagged    bool   // see Signature
	Token     string // see Signature
	// Delivery is the header that names a delivery.
	Delivery string
}

// SchemeGitHub is that of GitHub.
func SchemeGitHub() Scheme { return Scheme{"X-Hub-Signature-256", true, "", "X-GitHub-Delivery"} }

// SchemeGitea is that of Gitea and Forgejo.
func SchemeGitea() Scheme { return Scheme{"X-Gitea-Signature", false, "", "X-Gitea-Delivery"} }

// SchemeGitLab is the secret token of GitLab, which signs nothing: use https.
func SchemeGitLab() Scheme { return Scheme{"", false, "X-Gitlab-Token", "X-Gitlab-Event-UUID"} }

// SchemeJira is that of Jira Cloud, and of Data Center since 10.
func SchemeJira() Scheme {
	return Scheme{"X-Hub-Signature", true, "", "X-Atlassian-Webhook-Identifier"}
}

// SchemeScript is for scripts of one's own, where a tracker has no webhooks: Request
// Tracker and most Redmines. docs/trackers.md has one.
func SchemeScript() Scheme { return Scheme{"X-CVD-Signature-256", true, "", "X-CVD-Delivery"} }

// Hook is a handler for webhooks. They are hints: nothing of what they say is
// believed, and what is new is asked of the tracker. So one that is forged is
// refused, and one that comes twice, late or never changes nothing.
type Hook struct {
	Scheme Scheme // how the tracker signs
	// Secrets hold one secret, and the old one while it is changed: at least 16 bytes each.
	Secrets []string
	// Wake is called for each genuine delivery that was not seen before. It should
	// have Sync.Pull called soon and return at once; requests wait for it.
	Wake func(*http.Request)

	mu   sync.Mutex
	seen []string
}

const (
	maxHook       = 8 << 20 // more than any tracker sends
	maxDeliveries = 1000
	minSecret     = 16
)

// ServeHTTP answers 204 to what is genuine, 401 to what is not.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "webhooks are sent by POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the body broke off", http.StatusBadRequest)
		return
	case !h.genuine(r.Header, body):
		http.Error(w, "the signature does not hold", http.StatusUnauthorized)
		return
	}
	if h.first(r.Header.Get(h.Scheme.Delivery), body) && h.Wake != nil {
		h.Wake(r)
	}
	w.WriteHeader(http.StatusNoContent)
}

// genuine compares in constant time, over the body as it came. All secrets are
// tried, so that the time does not tell which.
func (h *Hook) genuine(head http.Header, body []byte) bool {
	ok := false
	for _, secret := range h.Secrets {
		if len(secret) < minSecret {
			continue // an empty secret would let everybody in
		}
		if h.same(secret, head, body) {
			ok = true
		}
	}
	return ok
}

func (h *Hook) same(secret string, head http.Header, body []byte) bool {
	if h.Scheme.Token != "" {
		a, b := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(head.Get(h.Scheme.Token)))
		return hmac.Equal(a[:], b[:])
	}
	got := head.Get(h.Scheme.Signature)
	if h.Scheme.Tagged {
		var ok bool
		if got, ok = strings.CutPrefix(got, "sha256="); !ok {
			return false
		}
	}
	sig, err := hex.DecodeString(got)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return err == nil && hmac.Equal(sig, m.Sum(nil))
}

// first reports whether a delivery is new. One without a name is known by its body.
// What the list has dropped wakes once more, which does no harm.
func (h *Hook) first(id string, body []byte) bool {
	if id == "" || len(id) > 200 {
		sum := sha256.Sum256(body)
		id = hex.EncodeToString(sum[:])
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if contains(h.seen, id) {
		return false
	}
	h.seen = append(h.seen, id)
	if len(h.seen) > maxDeliveries {
		h.seen = append([]string(nil), h.seen[maxDeliveries/2:]...)
	}
	return true
}
