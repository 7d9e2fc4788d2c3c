package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/rfc2350"
)

// desk is the team's side: the cases in one SQLite file.
type desk struct {
	db      *sql.DB
	store   *sqlstore.Store
	svc     *service.Service
	secret  cvd.Secret // 64 bytes: half for the Service, half for the portal
	upload  int64
	handler *portal.Portal
}

func openDesk(ctx context.Context, file string, upload int64) (*desk, error) {
	secret, err := readSecret(file + ".secret")
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	d := &desk{db: db, secret: secret, upload: upload}
	if d.store, err = sqlstore.Open(db, sqlstore.Options{}); err == nil {
		err = d.store.Migrate(ctx)
	}
	if err == nil {
		d.svc, err = service.New(cvd.Config{
			Store: d.store, Blobs: d.store.Blobs(), State: d.store.State(),
			Secret: secret[:32], Team: cvd.Team{Name: "Example PSIRT"},
			Limits: cvd.Limits{Attachment: upload},
		})
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return d, nil
}

func (d *desk) close() { d.db.Close() }

// portal is the handler. On loopback browsers take plain HTTP for safe; elsewhere
// this example does without what they then refuse.
func (d *desk) portal(listen, policy string) (http.Handler, error) {
	host, _, _ := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	page, err := policyPage(policy)
	if err != nil {
		return nil, err
	}
	p, err := portal.New(portal.Config{
		PolicyPage: page,
		Service:    d.svc, State: d.store.State(), Secret: d.secret[32:],
		Team: "Example PSIRT", Insecure: !loopback, Fingerprint: fingerprints,
		Limits:  portal.Limits{Upload: d.upload},
		OnError: func(_ context.Context, err error) { fmt.Fprintln(os.Stderr, "portal:", err) },
	})
	d.handler = p
	return p, err
}

// policyPage makes the page of an RFC 2350 document.
func policyPage(file string) (func(context.Context) ([]byte, error), error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	doc, err := rfc2350.Parse(raw, rfc2350.Options{})
	if err != nil {
		return nil, err
	}
	page := doc.HTML()
	return func(context.Context) ([]byte, error) { return page, nil }, nil
}

// fingerprints reads the OpenPGP keys in a file.
func fingerprints(key []byte) ([]string, error) {
	certs, _, err := pgp.ParseCerts(bytes.NewReader(key), pgp.ParseOptions{})
	var out []string
	for _, c := range certs {
		out = append(out, c.Fingerprint())
	}
	return out, err
}

// housekeeping removes what has ended: sessions, and files that no report names.
func (d *desk) housekeeping(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
		for after := ""; ; {
			next, err := d.handler.Sweep(ctx, after, 1000)
			if after = next; err != nil || next == "" {
				break
			}
		}
		for after := (storage.BlobID{}); ; {
			next, err := d.svc.Sweep(ctx, after, 1000)
			if after = next; err != nil || next == (storage.BlobID{}) {
				break
			}
		}
	}
}

// answer plays the team: it writes to the reporter of every open report. What was
// quarantined is looked at by people too, so it is answered likewise.
func (d *desk) answer(ctx context.Context, text string) (n int, err error) {
	by := cvd.By{Actor: "example"}
	for page := ""; ; {
		list, err := d.svc.Find(ctx, cvd.Viewer{Team: true}, service.Filter{Open: true}, page, 100)
		if err != nil {
			return n, err
		}
		for _, x := range list.Cases {
			c, err := d.svc.View(ctx, x.ID, cvd.Viewer{Team: true})
			if err != nil {
				return n, err
			}
			r, ok := c.Reporter()
			if !ok {
				continue
			}
			if c.Submission.Quarantined {
				if _, err := d.svc.Do(ctx, x.ID, by, cvd.Acknowledge{}); err != nil && !errors.Is(err, cvd.ErrRefused) {
					return n, err
				}
			}
			if _, err := d.svc.Do(ctx, x.ID, by, cvd.PostMessage{To: []cvd.PartyID{r.ID}, Text: cvd.Private(text)}); err != nil {
				return n, err
			}
			n++
		}
		if page = list.Next; page == "" {
			return n, nil
		}
	}
}

// invite plays the team: it admits the newest report, brings a vendor in, and
// proposes how long it stays secret.
func (d *desk) invite(ctx context.Context, w io.Writer, listen, name string) error {
	list, err := d.svc.Find(ctx, cvd.Viewer{Team: true}, service.Filter{Open: true}, "", 1)
	if err != nil || len(list.Cases) == 0 {
		return errors.Join(err, errors.New("there is no open report: send one first"))
	}
	id := list.Cases[0].ID
	by := cvd.By{Actor: "example"}
	c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	var cmds []cvd.Command
	if c.Submission.Stage != cvd.StageCase {
		cmds = append(cmds, cvd.Admit{}, cvd.ProposeEmbargo{Ends: time.Now().AddDate(0, 0, 90).UTC().Truncate(time.Hour)})
	}
	cmds = append(cmds, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: cvd.Private(name)}})
	if c, err = d.svc.Do(ctx, id, by, cmds...); err != nil {
		return err
	}
	vendor := c.Participants[len(c.Participants)-1].ID
	code, err := d.svc.NewCode()
	if err != nil {
		return err
	}
	if _, err := d.svc.Do(ctx, id, by, cvd.GrantAccess{Party: vendor, Code: code}, cvd.AddProduct{Vendor: vendor, Name: cvd.Private(name + " OS")}); err != nil {
		return err
	}
	// The link may be mailed. The code takes another way, such as the telephone.
	fmt.Fprintf(w, "link: http://%s/open?case=%s\ncode: %s\n", listen, c.Number, string(code))
	return nil
}

// readSecret reads the secret beside the database, or makes one.
func readSecret(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, 64)
		if _, err = rand.Read(b); err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
	}
	if err == nil && len(b) != 64 {
		err = fmt.Errorf("%s does not hold 64 bytes", file)
	}
	return b, err
}
