package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// The report's wish for credit is read as a name, also in a sentence, and "none" as
// the wish to stay out of it. RFC 2350 documents ask for it beside the disclosure.
func TestCreditWish(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for line, want := range map[string]struct {
		credit cvd.Credit
		name   cvd.Private
	}{
		"Credit: Ann of Example":                    {cvd.CreditNamed, "Ann of Example"},
		`Credit: please name me as "Ann, Example".`: {cvd.CreditNamed, "Ann, Example"},
		"Acknowledgement: als „Ann, Example“ bitte": {cvd.CreditNamed, "Ann, Example"},
		"Credit: none":       {cvd.CreditAnonymous, ""},
		"Credit: Anonymous.": {cvd.CreditAnonymous, ""},
		"Credit:":            {cvd.CreditUnstated, ""},
		"we give no credit: it is too much for that": {cvd.CreditUnstated, ""},
	} {
		svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(func() time.Time { return now }), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now }})
		require.NoError(t, err)
		in := mail.Intake{Service: svc, Addresses: []string{"security@example.org"}, Cases: true}
		r, err := in.Take(t.Context(), mail.Envelope{Received: now}, strings.NewReader("From: ann@example.com\r\nSubject: x\r\nMessage-ID: <1@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDisclosure: in May\r\n"+line+"\r\n\r\nRegards\r\nAnn\r\n"))
		require.NoError(t, err)
		c, err := svc.View(t.Context(), r.CaseID, cvd.Viewer{Team: true})
		require.NoError(t, err)
		require.Equal(t, want.credit, c.Reports[0].Credit, line)
		require.Equal(t, string(want.name), string(c.Reports[0].CreditName), line)
		if want.credit != cvd.CreditUnstated {
			require.Equal(t, "in May", string(c.Reports[0].Wish))
		}
	}
}
