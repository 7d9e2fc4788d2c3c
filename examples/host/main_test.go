package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
)

// The API takes commands and shows cases, also after a restart.
func TestAPI(t *testing.T) {
	file := filepath.Join(t.TempDir(), "host.db")
	secret := cvd.Secret(strings.Repeat("s", 32))
	start := func() http.Handler {
		svc, err := open(context.Background(), file, secret)
		if err != nil {
			t.Fatal(err)
		}
		return api(svc)
	}
	h := start()
	ask := func(method, path, body, as string) (int, map[string]any) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if as != "" {
			r.Header.Set(user, as)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var m map[string]any
		if w.Code == http.StatusOK {
			if err := json.Unmarshal(bytes.TrimSpace(w.Body.Bytes()), &m); err != nil {
				t.Fatal(err)
			}
		}
		return w.Code, m
	}
	if code, _ := ask("POST", "/cases", `{"do":"Receive","title":"Overflow"}`, ""); code != http.StatusUnauthorized {
		t.Fatal("without a user:", code)
	}
	code, c := ask("POST", "/cases", `{"do":"Receive","title":"Overflow","reporter":{"email":"rita@reporter.example"}}`, "alice")
	if code != http.StatusOK {
		t.Fatal(code)
	}
	path := "/cases/" + c["id"].(string)
	h = start()
	for _, x := range []struct {
		body string
		code int
	}{
		{`{"do":"Acknowledge"}`, http.StatusOK}, {`{"do":"Acknowledge","x":1}`, http.StatusBadRequest}, {`{"do":"Publish"}`, http.StatusConflict},
	} {
		if code, _ := ask("POST", path, x.body, "alice"); code != x.code {
			t.Errorf("%s: %d, want %d", x.body, code, x.code)
		}
	}
	if code, c := ask("GET", path, "", "bob"); code != http.StatusOK || c["title"] != "Overflow" {
		t.Error(code, c)
	}
	if code, _ := ask("GET", "/cases/01890a5d-ac96-774b-bcce-b302099a8057", "", "bob"); code != http.StatusNotFound {
		t.Error(code)
	}
}
