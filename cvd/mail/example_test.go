package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/pgp"
)

// The host hands in the bytes of each mail, from wherever it gets them. An error is
// temporary: a pipe exits with 75, and the mail comes again.
func ExampleIntake_Take() {
	svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), Secret: []byte(strings.Repeat("s", 32))})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := &mail.Intake{Service: svc, Addresses: []string{"security@team.example"}, AuthservID: "mx.team.example"}
	for _, raw := range []string{
		"From: rita@finder.example\r\nMessage-ID: <1@finder.example>\r\nSubject: Overflow in frobd\r\n\r\nA long frame overflows the heap.\r\n",
		"From: jenkins@ci.example\r\nAuto-Submitted: auto-generated\r\nMessage-ID: <2@ci.example>\r\n\r\nBuild failed.\r\n",
		"From: rita@finder.example\r\nMessage-ID: <3@finder.example>\r\nIn-Reply-To: <1@finder.example>\r\n\r\nVersion 1.3 too.\r\n",
		"From: rita@finder.example\r\nMessage-ID: <1@finder.example>\r\nSubject: Overflow in frobd\r\n\r\nA long frame overflows the heap.\r\n",
	} {
		r, err := in.Take(context.Background(), mail.Envelope{}, strings.NewReader(raw))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s, rule %d %q\n", r.Outcome, r.Rule, r.Reason)
	}
	// Output:
	// submission, rule 5 ""
	// quarantine, rule 3 "a machine sent it"
	// unverified, rule 6 "nothing shows from whom it is"
	// duplicate, rule 8 "the same mail was taken before"
}

// The host puts the transport into Config.Transports, and calls Relay. Here the mails
// end in a Submitter that prints what a server on the way sees.
func ExampleTransport() {
	team, _, err := (&pgp.Engine{}).Generate(pgp.KeySpec{Address: "security@team.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	t := &mail.Transport{Submit: show{}, Address: "security@team.example", Key: team}
	m := cvd.Outgoing{
		ID: strings.Repeat("01", 16), Thread: strings.Repeat("23", 16), To: cvd.Route{Transport: cvd.TransportMail, Address: "rita@finder.example"},
		Auto: true, Subject: "[CVD-1900-00000] Your report has arrived", Text: "TLP:GREEN\n\nYour report has arrived.\n",
	}
	_, err = t.Send(context.Background(), m)
	fmt.Println(err)
	m.Key = "0123456789ABCDEF0123456789ABCDEF01234567" // which is not at hand
	_, err = t.Send(context.Background(), m)
	fmt.Println(err)
	// Output:
	// rita@finder.example: [CVD-1900-00000] Your report has arrived, auto-generated, multipart/signed
	// <nil>
	// cvd: the transport cannot protect this message
}

type show struct{}

func (show) Submit(_ context.Context, _, to string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	m, err := netmail.ReadMessage(&b)
	if err != nil {
		return err
	}
	media, _, _ := strings.Cut(m.Header.Get("Content-Type"), ";")
	fmt.Printf("%s: %s, %s, %s\n", to, m.Header.Get("Subject"), m.Header.Get("Auto-Submitted"), media)
	return nil
}
