package portal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Config says what a Portal works with. Service, State and Secret are required.
type Config struct {
	Service *service.Service // takes what is sent, and has the cases
	// State keeps sessions, under keys that begin with "portal/". All processes that
	// serve one portal share it. What is lost with it are the sessions.
	State storage.State
	// Secret keys tokens, receipts and the hashes of sessions. At least 32 bytes, the
	// same for all processes; not the Service's. With another one, open forms and
	// sessions end; receipts that were given stay good.
	Secret cvd.Secret

	// Team is the name that the pages show. "": they speak of "the team".
	Team string
	// Answer says when a reporter can expect an answer, in words of the host that
	// stand in the form, by language; "" is for all others.
	Answer map[string]string

	// Mail carries codes to people who have lost their receipt, for example a
	// *mail.Transport; Renew sends by it. It must meet cvd.ProtectTLS. nil: nobody gets
	// a new receipt but by the team.
	Mail cvd.Transport
	// Address is where the portal is, such as "https://psirt.example/report": the link
	// in those mails, which is never taken from a request. Needed with Mail.
	Address string

	// Source names where a request comes from, for the limits. nil: the address of
	// the connection, of IPv6 the first 64 bits. Behind a proxy the host reads what
	// its proxy says: see Forwarded. "": it is not known, and there is no limit. It
	// is hashed with a key that changes every day, and never stored.
	Source func(*http.Request) string
	// Origins are further origins from which forms may be sent, such as
	// "https://example.org", where the proxy changes the host name.
	Origins []string
	// Onion is the address of the same portal as an onion service, such as
	// "http://….onion/report": pages offer it by Onion-Location.
	Onion string
	// Insecure serves plain HTTP beyond loopback and onion services, for trials: the
	// cookies lack Secure and the prefix __Host-.
	Insecure bool
	// ClearSiteData is what a log-out clears in the browser. "": everything of this
	// site, "cache", "cookies", "storage". A host that shares the site with others
	// may clear less.
	ClearSiteData string

	// Accounts says who is logged in at the host, and Login is where people log in
	// there. nil: there are only receipts and codes.
	Accounts Authenticator
	Login    string // see Accounts

	// Fingerprint returns the fingerprints of the OpenPGP keys in a file or text, for
	// example by package pgp. Keys are shown with them. nil: they are kept as files.
	Fingerprint func(key []byte) ([]string, error)
	// PolicyPage returns the team's policy as an HTML page, for example
	// (*rfc2350.Document).HTML. It is served under "policy", with links to the form
	// and to the addresses below. nil: there is no such page.
	PolicyPage func(ctx context.Context) ([]byte, error)
	// Home, Policy, Key, SecurityTxt and Advisories are addresses that the pages
	// link to. "": no link, but that Policy leads to PolicyPage, if there is one.
	Home, Policy, Key, SecurityTxt, Advisories string

	// Files, if not nil, overrides the files of this package, by their names:
	// templates/case.html, style.css, lang/en.json. A catalogue of a language that
	// exists needs only the texts that differ; a new one adds a language.
	Files fs.FS

	// Limits bound what is sent, and how often. Zero fields: see Limits.
	Limits Limits

	// OnError is told of what went wrong and is nobody's mistake, such as a database
	// that is away. The error holds nothing of a report, and no address. nil: only
	// the page says that something went wrong.
	OnError func(ctx context.Context, err error)

	// Now is the only clock, and Rand makes IDs and tokens. nil: time.Now and
	// crypto/rand.
	Now  func() time.Time
	Rand io.Reader // see Now
}

