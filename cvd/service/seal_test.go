package service_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// chunks is a Sealer for tests: AES-256-GCM over chunks, each case under a key
// of its own, derived from one. It streams, binds the case, and notices a chunk
// that was altered, moved or cut off.
type chunks struct{ key []byte }

const chunkSize = 64 << 10

var errSealed = errors.New("the sealed text was altered, or is of another key or case")

func (s chunks) aead(id cvd.CaseID, salt []byte) (cipher.AEAD, error) {
	m := hmac.New(sha256.New, s.key)
	m.Write(id[:])
	m.Write(salt)
	block, err := aes.NewCipher(m.Sum(nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce counts chunks, and marks the last. The key is of this text only.
func nonce(n uint64, last bool) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint64(b[3:], n)
	if last {
		b[11] = 1
	}
	return b
}

// each reads chunks of size bytes and tells which is the last.
func each(ctx context.Context, src io.Reader, size int, f func(n uint64, chunk []byte, last bool) error) error {
	buf, next := make([]byte, size), make([]byte, size)
	n, err := io.ReadFull(src, buf)
	for i := uint64(0); ; i++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		m, nextErr := 0, io.EOF
		if err == nil {
			m, nextErr = io.ReadFull(src, next)
			if nextErr != nil && nextErr != io.EOF && nextErr != io.ErrUnexpectedEOF {
				return nextErr
			}
		}
		last := m == 0
		if ferr := f(i, buf[:n], last); ferr != nil || last {
			return ferr
		}
		buf, next, n, err = next, buf, m, nextErr
	}
}

func (s chunks) Seal(ctx context.Context, id cvd.CaseID, dst io.Writer, src io.Reader) error {
	salt := make([]byte, 16)
	if _, err := (&randomly).Read(salt); err != nil {
		return err
	}
	aead, err := s.aead(id, salt)
	if err != nil {
		return err
	}
	if _, err := dst.Write(salt); err != nil {
		return err
	}
	var out []byte
	return each(ctx, src, chunkSize, func(n uint64, chunk []byte, last bool) error {
		out = aead.Seal(out[:0], nonce(n, last), chunk, nil)
		_, err := dst.Write(out)
		return err
	})
}

func (s chunks) Open(ctx context.Context, id cvd.CaseID, dst io.Writer, src io.Reader) error {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(src, salt); err == io.EOF || err == io.ErrUnexpectedEOF {
		return errSealed
	} else if err != nil {
		return err
	}
	aead, err := s.aead(id, salt)
	if err != nil {
		return err
	}
	var out []byte
	return each(ctx, src, chunkSize+16, func(n uint64, chunk []byte, last bool) error {
		var err error
		if out, err = aead.Open(out[:0], nonce(n, last), chunk, nil); err != nil {
			return errSealed
		}
		_, err = dst.Write(out)
		return err
	})
}

var randomly = seeded{n: 99}

func sealedBy(key string) func(*cvd.Config) {
	return func(c *cvd.Config) { c.Sealer = chunks{[]byte(key)} }
}

func TestSealerOfTheseTests(t *testing.T) {
	cvdtest.TestSealer(t, func(*testing.T) storage.Sealer { return chunks{[]byte("key")} })
}

// everywhere returns all bytes that the stores hold.
func (d *desk) everywhere() string {
	var b strings.Builder
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 1 << 20})
	require.NoError(d.t, err)
	for _, h := range heads {
		b.Write(h.Data)
		b.Write(h.Private)
		for _, r := range d.log(h.ID) {
			b.Write(r.Body)
			b.Write(r.Private)
		}
	}
	blobs, err := d.blobs.List(ctx, storage.BlobID{}, 1<<20)
	require.NoError(d.t, err)
	for _, x := range blobs {
		r, err := d.blobs.Open(ctx, x.ID)
		require.NoError(d.t, err)
		_, err = io.Copy(&b, r)
		require.NoError(d.t, err)
	}
	return b.String()
}

// secretStory puts the marker into every text of a case.
func secretStory(d *desk) cvd.CaseID {
	r := cvd.Receive{}
	marked(reflect.ValueOf(&r).Elem(), 0)
	r.Kind, r.Received, r.PublishOn, r.IDs = 0, time.Time{}, time.Time{}, []cvd.ExternalID{{Kind: "ticket", Value: marker}}
	r.Reporter.Email, r.Reporter.Routes = "a@"+marker+".example", []cvd.Route{{Transport: "box", Address: marker}}
	do := func(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
		c, err := d.svc.Do(ctx, id, cvd.By{Actor: marker}, cmds...)
		require.NoError(d.t, err)
		return c
	}
	id := do(cvd.CaseID{}, r).ID
	do(id, cvd.Acknowledge{Text: marker}, cvd.Admit{}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: marker, Reason: marker},
		cvd.Accept{}, cvd.Assign{To: marker}, cvd.AddProduct{Name: marker, Versions: marker}, cvd.RecordStatus{Statement: marker, Fixed: marker},
		cvd.SetSeverity{Rating: cvd.RatingLow, Source: marker}, cvd.AddVulnerability{Title: marker},
		cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 9), Reason: marker}, cvd.AcceptEmbargo{Party: 2},
		cvd.Observe{What: vultron.VendorAware, Vuln: 1, Evidence: marker}, cvd.Attach{Name: marker, Type: marker, Content: strings.NewReader(marker)},
		cvd.PostMessage{To: []cvd.PartyID{2}, Text: marker, Subject: marker, Attachments: []cvd.AttachmentID{1}},
		cvd.Defer{Reason: marker})
	m := cvd.Matter{Vuln: 1}
	do(id, cvd.RecordAssessment{Matter: m, Step: cvd.StepAware, Source: marker, Evidence: marker},
		cvd.RecordSubmission{Matter: m, Stages: []cvd.ReportStage{cvd.StageFinal}, Authority: marker, Reference: marker, Values: marker, Reason: marker,
			Name: marker, Type: marker, Content: strings.NewReader(marker)},
		cvd.RecordRequest{Matter: m, Kind: cvd.RequestDelay, Authority: marker, Reference: marker, Text: marker}, cvd.RecordAnswer{Request: 1, Answer: marker},
		cvd.InformUsers{Matter: m, Audience: marker, Text: marker, Mitigation: marker, Way: marker, Reason: marker})
	return id
}

