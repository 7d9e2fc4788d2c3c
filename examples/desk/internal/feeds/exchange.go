package feeds

import (
	"io"
	"net/http"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/examples/desk/internal/numbers"
	"github.com/cvdkit/cvdkit/examples/desk/internal/views"
)

// exchanged is what the page shows.
type exchanged struct {
	Csrf    string
	All     bool // who asks sees every case, so that logs can go in and out
	Signed  bool // signatures of what comes in are verified
	Feeds   []feedRow
	Views   []views.View // of which there are files
	Done    string       // what was done
	Failed  string       // why nothing was
	Case    string       // to which Done leads
	Typed   typed
	Details []string
}

type feedRow struct {
	Kind, Label, About string
	Made               string
	Address            string // only once, when it was made
}

// typed is what somebody wrote into the form for imports, and does not lose.
type typed struct{ Name, Organization, Email string }

func (f *Feeds) exchange(v visit) error {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		http.Error(v.w, "This page is only read.", http.StatusMethodNotAllowed)
		return nil
	}
	return f.exchangeWith(v, exchanged{}, "", "")
}

// exchangeWith shows the page, with an address that was made just now.
func (f *Feeds) exchangeWith(v visit, x exchanged, kind feedKind, address string) error {
	x.Csrf, x.All, x.Signed, x.Views = f.csrf(v.r), v.who.all() && f.cfg.Side.Store != nil, f.cfg.Verifier != nil, views.All
	for _, k := range kinds {
		made, err := f.made(v.r.Context(), k.kind, v.who.Name)
		if err != nil {
			return err
		}
		row := feedRow{Kind: string(k.kind), Label: k.label, About: k.about}
		if !made.IsZero() {
			row.Made = f.when(made)
		}
		if k.kind == kind {
			row.Address = address
		}
		x.Feeds = append(x.Feeds, row)
	}
	return f.show(v, "Import and export", exchangePage, x)
}

// change makes an address anew, or revokes it.
func (f *Feeds) change(v visit) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, 4096)
	for _, k := range kinds {
		if v.r.PostFormValue("kind") != string(k.kind) {
			continue
		}
		switch v.r.PostFormValue("do") {
		case "renew":
			file, err := f.renew(v.r.Context(), k.kind, v.who.Name)
			if err != nil {
				return err
			}
			return f.exchangeWith(v, exchanged{Done: "There is a new address. It is shown this once: copy it now."}, k.kind, f.base(v.r)+"/feed/"+file+k.suffix)
		case "revoke":
			if err := f.revoke(v.r.Context(), k.kind, v.who.Name); err != nil {
				return err
			}
			return f.exchangeWith(v, exchanged{Done: "The address opens nothing any more."}, "", "")
		}
	}
	return cvd.ErrNotFound
}

// exportCase writes a case as the one who asks sees it.
func (f *Feeds) exportCase(v visit) error {
	ctx := v.r.Context()
	c, _, err := numbers.Find(ctx, f.svc, v.who.viewer(), v.r.URL.Query().Get("number"), f.cfg.Now())
	if err != nil {
		return err
	}
	return f.send(v, c.Number+".zip", func(w io.Writer) error {
		_, err := archive.ExportView(ctx, w, f.svc, c.ID, v.who.viewer(), archive.ViewOptions{Created: f.cfg.Now(), Team: f.cfg.Team, Signer: f.cfg.Signer})
		return err
	})
}

// exportAll writes the logs of all cases, for who sees all.
func (f *Feeds) exportAll(v visit) error {
	if !v.who.all() || f.cfg.Side.Store == nil {
		return cvd.ErrDenied
	}
	ctx := v.r.Context()
	var ids []cvd.CaseID
	for page := ""; ; {
		p, err := f.svc.Find(ctx, v.who.viewer(), service.Filter{}, page, 1000)
		if err != nil {
			return err
		}
		for _, x := range p.Cases {
			ids = append(ids, x.ID)
		}
		if page = p.Next; page == "" {
			break
		}
	}
	return f.send(v, "cases.zip", func(w io.Writer) error {
		_, err := archive.Export(ctx, w, f.cfg.Side, archive.LogOptions{Created: f.cfg.Now(), Team: f.cfg.Team, Signer: f.cfg.Signer}, ids...)
		return err
	})
}

// send streams a file. Once it has begun, an error can only break the connection, so
// that nobody takes a part for the whole.
func (f *Feeds) send(v visit, name string, write func(io.Writer) error) error {
	w := &begun{w: v.w, start: func() { download(v.w, name, "application/zip") }}
	err := write(w)
	if err != nil && w.any {
		if f.cfg.OnError != nil && v.r.Context().Err() == nil {
			f.cfg.OnError(v.r.Context(), err)
		}
		panic(http.ErrAbortHandler)
	}
	return err
}

type begun struct {
	w     io.Writer
	start func()
	any   bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.any {
		b.any = true
		b.start()
	}
	return b.w.Write(p)
}
