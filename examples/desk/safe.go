package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/examples/internal/login"
)

// check refuses what is not safe, before anything is opened.
func (o options) check() error {
	open := o.behind > 0 || o.autocert != "" // other machines reach what listens on loopback too
	for _, x := range [][2]string{{"listen", o.listen}, {"team-listen", o.teamListen}} {
		if !login.Loopback(x[1]) && o.behind == 0 && o.autocert == "" {
			return fmt.Errorf("-%s %s can be reached from other machines, and plain HTTP shows them everything: put a proxy with TLS before it and say -behind-proxy 1, or let certificates be got by -autocert NAMES", x[0], x[1])
		}
	}
	if open || !login.Loopback(o.teamListen) || !login.Loopback(o.listen) {
		if o.db == "" {
			return errors.New("made-up cases are shown on loopback only: name a database by -db")
		}
	}
	if (open || !login.Loopback(o.teamListen)) && o.users == "" {
		return errors.New("the team's pages can be reached from other machines, and need a login: make a file by -users FILE -add-user NAME, then start with -users FILE")
	}
	for name, s := range map[string]string{"url": o.url, "team-url": o.teamURL} {
		if u, err := url.Parse(s); s != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/") {
			return fmt.Errorf("-%s is https://HOST, without a path", name)
		}
	}
	if o.acme != "" && (o.autocert == "" || !strings.HasPrefix(o.acme, "https://")) {
		return errors.New("-acme is the https address of an ACME server's directory, for the names of -autocert")
	}
	if o.http != "" && o.autocert == "" {
		return errors.New("-http is for -autocert: the pages themselves are never served there")
	}
	if o.autocert != "" && o.behind == 0 {
		for name, s := range map[string]string{"url": o.url, "team-url": o.teamURL} {
			if u, _ := url.Parse(s); s != "" && !slices.Contains(list(o.autocert), strings.ToLower(u.Hostname())) {
				return fmt.Errorf("-%s has a name that -autocert does not have: browsers would refuse it", name)
			}
		}
	}
	if o.publish != "" && o.url == "" {
		return errors.New("-publish needs -url, where readers find the advisories")
	}
	if (o.smtp != "" || o.imap != "") && o.mail == "" {
		return errors.New("-smtp and -imap need -mail, the address of the team")
	}
	return nil
}
