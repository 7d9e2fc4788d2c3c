package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/pgp"
)

// A backup, and what it brings back.
func ExampleExport() {
	ctx := context.Background()
	on := func(store storage.Store) storecopy.Side {
		svc, _ := service.New(cvd.Config{Store: store, Secret: make([]byte, 32)})
		return storecopy.Side{Service: svc, Store: store}
	}
	ours, restored := on(memstore.New()), on(memstore.New())
	c, _ := ours.Service.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "overflow in frobd"})
	var file bytes.Buffer
	if _, err := archive.Export(ctx, &file, ours, archive.LogOptions{Created: time.Now()}, c.ID); err != nil {
		fmt.Println(err)
	}
	a, err := archive.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := archive.Import(ctx, a, restored, storecopy.Options{})
	fmt.Println(r.Copied, "case,", len(r.Problems), "problems,", err)
	c, _ = restored.Service.View(ctx, c.ID, cvd.Viewer{Team: true})
	fmt.Println(string(c.Title))
	// Output:
	// 1 case, 0 problems, <nil>
	// overflow in frobd
}

// A coordinator hands a case to a vendor: signed, encrypted to the vendor, and no more
// than it may see. The vendor verifies it and takes it into its own cvdkit.
func ExampleExportView() {
	ctx := context.Background()
	engine := &pgp.Engine{}
	sender, _, _ := engine.Generate(pgp.KeySpec{Name: "Example CERT"})
	vendor, _, _ := engine.Generate(pgp.KeySpec{Name: "Vendor"})
	cert, _ := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32), Team: cvd.Team{Name: "Example CERT"}})
	c, _ := cert.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "overflow in frobd"}, cvd.PostMessage{Text: "what the CERT thinks of the vendor"},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Vendor"}, DetailsFirst: true, Reason: "a standing agreement"})

	var plain, sealed bytes.Buffer
	_, err := archive.ExportView(ctx, &plain, cert, c.ID, cvd.Viewer{Party: 3, Over: cvd.ProtectSealed}, archive.ViewOptions{
		Created: time.Now(), Team: "Example CERT",
		Signer: storecheck.SignerFunc(func(ctx context.Context, text []byte) ([]byte, error) {
			return engine.SignCleartext(ctx, text, sender)
		}),
	})
	if err == nil {
		err = engine.Encrypt(ctx, &sealed, &plain, pgp.Envelope{To: []pgp.Recipient{{Cert: vendor.Cert()}}})
	}
	fmt.Println("sent:", err)

	var file bytes.Buffer
	if _, err := engine.Decrypt(ctx, &file, &sealed, pgp.Keyring{Secrets: []pgp.Secret{vendor}}); err != nil {
		fmt.Println(err)
	}
	a, err := archive.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err == nil {
		err = a.Verify(ctx, storecheck.VerifierFunc(func(_ context.Context, message []byte) ([]byte, error) {
			s, err := engine.VerifyCleartext(message, []pgp.Cert{sender.Cert()})
			if err == nil && pgp.Best(s.Signatures) != pgp.Valid {
				err = pgp.ErrNotVerified
			}
			return s.Text, err
		}))
	}
	fmt.Println("verified:", err)
	theirs, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte("another team has another secret.")})
	got, err := archive.ImportView(ctx, theirs, a, archive.ImportOptions{
		From: cvd.Contact{Organization: "Example CERT", Email: "cert@cert.example"}, Signature: cvd.SignatureValid,
	})
	fmt.Println("taken in:", len(got.Problems), "problems,", err)
	mine, _ := theirs.View(ctx, got.Case, cvd.Viewer{Team: true})
	fmt.Println(string(mine.Title), bytes.Contains(file.Bytes(), []byte("thinks")))
	// Output:
	// sent: <nil>
	// verified: <nil>
	// taken in: 0 problems, <nil>
	// overflow in frobd false
}
