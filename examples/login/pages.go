package main

import (
	"bytes"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/cvdkit/cvdkit/examples/internal/login"
)

//go:embed pages
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages/*.html"))

type keyLine struct{ ID, Added string }

type pageData struct {
	Name, Token, Next string
	Keys              []keyLine
}

func show(w http.ResponseWriter, name string, d pageData) error {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name+".html", d); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	_, err := w.Write(b.Bytes())
	return err
}

// loginPages serve /login/passkey/: a page with a button, its script, and the two
// steps of WebAuthn.
func (p *passkeys) loginPages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", answer(func(w http.ResponseWriter, r *http.Request) error {
		return show(w, "login", pageData{Next: r.URL.Query().Get("next")})
	}))
	mux.HandleFunc("GET /passkey.js", script)
	mux.Handle("POST /begin", answer(p.beginLogin))
	mux.Handle("POST /finish", answer(p.finishLogin))
	return mux
}

// accountPages serve /account/ to who is logged in.
func (p *passkeys) accountPages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", answer(p.showAccount))
	mux.HandleFunc("GET /passkey.js", script)
	mux.Handle("POST /begin", answer(p.beginAdd))
	mux.Handle("POST /finish", answer(p.finishAdd))
	mux.Handle("POST /remove", answer(func(w http.ResponseWriter, r *http.Request) error {
		if err := p.remove(r); err != nil {
			return err
		}
		w.Header().Set("Location", "./")
		w.WriteHeader(http.StatusSeeOther)
		return nil
	}))
	return mux
}

func (p *passkeys) showAccount(w http.ResponseWriter, r *http.Request) error {
	who, _ := login.From(r.Context())
	h, _, err := p.load(r.Context(), p.handle(who.Name))
	if err != nil {
		return err
	}
	d := pageData{Name: who.Name, Token: login.Token(r.Context())}
	for _, k := range h.Keys {
		d.Keys = append(d.Keys, keyLine{base64.RawURLEncoding.EncodeToString(k.Credential.ID), k.Added.Format("2006-01-02 15:04") + " UTC"})
	}
	return show(w, "account", d)
}

func script(w http.ResponseWriter, r *http.Request) {
	b, err := files.ReadFile("pages/passkey.js")
	if err != nil {
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Write(b)
}

// answer serves a step. What went wrong goes to the log and not to the browser: it
// would tell who has a passkey.
func answer(f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			onError(r.Context(), err)
			http.Error(w, "This did not work. Try again.", http.StatusForbidden)
		}
	})
}
