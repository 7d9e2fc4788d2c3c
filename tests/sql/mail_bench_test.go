package sqltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// BenchmarkMailIntake takes mails in, and in turns with that does what no intake can
// go without: the Service receives the same reports with their bytes, and pgp decrypts
// the same messages. of-slower is the rate of the intake over the slower of the two;
// the goal is at least 0.7.
func BenchmarkMailIntake(b *testing.B) {
	for _, sealed := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "pgpmime"}[sealed], func(b *testing.B) { mailIntake(b, sealed) })
	}
}

func mailIntake(b *testing.B, sealed bool) {
	ctx := b.Context()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	e := &pgp.Engine{}
	team, _, err := e.Generate(pgp.KeySpec{Address: "security@team.example"})
	check(err)
	rita, _, err := e.Generate(pgp.KeySpec{Address: "rita@finder.example"})
	check(err)
	ring := pgp.Keyring{Secrets: []pgp.Secret{team}, Certs: []pgp.Cert{rita.Cert()}}
	service := func() *service.Service {
		_, s := openTemp(b)
		svc, err := service.New(cvd.Config{Store: s, Blobs: s.Blobs(), Secret: make([]byte, 32), Cached: -1})
		check(err)
		return svc
	}
	svc := service()
	in := &mail.Intake{Service: svc, Addresses: []string{"security@team.example"}, Opener: pgpmime.Opener{Engine: e, Keyring: ring}, Checked: ring.Certs}
	plain := service()
	n := 0
	write := func() (raw []byte, armored string) {
		n++
		d := &pgpmime.Draft{From: []string{"rita@finder.example"}, To: []string{"security@team.example"}, Subject: fmt.Sprintf("Overflow %d in frobd", n),
			Text: strings.Repeat(fmt.Sprintf("A frame of %d bytes overflows the heap.\n", n), 50), MessageID: fmt.Sprintf("%d@finder.example", n)}
		var out bytes.Buffer
		if !sealed {
			check(d.Plaintext(ctx, &out, e))
			return out.Bytes(), ""
		}
		check(d.Encrypt(ctx, &out, e, pgp.Envelope{To: []pgp.Recipient{{Address: "security@team.example", Cert: team.Cert()}}, From: []pgp.Secret{rita}}))
		s := out.String()
		return out.Bytes(), s[strings.Index(s, "-----BEGIN") : strings.LastIndex(s, "-----END")+len("-----END PGP MESSAGE-----")]
	}
	const turn = 50
	var ours, stores, decrypts time.Duration
	round := func() {
		var mails [turn][]byte
		var messages [turn]string
		for i := range mails {
			mails[i], messages[i] = write()
		}
		start := time.Now()
		for _, raw := range mails {
			r, err := in.Take(ctx, mail.Envelope{}, bytes.NewReader(raw))
			check(err)
			if r.Outcome != mail.Submission {
				b.Fatalf("%+v", r)
			}
		}
		ours += time.Since(start)
		start = time.Now()
		for i, raw := range mails {
			check(receive(ctx, plain, n+i, raw))
		}
		stores += time.Since(start)
		start = time.Now()
		for _, m := range messages {
			if sealed {
				_, err := e.Decrypt(ctx, io.Discard, strings.NewReader(m), ring)
				check(err)
			}
		}
		decrypts += time.Since(start)
	}
	round()
	ours, stores, decrypts = 0, 0, 0
	rounds := 0
	for b.Loop() {
		round()
		rounds++
	}
	b.ReportMetric(float64(max(stores, decrypts))/float64(ours), "of-slower")
	b.ReportMetric(float64(stores)/float64(ours), "of-store")
	b.ReportMetric(float64(decrypts)/float64(ours), "of-decrypt")
	b.ReportMetric(float64(rounds*turn)/ours.Seconds(), "mails/s")
}

func receive(ctx context.Context, svc *service.Service, n int, raw []byte) error {
	r := intakeReport(n)
	r.Submission, r.Channel = true, cvd.ChannelMail
	r.IDs = append(r.IDs, cvd.ExternalID{Kind: "mail", Value: cvd.Private(fmt.Sprint("a", n))}, cvd.ExternalID{Kind: "mail-content", Value: cvd.Private(fmt.Sprint("b", n))})
	r.Summary = cvd.Private(strings.Repeat(string(r.Summary)+"\n", 20))
	r.Original, r.OriginalType = bytes.NewReader(raw), "message/rfc822"
	_, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, r)
	return err
}
