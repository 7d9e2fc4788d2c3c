package mail

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// What stands in a comment or in quotes is never a result, and "pass" is said only
// where it stands between semicolons.
func FuzzResults(f *testing.F) {
	for _, s := range []string{
		"mx.team.example; dmarc=pass header.from=x.example", "mx (a(b)c); dmarc = fail", `mx; a="\"; dmarc=pass"`, "(", ")", `"`, ";;==", "\\",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := tokens(s)
		n := 0
		for _, words := range out {
			for _, w := range words {
				n += len(w)
			}
		}
		require.LessOrEqual(t, n, len(s))
		if out != nil && !strings.ContainsAny(s, `()"\`) {
			require.Equal(t, strings.Count(s, ";")+1, len(out))
		}
		if len(out) > 0 && dmarc(out[1:], "x.example") == passed {
			require.Contains(t, strings.ToLower(s), "pass")
		}
	})
}

// Whatever comes, it is kept or was there before.
func FuzzTake(f *testing.F) {
	for _, s := range []string{
		"", "From: a@x.example\r\n\r\ntext", "From: a@x.example, b@x.example\r\nSubject: =?utf-8?q?=00=0a?=\r\n\r\n",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a\r\nAction: failed\r\n\r\n--b--",
		"List-Id: <x>\r\nIn-Reply-To: <00112233445566778899aabbccddeeff.00112233445566778899aabbccddeeff@team.example>\r\n\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), Secret: []byte(strings.Repeat("s", 32))})
		require.NoError(t, err)
		in := &Intake{Service: svc, Addresses: []string{"security@team.example"}, AuthservID: "mx"}
		r, err := in.Take(context.Background(), Envelope{}, strings.NewReader(s))
		require.NoError(t, err)
		require.Contains(t, []Outcome{Submission, Quarantine}, r.Outcome)
		again, err := in.Take(context.Background(), Envelope{}, strings.NewReader(s))
		require.NoError(t, err)
		require.Equal(t, r.CaseID, again.CaseID)
		require.Equal(t, Duplicate, again.Outcome)
	})
}
