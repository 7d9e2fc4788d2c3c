package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/examples/desk/internal/demo"
	"github.com/cvdkit/cvdkit/examples/desk/internal/pages"
	"github.com/cvdkit/cvdkit/examples/internal/login"
)

// starter is who comes by the link that is printed at the start.
const starter = "you"

// staff sets up who may use the team's pages, which listen at an address.
func (d *desk) staff(ctx context.Context, at net.Addr) (l *login.Login, users *login.Users, err error) {
	cfg := login.Config{State: d.state, Secret: d.secret[64:], Title: team, OnError: d.problem("login"), Source: portal.Forwarded(d.o.behind)}
	switch {
	case d.o.teamURL != "":
		u, err := url.Parse(d.o.teamURL)
		if err != nil {
			return nil, nil, err
		}
		cfg.Hosts = []string{u.Host}
	case login.Loopback(d.o.teamListen) && d.o.behind == 0 && d.o.autocert == "": // a certificate binds to its names
		_, port, _ := net.SplitHostPort(at.String())
		cfg.Hosts = []string{at.String(), net.JoinHostPort("localhost", port), net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}
	}
	if d.o.users != "" {
		if users, err = login.OpenUsers(d.o.users); err != nil {
			return nil, nil, err
		}
		if users.Empty() {
			return nil, nil, fmt.Errorf("%s names nobody: add somebody by -users %s -add-user NAME", d.o.users, d.o.users)
		}
		cfg.Users = users
	}
	if d.dir != "" {
		cfg.Ways = []login.Way{{Name: "try", Label: "Choose who you are", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { chooseMember(l, w, r) })}}
	}
	l, err = login.New(cfg)
	return l, users, err
}

// chooseMember lets who tries the demonstration be one of its team. It is there on
// loopback only, with made-up cases only.
func chooseMember(l *login.Login, w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		for _, m := range demo.Members() {
			if m.Login == r.PostFormValue("who") {
				who := login.Staff{Name: m.Login}
				for _, g := range m.Groups {
					who.Groups = append(who.Groups, string(g))
				}
				if err := l.Enter(w, r, "try", who, r.PostFormValue("next")); err != nil {
					http.Error(w, "Try again in a moment.", http.StatusInternalServerError)
				}
				return
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	choose.Execute(w, map[string]any{"Members": demo.Members(), "Next": r.FormValue("next")})
}

var choose = template.Must(template.New("choose").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Choose who you are</title><link rel="stylesheet" href="/login/style.css"></head>
<body><main><h1>Choose who you are</h1>
<p>All people and cases here are made up. Some cases are open to one group only: look as one, then as another.</p>
{{range .Members}}<form method="post" action=""><input type="hidden" name="next" value="{{$.Next}}"><input type="hidden" name="who" value="{{.Login}}">
<p><button type="submit">{{.Name}}</button> {{with .Groups}}in the group{{if gt (len .) 1}}s{{end}} {{range $i, $g := .}}{{if $i}} and {{end}}{{printf "%s" $g.Display}}{{end}}{{end}}</p></form>
{{end}}</main></body></html>
`))

// member returns somebody by name, with the groups of now.
func (d *desk) member(users *login.Users) func(context.Context, string) (pages.Staff, bool) {
	return func(_ context.Context, name string) (pages.Staff, bool) {
		switch {
		case d.dir != "":
			for _, m := range demo.Members() {
				if m.Login == name {
					return pages.Staff{Name: name, Groups: m.Groups}, true
				}
			}
		case users != nil:
			who, ok, err := users.Find(name)
			return staffOf(login.Staff{Name: who.Name, Groups: who.Groups}), ok && err == nil
		case name == starter:
			return pages.Staff{Name: starter, Groups: []cvd.Private{cvd.EveryGroup}}, true
		}
		return pages.Staff{}, false
	}
}

func staffOf(who login.Staff) pages.Staff {
	s := pages.Staff{Name: who.Name}
	for _, g := range who.Groups {
		s.Groups = append(s.Groups, cvd.Private(g))
	}
	return s
}

func (d *desk) colleagues(users *login.Users) func(context.Context) []string {
	return func(context.Context) (out []string) {
		if d.dir != "" {
			for _, m := range demo.Members() {
				out = append(out, m.Login)
			}
		} else if users != nil {
			out = users.Names()
		}
		slices.Sort(out)
		return out
	}
}

// addUser adds somebody to the file of users.
func addUser(o options, in io.Reader, w io.Writer) error {
	if o.users == "" {
		return errors.New("-add-user needs -users FILE")
	}
	users, err := login.OpenUsers(o.users)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "The password, of 12 characters at least, on one line:")
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	u := login.User{Name: o.addUser, Groups: list(o.groups), TOTP: login.NewTOTP()}
	if u.Password, err = login.HashPassword(strings.TrimRight(line, "\r\n")); err != nil {
		return err
	}
	if err := users.Put(u); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s can log in. Put this into an authenticator app; it is shown only now:\n%s\n", o.addUser, login.TOTPAddress(team, o.addUser, u.TOTP))
	return nil
}
