package portal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// The tests of this file are holes that other portals had.

// Receipts are of 128 bits, and follow from the secret: nobody who knows form and
// content can compute one.
func TestReceiptsCannotBeGuessed(t *testing.T) {
	seen := map[string]bool{}
	ones := make([]int, 128)
	s := newSite(t)
	b := s.browser()
	const n = 200
	for i := range n {
		parts := b.fill()
		if i%2 == 0 {
			parts[3].value = fmt.Sprint("flaw ", i)
		}
		r := b.post("/", parts...).receipt()
		require.Len(t, strings.ReplaceAll(r, "-", ""), 28)
		require.False(t, seen[r])
		seen[r] = true
		for j, bit := range bitsOf(t, r) {
			ones[j] += bit
		}
	}
	for j, k := range ones {
		require.InDelta(t, n/2, k, n*0.3, "bit %d", j)
	}

	// The same form and content under another secret give another receipt.
	var got []string
	for _, secret := range []byte{2, 3} {
		s := newSite(t, func(c *portal.Config) {
			c.Secret = bytes.Repeat([]byte{secret}, 32)
			c.Rand = bytes.NewReader(bytes.Repeat([]byte{7}, 1<<20))
		})
		got = append(got, s.browser().report())
	}
	require.NotEqual(t, got[0], got[1])
}

// bitsOf reads Crockford's base 32, the first 26 digits of a receipt.
func bitsOf(t *testing.T, receipt string) (out []int) {
	for i, r := range strings.ReplaceAll(receipt, "-", "")[:26] {
		d := strings.IndexRune("0123456789ABCDEFGHJKMNPQRSTVWXYZ", r)
		require.GreaterOrEqual(t, d, 0)
		for k := 4; k >= 0; k-- {
			if i > 0 || k < 3 { // 130 digits' bits hold 128
				out = append(out, d>>k&1)
			}
		}
	}
	return out
}

// Who tries receipts is slowed down, and nobody else is.
func TestAttemptsAreLimitedForEachSource(t *testing.T) {
	s := newSite(t)
	honest := s.browser()
	honest.addr = "198.51.100.9:5"
	receipt := honest.report()
	attacker := s.browser()
	codes := map[int]int{}
	for range 30 {
		codes[attacker.open("0000-0000-0000-0000-0000-0000-0000").code]++
	}
	require.Equal(t, 10, codes[403]+codes[422])
	require.Equal(t, 20, codes[429])
	a := attacker.open(receipt)
	require.Equal(t, 429, a.code, "a right one gains nothing")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Equal(t, 303, honest.open(receipt).code)
	// Time gives attempts back, one after the other.
	s.pass(31 * time.Second)
	require.NotEqual(t, 429, attacker.open("0000").code)
	require.Equal(t, 429, attacker.open("0000").code)
	// One subscriber's addresses of IPv6 are one source.
	six := s.browser()
	for i := range 12 {
		six.addr = fmt.Sprintf("[2001:db8:1:2::%x]:9", i+1)
		codes[1000+six.open("0000").code]++
	}
	require.Equal(t, 2, codes[1429])
	// Right receipts count for nothing.
	for range 30 {
		require.Equal(t, 303, honest.open(receipt).code)
	}
}

func TestManyAttemptsAtOnceGainNothing(t *testing.T) {
	s := newSite(t)
	token := s.browser().get("/open").token()
	var mu sync.Mutex
	var wg sync.WaitGroup
	codes := map[int]int{}
	for range 100 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			code := s.browser().post("/open", sent{name: "token", value: token}, sent{name: "receipt", value: "0000-0000-0000-0000-0000-0000-0000"}).code
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		}()
	}
	wg.Wait()
	require.Equal(t, 90, codes[429], codes)
}

// The cookies hold a random ID and a language, and the State nothing that a reader of
// the database could use.
func TestWhatCookiesAndStateHold(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report()
	a := b.open(receipt)
	set := a.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-cvd-portal=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"} {
		require.Contains(t, set, want)
	}
	require.NotContains(t, set, "Max-Age")
	id := b.cookies["__Host-cvd-portal"]
	raw, err := base64.RawURLEncoding.DecodeString(id)
	require.NoError(t, err)
	require.Len(t, raw, 32)
	c := s.cases()[0]
	keys, err := s.state.List(context.Background(), "portal/", "", 100)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	value, _, err := s.state.Get(context.Background(), keys[0])
	require.NoError(t, err)
	for _, secret := range []string{id, receipt, string(raw), c.Number, c.ID.String(), string(c.ID[:])} {
		require.NotContains(t, keys[0], secret)
		require.NotContains(t, string(value), secret)
	}
	// A new entry is a new session, and the old one is over, so none can be planted.
	require.Equal(t, 303, b.open(receipt).code)
	require.NotEqual(t, id, b.cookies["__Host-cvd-portal"])
	old := s.browser()
	old.cookies["__Host-cvd-portal"] = id
	require.Equal(t, 403, old.get("/case").code)
	old.cookies["__Host-cvd-portal"] = strings.Repeat("A", 43)
	require.Equal(t, 303, old.open(receipt).code)
	require.NotEqual(t, strings.Repeat("A", 43), old.cookies["__Host-cvd-portal"])
}

