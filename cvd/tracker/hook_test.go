package tracker_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

func sign(secret, body string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

func TestWebhooks(t *testing.T) {
	const secret, old = "0123456789abcdef", "fedcba9876543210"
	for name, s := range map[string]tracker.Scheme{
		"github": tracker.SchemeGitHub(), "gitea": tracker.SchemeGitea(), "gitlab": tracker.SchemeGitLab(),
		"jira": tracker.SchemeJira(), "script": tracker.SchemeScript(),
	} {
		t.Run(name, func(t *testing.T) {
			woken := 0
			h := &tracker.Hook{Scheme: s, Secrets: []string{secret, old, ""}, Wake: func(*http.Request) { woken++ }}
			send := func(signedBy, body, delivery string, change ...func(*http.Request)) int {
				r := httptest.NewRequest("POST", "/", strings.NewReader(body))
				switch {
				case s.Token != "":
					r.Header.Set(s.Token, signedBy)
				case s.Tagged:
					r.Header.Set(s.Signature, "sha256="+sign(signedBy, body))
				default:
					r.Header.Set(s.Signature, sign(signedBy, body))
				}
				r.Header.Set(s.Delivery, delivery)
				for _, f := range change {
					f(r)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w.Code
			}
			require.Equal(t, 204, send(secret, `{"a":1}`, "1"))
			require.Equal(t, 204, send(old, `{"a":2}`, "2"), "the old secret holds while it is changed")
			require.Equal(t, 2, woken)
			require.Equal(t, 204, send(secret, `{"a":1}`, "1"))
			require.Equal(t, 2, woken, "a replay wakes nobody")
			require.Equal(t, 401, send("another secret...", `{"a":3}`, "3"))
			require.Equal(t, 401, send("", `{"a":3}`, "3"), "an empty secret is none")
			require.Equal(t, 401, send(secret, `{"a":3}`, "3", func(r *http.Request) {
				r.Header.Del(s.Signature)
				r.Header.Del(s.Token)
			}))
			if s.Token == "" {
				require.Equal(t, 401, send(secret, `{"a":3}`, "3", func(r *http.Request) { r.Body = http.NoBody }), "the body counts")
				require.Equal(t, 401, send(secret, `{"a":3}`, "3", func(r *http.Request) { r.Header.Set(s.Signature, "sha256=zz") }))
			}
			require.Equal(t, 405, send(secret, "", "4", func(r *http.Request) { r.Method = "GET" }))
			require.Equal(t, 413, send(secret, strings.Repeat("x", 9<<20), "5"))
			require.Equal(t, 2, woken)
		})
	}
}
