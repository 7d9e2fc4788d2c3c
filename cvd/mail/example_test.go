package mail_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/memstore"
)

// The host hands in the bytes of each mail, from wherever it gets them. An error is
// temporary: a pipe exits with 75, and the mail comes again.
func ExampleIntake_Take() {
	svc, err := cvd.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), Secret: []byte(strings.Repeat("s", 32))})
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
