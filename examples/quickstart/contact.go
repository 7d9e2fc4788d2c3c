package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// securityTxt writes the team's security.txt, signs it, and checks what it wrote
// as a stranger would.
func (d *desk) securityTxt(ctx context.Context) ([]byte, error) {
	const (
		origin = "https://gateway.example"
		at     = origin + securitytxt.WellKnownPath
	)
	now := d.clock.now()
	text, err := securitytxt.File{
		Contact:            []string{"mailto:" + teamAddress, "https://gateway.example/report"},
		Expires:            now.AddDate(0, 6, 0).UTC().Truncate(time.Second),
		Encryption:         []string{"openpgp4fpr:" + d.post.team.Fingerprint()},
		Canonical:          []string{at},
		Policy:             []string{"https://gateway.example/security-policy"},
		PreferredLanguages: []string{"en", "de"},
	}.AppendText(nil)
	if err != nil {
		return nil, err
	}
	signed, err := securitytxt.Sign(ctx, text, securitytxt.SignerFunc(func(ctx context.Context, text []byte) ([]byte, error) {
		return d.post.engine.SignCleartext(ctx, text, d.post.team)
	}), securitytxt.SignOptions{Now: now, Origin: origin})
	if err != nil {
		return nil, err
	}
	doc, err := securitytxt.Parse(signed)
	if err != nil {
		return nil, err
	}
	v, err := doc.Verify(ctx, securitytxt.VerifierFunc(d.verify))
	if err != nil {
		return nil, err
	}
	findings := doc.Check(securitytxt.CheckOptions{Now: now, RetrievedFrom: []string{at}})
	d.head("security.txt")
	fmt.Fprintf(d.w, "signature %s, %d findings\n", v.Signature.Status, len(findings))
	for _, f := range findings {
		fmt.Fprintf(d.w, "  line %d %s: %s\n", f.Line, f.Code, f.Rule().Message)
	}
	if !securitytxt.Valid(findings) {
		return nil, errors.New("the security.txt is not valid")
	}
	return signed, nil
}

func (d *desk) verify(_ context.Context, message []byte) ([]byte, securitytxt.Signature, error) {
	s, err := d.post.engine.VerifyCleartext(message, []pgp.Cert{d.post.team.Cert()})
	if err != nil {
		return nil, securitytxt.Signature{}, err
	}
	out := securitytxt.Signature{Status: securitytxt.StatusBad}
	if pgp.Best(s.Signatures) == pgp.Valid {
		out = securitytxt.Signature{Status: securitytxt.StatusValid, Fingerprint: d.post.team.Fingerprint()}
	}
	return s.Text, out, nil
}