func TestSealedCase(t *testing.T) {
	open := newDesk(t)
	secretStory(open)
	require.Contains(t, open.everywhere(), marker, "without a Sealer the marker would be found")

	d := newDesk(t, sealedBy("right"))
	id := secretStory(d)
	require.NotContains(t, d.everywhere(), marker)
	c := d.view(id, team)
	require.Equal(t, marker, string(c.Reports[0].Summary))
	r, err := d.svc.Attachment(ctx, id, team, 1)
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, marker, string(b))
	require.NoError(t, r.Close())
	require.Equal(t, dump(c), dump(d.another().view(id, team)), "another process with the key reads the same")
	page, err := d.svc.Find(ctx, team, service.Filter{}, "", 1)
	require.NoError(t, err)
	require.Equal(t, marker, string(page.Cases[0].Title))
	require.NotZero(t, d.relay().Sent)
	require.NotContains(t, d.everywhere(), marker)
}

func TestWrongKey(t *testing.T) {
	d := newDesk(t, sealedBy("right"))
	id := secretStory(d)
	e := d.another(sealedBy("wrong"))
	c, err := e.svc.View(ctx, id, team)
	require.ErrorIs(t, err, errSealed)
	require.NotErrorIs(t, err, cvd.ErrTampered, "a key that is not at hand is no damage")
	require.Nil(t, c)
	silent(t, "the error", err)
	_, err = e.svc.Attachment(ctx, id, team, 1)
	require.ErrorIs(t, err, errSealed)
	page, err := e.svc.Find(ctx, team, service.Filter{}, "", 1)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
	require.Empty(t, page.Cases[0].Title)
	require.ErrorIs(t, page.Problems[0].Err, errSealed)
	r, err := e.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Zero(t, r.Sent)
	require.ErrorIs(t, r.Problems[0].Err, errSealed)
	// Structure needs no key: Relay's records, clocks and refusals work without.
	_, err = e.svc.Do(ctx, id, staff, cvd.AnswerInvitation{Party: 2, Accept: true})
	require.ErrorIs(t, err, cvd.ErrRefused)
	// Nor does a view that failed leave anything behind.
	require.Equal(t, marker, string(d.view(id, team).Title))
	_, err = e.svc.View(ctx, id, team)
	require.ErrorIs(t, err, errSealed)
}

// A blob whose end is missing, or that was altered, is an error while it is
// read, never a shorter file.
func TestSealedFileIsWhole(t *testing.T) {
	d := newDesk(t, sealedBy("right"))
	id := d.received().ID
	content := bytes.Repeat([]byte("0123456789abcdef"), 3*chunkSize/16)
	c := d.do(id, cvd.Attach{Name: "a", Content: bytes.NewReader(content)})
	file := c.Attachments[len(c.Attachments)-1]
	require.EqualValues(t, len(content), file.Size)
	for what, alter := range map[string]func([]byte) []byte{
		"nothing":      func(b []byte) []byte { return b },
		"the last bit": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"a cut":        func(b []byte) []byte { return b[:len(b)-1] },
		"a whole chunk is missing": func(b []byte) []byte {
			return b[:16+2*(chunkSize+16)]
		},
	} {
		e := d.another(func(c *cvd.Config) { c.Blobs = alteredBlobs{d.blobs, alter} })
		r, err := e.svc.Attachment(ctx, id, team, file.ID)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, r.Close())
		if what == "nothing" {
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
			continue
		}
		require.ErrorIs(t, err, errSealed, what)
	}
	// Who stops reading early leaves nothing running.
	r, err := d.svc.Attachment(ctx, id, team, file.ID)
	require.NoError(t, err)
	_, err = io.ReadFull(r, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, err = r.Read(make([]byte, 1<<20))
	_, err2 := r.Read(make([]byte, 1))
	require.True(t, err != nil || err2 != nil, "a closed file cannot be read on")
}

type alteredBlobs struct {
	storage.BlobStore
	alter func([]byte) []byte
}

func (x alteredBlobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	r, err := x.BlobStore.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return io.NopCloser(bytes.NewReader(x.alter(b))), err
}

func TestSealerFails(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	e := d.another(func(c *cvd.Config) { c.Sealer = brokenSealer{} })
	before := d.contents()
	_, err := e.svc.Do(ctx, id, staff, cvd.SetTitle{Title: "t"})
	require.ErrorIs(t, err, errBroken)
	_, err = e.svc.Do(ctx, id, staff, cvd.Attach{Content: strings.NewReader(strings.Repeat("x", 1<<17))})
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, before, d.contents())
}

// brokenSealer writes a little and fails.
type brokenSealer struct{}

func (brokenSealer) Seal(_ context.Context, _ cvd.CaseID, dst io.Writer, _ io.Reader) error {
	_, _ = dst.Write([]byte("half"))
	return errBroken
}
func (brokenSealer) Open(context.Context, cvd.CaseID, io.Writer, io.Reader) error { return errBroken }
