package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/examples/desk/internal/feeds"
	"github.com/cvdkit/cvdkit/examples/desk/internal/pages"
	"github.com/cvdkit/cvdkit/examples/internal/login"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// serve serves both addresses until ctx ends.
func (d *desk) serve(ctx context.Context, w io.Writer) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var at []net.Listener
	for _, addr := range []string{d.o.listen, d.o.teamListen, d.o.http} {
		if addr == "" {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		defer l.Close()
		at = append(at, l)
	}
	public, p, err := d.public(ctx)
	if err != nil {
		return err
	}
	staff, users, err := d.staff(ctx, at[1].Addr())
	if err != nil {
		return err
	}
	d.readKnown(w)
	mine, err := d.team(staff, users, at[0].Addr())
	if err != nil {
		return err
	}
	if d.o.try {
		return d.try(ctx, w, public, mine, cmp.Or(strings.TrimPrefix(strings.TrimSuffix(d.o.teamURL, "/"), "https://"), at[1].Addr().String()))
	}
	all := []http.Handler{d.waking(public), d.waking(mine)}
	if d.certs != nil {
		for i := range at[:2] {
			at[i] = tls.NewListener(at[i], d.certs.tls())
		}
	}
	if d.o.http != "" {
		all = append(all, d.certs.plain(d.names(at[0].Addr(), at[1].Addr())))
	}
	done := make(chan error, len(all))
	ended := func() (err error) {
		for range all {
			err = errors.Join(err, <-done)
		}
		return err
	}
	for i, h := range all {
		srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
		context.AfterFunc(ctx, func() {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			done <- srv.Shutdown(last)
		})
		go func() {
			if err := srv.Serve(at[i]); !errors.Is(err, http.ErrServerClosed) {
				d.problem("server")(ctx, err)
				stop()
			}
		}()
	}
	if err := d.welcome(ctx, w, staff, at); err != nil {
		stop()
		return errors.Join(err, ended())
	}
	if d.certs != nil {
		go d.certs.keep(ctx, w)
	}
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		d.work(ctx, p, staff)
	}()
	err = ended()
	select { // what is under way ends, and gives back its turn to other processes
	case <-worked:
	case <-time.After(d.last):
		d.problem("stop")(ctx, fmt.Errorf("work was still under way after %v: it is done again at the next start, and a mailbox is read again once its turn of a few minutes is over", d.last))
	}
	return err
}

// lastWait is how long a desk that stops waits for what it has begun.
const lastWait = 20 * time.Second

// address is where a browser finds the pages that listen at addr: the public ones (0) or
// the team's (1). Where certificates are got they are for names, so it is by a name: the
// first of -autocert for the public pages, the second, if there is one, for the team's.
func (d *desk) address(which int, addr net.Addr) string {
	if s := []string{d.o.url, d.o.teamURL}[which]; s != "" {
		return strings.TrimSuffix(s, "/")
	}
	names := list(d.o.autocert)
	if len(names) == 0 {
		return "http://" + addr.String()
	}
	host := names[min(which, len(names)-1)]
	if _, port, _ := net.SplitHostPort(addr.String()); port != "443" {
		host = net.JoinHostPort(host, port)
	}
	return "https://" + host
}

// names are the addresses of the pages by each name for which certificates are got.
func (d *desk) names(form, team net.Addr) map[string]string {
	out := map[string]string{}
	_, port, _ := net.SplitHostPort(form.String())
	for _, name := range list(d.o.autocert) {
		out[name] = "https://" + net.JoinHostPort(name, port)
		if port == "443" {
			out[name] = "https://" + name
		}
	}
	for _, base := range []string{d.address(1, team), d.address(0, form)} {
		if u, err := url.Parse(base); err == nil && out[u.Hostname()] != "" {
			out[u.Hostname()] = base
		}
	}
	return out
}

// welcome says where it is.
func (d *desk) welcome(ctx context.Context, w io.Writer, l *login.Login, at []net.Listener) error {
	form := d.address(0, at[0].Addr()) + "/report/"
	desk := d.address(1, at[1].Addr())
	fmt.Fprintf(w, "The form for reporters is at %s\n", form)
	switch {
	case d.dir != "":
		fmt.Fprintf(w, "  Come back as a reporter: %sopen with the receipt %s\n", form, string(d.tour.Receipt))
		fmt.Fprintf(w, "  Come as a vendor: %sopen?case=%s with the code %s\n", form, d.tour.Number, string(d.tour.Code))
		fmt.Fprintf(w, "The desk of the team is at %s/login/try/\n", desk)
		fmt.Fprintln(w, "All cases and people are made up, and gone when you stop it with Ctrl-C.")
	case d.o.users == "":
		path, err := l.Link(ctx, login.Staff{Name: starter, Groups: []string{string(cvd.EveryGroup)}})
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "The desk of the team is at %s%s\n  The link works once, within 15 minutes, and sees every case. For more people: -users FILE.\n", desk, path)
	default:
		fmt.Fprintf(w, "The desk of the team is at %s/\n", desk)
	}
	if d.o.http != "" {
		fmt.Fprintf(w, "Plain HTTP at %s leads there.\n", at[2].Addr())
	}
	return nil
}

