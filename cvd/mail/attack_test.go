package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// flip is a Sealer that hides text well enough to be told from it.
type flip struct{}

func (flip) Seal(_ context.Context, _ cvd.CaseID, dst io.Writer, src io.Reader) error {
	b := make([]byte, 32<<10)
	for {
		n, err := src.Read(b)
		for i := range b[:n] {
			b[i] ^= 0x5a
		}
		if _, err := dst.Write(b[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (f flip) Open(ctx context.Context, id cvd.CaseID, dst io.Writer, src io.Reader) error {
	return f.Seal(ctx, id, dst, src)
}

// watched is a BlobStore that looks around while it is written to.
type watched struct {
	storage.BlobStore
	look func(where string, content []byte)
}

func (w watched) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	return w.BlobStore.Put(ctx, id, io.TeeReader(r, writer(func(b []byte) (int, error) {
		w.look("a blob", b)
		return len(b), nil
	})))
}

type writer func([]byte) (int, error)

func (f writer) Write(b []byte) (int, error) { return f(b) }

// No text of a sealed case lies open anywhere: not in the spool, not in a file that is
// only a descriptor, not in what is stored, and not in an error.
func TestNothingLiesOpen(t *testing.T) {
	const secret = "the long frame overflows the heap"
	dir := t.TempDir()
	k := keys(t, "security@team.example", "rita@finder.example")
	team, ritas := k[0], k[1]
	looks, files := 0, 0
	look := func(where string, content []byte) {
		require.False(t, bytes.Contains(content, []byte(secret)), where)
		if looks++; looks%20 != 1 {
			return
		}
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		fds, _ := filepath.Glob("/proc/self/fd/*")
		for _, name := range append(names, fds...) {
			info, err := os.Stat(name)
			if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(name, "/proc") && !deleted(name) {
				continue
			}
			data, err := os.ReadFile(name)
			if err == nil {
				files++
				require.False(t, bytes.Contains(data, []byte(secret)), name)
			}
		}
	}
	d := newDesk(t, func(in *mail.Intake) {
		in.Opener = pgpmime.Opener{Engine: &pgp.Engine{Spool: pgp.Spool{Dir: dir, Memory: 64 << 10}}, Keyring: pgp.Keyring{Secrets: []pgp.Secret{team}, Certs: []pgp.Cert{ritas.Cert()}}}
	})
	d.cfg.Sealer, d.cfg.Blobs = flip{}, watched{memstore.NewBlobs(time.Now), look}
	d.limit(cvd.Limits{})
	x := &pgpmime.Draft{
		From: []string{"rita@finder.example"}, To: []string{"security@team.example"}, Subject: secret, Text: strings.Repeat(secret+"\n", 5000), MessageID: "1@finder.example",
		Attachments: []pgpmime.Attachment{{Name: "poc.txt", Type: "text/plain", Data: []byte(strings.Repeat(secret+"\n", 50000))}},
	}
	var b bytes.Buffer
	require.NoError(t, x.Encrypt(ctx, &b, &pgp.Engine{}, pgp.Envelope{To: []pgp.Recipient{{Address: "security@team.example", Cert: team.Cert()}}, From: []pgp.Secret{ritas}}))
	r := d.take(b.String())
	require.Equal(t, mail.Submission, r.Outcome, "%+v", r)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", r, r, r), "frame")
	require.Positive(t, looks)
	require.Positive(t, files, "the spool was used")
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Empty(t, left)
	require.Equal(t, secret, string(d.view(r.CaseID).Title))
}

func deleted(fd string) bool {
	to, err := os.Readlink(fd)
	return err == nil && strings.Contains(to, "(deleted)")
}

// 100 MB are refused in little memory.
func TestHugeMail(t *testing.T) {
	d := newDesk(t)
	var most, base uint64
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base = m.HeapAlloc
	line := []byte(strings.Repeat("x", 998) + "\r\n")
	n := 0
	r, err := d.in.Take(ctx, mail.Envelope{}, io.MultiReader(strings.NewReader("From: a@x.example\r\n\r\n"), reader(func(b []byte) (int, error) {
		if n += len(line); n > 100<<20 {
			return 0, io.EOF
		}
		if n%(8<<20) < len(line) {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return copy(b, line), nil
	})))
	require.NoError(t, err)
	require.Equal(t, mail.Refused, r.Outcome)
	require.Equal(t, 11, r.Rule)
	require.Less(t, most-min(base, most), uint64(64<<20))
	p, err := d.svc.Find(ctx, cvd.Viewer{Team: true}, service.Filter{}, "", 1)
	require.NoError(t, err)
	require.Empty(t, p.Cases)
}

type reader func([]byte) (int, error)

func (f reader) Read(b []byte) (int, error) { return f(b) }

// Ten thousand reports (a thousand without CVD_TEST_LONG): all are kept, and the answers stay within their cap.
func TestFlood(t *testing.T) {
	n := 1_000
	if os.Getenv("CVD_TEST_LONG") != "" {
		n = 10_000
	}
	d := newDesk(t)
	answered, kept := 0, 0
	at := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for i := range n {
		r := d.take(eml(fmt.Sprint("report ", i), fmt.Sprintf("From: r%d@x%d.example", i%977, i%7), fmt.Sprintf("Message-ID: <%d@flood.example>", i)), mail.Envelope{Received: at})
		if r.Outcome == mail.Submission {
			kept++
		}
		if r.Answered {
			answered++
		}
	}
	require.Equal(t, n, kept)
	require.Equal(t, 100, answered)
}

// A participant that was removed is not heard as one, and nothing is lost.
func TestRemovedParticipant(t *testing.T) {
	d := newDesk(t)
	r, o := d.begun("1@finder.example")
	_, err := d.svc.Do(ctx, r.CaseID, cvd.By{Actor: "alice"}, cvd.RemoveParty{Party: 2, Reason: "left"})
	require.NoError(t, err)
	x := d.take(rita("2@finder.example", "still here", "In-Reply-To: <"+mail.MessageID(o, "team.example")+">"))
	require.Equal(t, mail.Unverified, x.Outcome, "%+v", x)
	require.Equal(t, r.CaseID, x.CaseID)
}
