// Login is a portal whose host knows accounts beside receipts. Reporters and vendors
// who come often log in by a passkey, by a password with a time-based code (TOTP,
// RFC 6238), or by a client certificate, and see all their cases.
//
//	go run ./examples/login -db login.db -add rita   # prints password and TOTP key
//	go run ./examples/login -db login.db             # serves, and says where
//
// Log in with them, then add a passkey on the page Account. With -tls it serves
// HTTPS under a certificate that it makes for itself, and asks browsers for a client
// certificate; -certificate NAME=FILE names whose the certificate in a PEM file is.
//
// What a host writes is accounts, the portal's Authenticator, of four lines. The
// login itself lies in ../internal/login and, for passkeys, in passkey.go.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"database/sql"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/examples/internal/login"
)

type options struct {
	listen, db, add, certificate string
	tls                          bool
}

func main() {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on")
	flag.StringVar(&o.db, "db", "login.db", "the SQLite `FILE` that keeps cases and sessions; accounts lie beside it, in FILE.users.json, and its secret in FILE.secret")
	flag.StringVar(&o.add, "add", "", "add the account `NAME`, print how it logs in, and end")
	flag.StringVar(&o.certificate, "certificate", "", "`NAME=FILE`: the account that the client certificate in a PEM file belongs to, and end")
	flag.BoolVar(&o.tls, "tls", false, "serve HTTPS with a certificate made at the start, and ask for client certificates")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "login:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	users, err := login.OpenUsers(o.db + ".users.json")
	switch {
	case err != nil:
		return err
	case o.add != "":
		return add(w, users, o.add)
	case o.certificate != "":
		return certify(w, users, o.certificate)
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	defer l.Close()
	// Passkeys belong to a name, and browsers take no address for one.
	host, scheme := l.Addr().String(), "http://"
	if a := l.Addr().(*net.TCPAddr); a.IP.IsLoopback() {
		host = fmt.Sprintf("localhost:%d", a.Port)
	}
	if o.tls {
		scheme = "https://"
	}
	h, err := open(ctx, o, users, scheme+host)
	if err != nil {
		return err
	}
	defer h.close()
	srv := &http.Server{Handler: h.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	if o.tls {
		cert, err := selfSigned(time.Now())
		if err != nil {
			return err
		}
		// TLS proves that a browser holds the key of the certificate that it shows. Whose
		// that is the accounts say, by its fingerprint, so no authority is asked.
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert}
		l = tls.NewListener(l, srv.TLSConfig)
	}
	fmt.Fprintf(w, "the portal is at %s%s/\n", scheme, host)
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(last)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// add makes an account with a random password and a second factor.
func add(w io.Writer, users *login.Users, name string) error {
	password := strings.ToLower(rand.Text())
	hashed, err := login.HashPassword(password)
	if err != nil {
		return err
	}
	key := login.NewTOTP()
	if err := users.Put(login.User{Name: name, Password: hashed, TOTP: key}); err != nil {
		return err
	}
	fmt.Fprintf(w, "name: %s\npassword: %s\nauthenticator: %s\n", name, password, login.TOTPAddress("Example PSIRT", name, key))
	return nil
}

// certify says whose a client certificate is.
func certify(w io.Writer, users *login.Users, arg string) error {
	name, file, ok := strings.Cut(arg, "=")
	if !ok {
		return errors.New("-certificate takes NAME=FILE")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" {
		return fmt.Errorf("%s holds no certificate in PEM", file)
	}
	sum := sha256.Sum256(block.Bytes)
	u, _, err := users.Find(name)
	if err != nil {
		return err
	}
	u.Name = name
	u.Certificates = append(u.Certificates, hex.EncodeToString(sum[:]))
	fmt.Fprintf(w, "%s comes by the certificate %x\n", name, sum)
	return users.Put(u)
}

// host is the program that embeds the portal.
type host struct {
	db      *sql.DB
	svc     *service.Service
	handler http.Handler
}

func (h *host) close() { h.db.Close() }

func open(ctx context.Context, o options, users *login.Users, origin string) (*host, error) {
	secret, err := readSecret(o.db + ".secret")
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(o.db)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	h := &host{db: db}
	if err := h.wire(ctx, secret, users, origin); err != nil {
		db.Close()
		return nil, err
	}
	return h, nil
}

// wire puts portal, login and passkeys together.
func (h *host) wire(ctx context.Context, secret []byte, users *login.Users, origin string) error {
	store, err := sqlstore.Open(h.db, sqlstore.Options{})
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err == nil {
		h.svc, err = service.New(cvd.Config{
			Store: store, Blobs: store.Blobs(), State: store.State(),
			Secret: secret[:32], Team: cvd.Team{Name: "Example PSIRT"},
		})
	}
	if err != nil {
		return err
	}
	keys, err := newPasskeys(store.State(), secret[64:96], origin, users)
	if err != nil {
		return err
	}
	in, err := login.New(login.Config{
		State: store.State(), Secret: secret[64:96], Users: users, Title: "Log in to your cases",
		Identify: users.Certificate(time.Now),
		Ways:     []login.Way{{Name: "passkey", Label: "Use a passkey", Handler: keys.loginPages(), Still: keys.still}},
		OnError:  onError,
	})
	if err != nil {
		return err
	}
	keys.login = in
	p, err := portal.New(portal.Config{
		Service: h.svc, State: store.State(), Secret: secret[32:64], Team: "Example PSIRT",
		Accounts: accounts(in), Login: "/account/", Origins: []string{origin}, OnError: onError,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", in.Beside(p)) // everybody, with an account or not
	mux.Handle("/account/", in.Wrap(http.StripPrefix("/account", keys.accountPages())))
	h.handler = mux
	return nil
}

// accounts tells the portal who is logged in.
func accounts(in *login.Login) portal.AuthenticatorFunc {
	return func(r *http.Request) (portal.Account, error) {
		who, err := in.Who(r)
		if err != nil || who.Name == "" {
			return portal.Account{}, err
		}
		return portal.Account{Identity: cvd.Private("account:" + who.Name), Name: cvd.Private(who.Name)}, nil
	}
}

func onError(_ context.Context, err error) { fmt.Fprintln(os.Stderr, "login:", err) }

// readSecret reads the secret beside the database, or makes one: a third each for the
// Service, the portal and the login.
func readSecret(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, 96)
		rand.Read(b)
		err = os.WriteFile(file, b, 0o600)
	}
	if err == nil && len(b) != 96 {
		err = fmt.Errorf("%s does not hold 96 bytes", file)
	}
	return b, err
}