// public are the pages for everybody.
func (d *desk) public(ctx context.Context) (http.Handler, *portal.Portal, error) {
	page, err := d.policyPage()
	if err != nil {
		return nil, nil, err
	}
	cfg := portal.Config{
		Service: d.svc, State: d.state, Secret: d.secret[32:64], Team: team, Fingerprint: fingerprints, OnError: d.problem("portal"),
		PolicyPage: page, SecurityTxt: securitytxt.WellKnownPath, Source: portal.Forwarded(d.o.behind),
	}
	if d.post != nil && d.post.out != nil && d.o.url != "" { // new receipts for lost ones
		cfg.Mail, cfg.Address = d.post.out, strings.TrimSuffix(d.o.url, "/")+"/report"
	}
	p, err := portal.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	txt, err := d.securityTxt(ctx)
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/report/", http.StripPrefix("/report", p))
	mux.Handle("/{$}", http.RedirectHandler("/report/", http.StatusSeeOther))
	mux.Handle(securitytxt.WellKnownPath, txt)
	mux.Handle("/security.txt", txt)
	if d.provider != nil {
		mux.Handle("/.well-known/csaf/", d.provider.Handler())
	}
	if !d.key.IsZero() {
		mux.HandleFunc("GET /key.asc", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/pgp-keys")
			w.Write(d.key.Cert().Armor())
		})
	}
	return d.strict(mux), p, nil
}

// team are the pages of the team, behind its login.
func (d *desk) team(l *login.Login, users *login.Users, form net.Addr) (http.Handler, error) {
	member := d.member(users)
	who := func(r *http.Request) (pages.Staff, bool) {
		s, ok := login.From(r.Context())
		return staffOf(s), ok
	}
	token := func(r *http.Request) string { return login.Token(r.Context()) }
	cfg := pages.Config{
		Service: d.svc, State: d.state, Team: team, Zone: d.zone, Now: d.o.now, OnError: d.problem("desk"), Staff: who, Token: token, Colleagues: d.colleagues(users),
		Public: d.address(0, form) + "/report/", LogOut: "/logout",
	}
	if d.dir != "" {
		cfg.Notice = "All cases and people here are made up."
	}
	cfg.Known = d.known
	if d.provider != nil {
		cfg.Outputs, cfg.Draft = output, d.draft
	}
	desk, err := pages.New(cfg)
	if err != nil {
		return nil, err
	}
	f, err := feeds.New(feeds.Config{
		Service: d.svc, State: d.state, Show: desk.Show, Token: token, Team: team, Zone: d.zone, Now: d.o.now, OnError: d.problem("feeds"),
		Staff: func(r *http.Request) (feeds.Staff, bool) {
			s := pages.StaffOf(r.Context())
			return feeds.Staff(s), s.Name != ""
		},
		Member: func(ctx context.Context, name string) (feeds.Staff, bool) {
			s, ok := member(ctx, name)
			return feeds.Staff(s), ok
		},
		Side: storecopy.Side{Service: d.svc, Store: d.store, Blobs: d.store.Blobs(), State: d.state},
	})
	if err != nil {
		return nil, err
	}
	f.Pages(desk.Handle)
	mux := http.NewServeMux()
	mux.Handle("/feed/", f.Tokens())
	mux.Handle("/", l.Wrap(desk))
	return d.strict(mux), nil
}

// strict tells browsers to come by TLS only, where there is TLS.
func (d *desk) strict(h http.Handler) http.Handler {
	if d.o.autocert == "" {
		return h // a proxy says so for itself
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		h.ServeHTTP(w, r)
	})
}

// waking sends what a request has caused at once, and not at the next minute.
func (d *desk) waking(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		if r.Method == http.MethodPost {
			select {
			case d.awake <- struct{}{}:
			default:
			}
		}
	})
}

// work does what falls due: reminders, mails in and out, releases; and removes what has
// ended. Each process does; the Service sees to it that nothing is done twice. A
// demonstration sends nothing, since it has no ways.
func (d *desk) work(ctx context.Context, p *portal.Portal, l *login.Login) {
	minute, hour := time.NewTicker(time.Minute), time.NewTicker(time.Hour)
	defer minute.Stop()
	defer hour.Stop()
	report := func(part string, err error) {
		if err != nil && ctx.Err() == nil {
			d.problem(part)(ctx, err)
		}
	}
	for {
		ticked, err := d.svc.Tick(ctx, 1000)
		report("reminders", err)
		for _, x := range ticked.Problems {
			report("reminders", x.Err)
		}
		report("mail in", d.fetch(ctx))
		ran, err := d.svc.RunReleases(ctx, 100)
		report("releases", err)
		for _, x := range ran.Problems {
			report("releases", x.Err)
		}
		d.readOwn()
		sent, err := d.svc.Relay(ctx, 1000)
		report("mail out", err)
		for _, x := range sent.Problems {
			report("mail out", x.Err)
		}
		_, err = p.Renew(ctx, 100)
		report("lost receipts", err)
		select {
		case <-ctx.Done():
			return
		case <-d.awake:
		case <-minute.C:
		case <-hour.C:
			report("sweep", d.sweep(ctx, p, l))
		}
	}
}

// sweep removes sessions that have ended, and files that no report names.
func (d *desk) sweep(ctx context.Context, p *portal.Portal, l *login.Login) error {
	for _, sweep := range []func(context.Context, string, int) (string, error){p.Sweep, l.Sweep} {
		for after := ""; ; {
			next, err := sweep(ctx, after, 1000)
			if err != nil {
				return err
			}
			if after = next; after == "" {
				break
			}
		}
	}
	for after := (storage.BlobID{}); ; {
		next, err := d.svc.Sweep(ctx, after, 1000)
		if after = next; err != nil || after == (storage.BlobID{}) {
			return err
		}
	}
}