// Limits bound what is sent to a Portal. Zero fields take the values named here.
type Limits struct {
	// Upload is how many bytes the files of one form may have together: 100 MiB. The
	// Service's Limits.Attachment bounds each of them.
	Upload int64
	// Files is how many files one form may have: 20.
	Files int
	// Text is how many bytes a text may have: 256 KiB.
	Text int
	// Drain is how many bytes beyond Upload are read and thrown away, so that the
	// answer reaches a browser that sent too much: four times Upload; and DrainTime
	// for how long: two minutes.
	Drain     int64
	DrainTime time.Duration // see Drain

	// TokenLife is how long a form can be sent after it was shown: 24 hours.
	TokenLife time.Duration
	// Idle is how long a session lasts without use: 30 minutes.
	Idle time.Duration
	// MinFill is the time that a person needs to fill the form: two seconds. What
	// comes faster is quarantined.
	MinFill time.Duration

	// Reports is how many reports a source may send at once, 5, and ReportEvery
	// when it may send another: ten minutes. What is beyond is quarantined.
	Reports     int
	ReportEvery time.Duration // see Reports
	// Bytes is how many bytes of files a source may send at once, ten times Upload, and
	// BytesEvery in which time it may send as many again: 24 hours. What is beyond is
	// not stored; the page says so, and takes the text. The form that goes over the
	// limit is the last that is taken.
	Bytes      int64
	BytesEvery time.Duration // see Bytes
	// Guesses is how many codes that open nothing a source may try at once, 10, and
	// GuessEvery when it may try another: 30 seconds.
	Guesses    int
	GuessEvery time.Duration // see Guesses

	// Renewals is how often a source may say at once that it lost a receipt, 3, and
	// RenewEvery when it may say so again: ten minutes.
	Renewals   int
	RenewEvery time.Duration // see Renewals
	// RenewalMails is how many codes are mailed in an hour in all: 100. What is beyond
	// waits. Only confirmed addresses count; whoever has a hundred of them, say in a domain
	// of their own, can use it up for the others.
	RenewalMails int
}

func (l Limits) withDefaults() Limits {
	set(&l.Upload, 100<<20)
	set(&l.Files, 20)
	set(&l.Text, 256<<10)
	set(&l.Drain, 4*l.Upload)
	set(&l.DrainTime, 2*time.Minute)
	set(&l.TokenLife, 24*time.Hour)
	set(&l.Idle, 30*time.Minute)
	set(&l.MinFill, 2*time.Second)
	set(&l.Reports, 5)
	set(&l.ReportEvery, 10*time.Minute)
	set(&l.Bytes, 10*l.Upload)
	set(&l.BytesEvery, 24*time.Hour)
	set(&l.Guesses, 10)
	set(&l.GuessEvery, 30*time.Second)
	set(&l.Renewals, 3)
	set(&l.RenewEvery, 10*time.Minute)
	set(&l.RenewalMails, 100)
	return l
}

func set[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Portal serves the pages. Its methods are safe for concurrent use. It starts no
// goroutine.
type Portal struct {
	cfg      Config
	svc      *service.Service
	pages    map[string]*language
	routes   map[string]route
	langs    []string // in the order of the switch
	style    []byte
	cross    *http.CrossOriginProtection
	reports  *buckets
	guesses  *buckets
	renewals *buckets
	bytes    *buckets // in units of 1 KiB
	keys     secrets
}

// New returns a Portal. It returns an error if a required field is missing, a value
// is impossible, or a template or catalogue of Config.Files cannot be read.
func New(cfg Config) (*Portal, error) {
	switch {
	case cfg.Service == nil:
		return nil, errors.New("portal: Config.Service is missing")
	case cfg.State == nil:
		return nil, errors.New("portal: Config.State is missing; memstore.NewState() will do for a start")
	case len(cfg.Secret) < 32:
		return nil, fmt.Errorf("portal: Config.Secret has %d bytes, 32 random ones are needed", len(cfg.Secret))
	}
	if cfg.Mail != nil {
		u, err := url.Parse(cfg.Address)
		if err != nil || u.Host == "" || u.Scheme != "https" && !cfg.Insecure || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New("portal: Config.Address is no https address; Config.Mail needs it, such as https://psirt.example/report")
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Source == nil {
		cfg.Source = remote
	}
	if cfg.PolicyPage != nil {
		set(&cfg.Policy, "./policy")
	}
	set(&cfg.ClearSiteData, `"cache", "cookies", "storage"`)
	cfg.Limits = cfg.Limits.withDefaults()
	p := &Portal{cfg: cfg, svc: cfg.Service, routes: allRoutes(), cross: http.NewCrossOriginProtection(), keys: newSecrets(cfg.Secret)}
	for _, o := range cfg.Origins {
		if err := p.cross.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("portal: Config.Origins: %w", err)
		}
	}
	l := cfg.Limits
	p.reports = newBuckets(p.keys.source, l.Reports, l.ReportEvery)
	units := max(1, l.Bytes>>10)
	p.bytes = newBuckets(p.keys.source, int(units), max(1, l.BytesEvery/time.Duration(units)))
	p.guesses = newBuckets(p.keys.source, l.Guesses, l.GuessEvery)
	p.renewals = newBuckets(p.keys.source, l.Renewals, l.RenewEvery)
	if err := p.load(); err != nil {
		return nil, err
	}
	return p, nil
}

// remote is the default of Config.Source.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return network(host)
}

// network is the part of an address that one subscriber has.
func network(host string) string {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}