func TestSessionTimesAreCoarse(t *testing.T) {
	s := newSite(t)
	s.pass(17*time.Second + 333*time.Millisecond)
	b := s.browser()
	b.enter(b.report())
	keys, err := s.state.List(context.Background(), "portal/", "", 100)
	require.NoError(t, err)
	value, _, err := s.state.Get(context.Background(), keys[0])
	require.NoError(t, err)
	var ends int64
	for _, x := range value[:8] {
		ends = ends<<8 | int64(x)
	}
	require.Zero(t, ends%60)
	// Half an hour of rest ends it; use puts that off; Sweep removes it.
	s.pass(29 * time.Minute)
	require.Equal(t, 200, b.get("/case").code)
	s.pass(29 * time.Minute)
	require.Equal(t, 200, b.get("/case").code)
	s.pass(32 * time.Minute)
	next, err := s.portal.Sweep(context.Background(), "", 100)
	require.NoError(t, err)
	require.Empty(t, next)
	keys, err = s.state.List(context.Background(), "portal/", "", 100)
	require.NoError(t, err)
	require.Empty(t, keys)
	require.Equal(t, 403, b.get("/case").code)
}

// A receipt in an address is neither taken nor shown, and no page has one in a link.
func TestNoReceiptInAnAddress(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report()
	for _, path := range []string{"/open?receipt=", "/case?receipt=", "/?receipt=", "/open?case="} {
		a := b.get(path + receipt)
		require.NotContains(t, a.body, receipt, path)
		require.Empty(t, a.header.Get("Set-Cookie"), path)
	}
	r := httptest.NewRequest("POST", "https://psirt.example/open?receipt="+receipt+"&token="+b.get("/open").token(), nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.NotEqual(t, 303, b.send(r).code)
	require.Equal(t, "same-origin", b.get("/").header.Get("Referrer-Policy"))
}

// xor is a Sealer: not a good one, but what it seals is no plain text.
type xor struct{}

func (xor) Seal(_ context.Context, _ cvd.CaseID, dst io.Writer, src io.Reader) error {
	b, err := io.ReadAll(src)
	for i := range b {
		b[i] ^= 0x55
	}
	if err == nil {
		_, err = dst.Write(b)
	}
	return err
}
func (x xor) Open(ctx context.Context, id cvd.CaseID, dst io.Writer, src io.Reader) error {
	return x.Seal(ctx, id, dst, src)
}

// seen keeps all bytes that reach the BlobStore.
type seen struct {
	*memstore.Blobs
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *seen) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	var b bytes.Buffer
	err := s.Blobs.Put(ctx, id, io.TeeReader(r, &b))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.Write(b.Bytes())
	return err
}

// Of a file that was given up nothing is left, and nothing of any file was ever
// written in clear, to the BlobStore or a temporary file; nor a digest of it.
func TestNoPlaintextOfUploads(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	s := newSite(t)
	store := &seen{Blobs: memstore.NewBlobs(s.clock)}
	var err error
	svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: store, State: s.state, Sealer: xor{}, Now: s.clock, Secret: bytes.Repeat([]byte{1}, 32)})
	require.NoError(t, err)
	s.portal, err = portal.New(portal.Config{Service: svc, State: s.state, Secret: bytes.Repeat([]byte{2}, 32), Now: s.clock})
	require.NoError(t, err)
	b := s.browser()
	marker := strings.Repeat("MARKER", 1<<15)
	typ, body := multi(b.fill(sent{"files", "a", marker})...)
	require.Equal(t, 400, b.postBody("/", typ, io.MultiReader(io.LimitReader(body, int64(body.Len()-100)), broken{})).code)
	parts := b.fill(sent{"files", "a", marker}, sent{name: "email", value: "nobody"})
	require.Equal(t, 422, b.post("/", parts...).code)
	list, err := store.List(context.Background(), storage.BlobID{}, 10)
	require.NoError(t, err)
	require.Empty(t, list)
	require.NotEmpty(t, store.all.Bytes())
	require.NotContains(t, store.all.String(), "MARKER")
	require.Empty(t, filesIn(t, tmp), "nothing was spooled")
}
