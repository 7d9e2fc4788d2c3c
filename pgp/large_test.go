package pgp_test

import (
	"crypto/sha256"
	"hash"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// flow is a plaintext that is made while it is read. It watches the heap.
type flow struct {
	left int64
	n    byte
	sum  hash.Hash
	peak uint64
	step int64
}

func (f *flow) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), f.left)]
	for i := range p {
		f.n = f.n*5 + 1
		p[i] = f.n ^ byte(i>>7)
	}
	f.left -= int64(len(p))
	f.sum.Write(p)
	if f.step += int64(len(p)); f.step > 8<<20 {
		f.step = 0
		f.watch()
	}
	return len(p), nil
}

func (f *flow) watch() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.peak = max(f.peak, m.HeapInuse+m.StackInuse)
}

type watched struct {
	f *flow
	h hash.Hash
	n int64
}

func (w *watched) Write(p []byte) (int, error) {
	if w.n += int64(len(p)); w.n%(16<<20) < int64(len(p)) {
		w.f.watch()
	}
	return w.h.Write(p)
}

// Memory stays what it is, however large the message: encrypted, signed, piped,
// held, verified and released at once. 1 GiB with CVD_TEST_LARGE=1.
func TestConstantMemory(t *testing.T) {
	size := int64(64 << 20)
	switch {
	case os.Getenv("CVD_TEST_LARGE") != "":
		size = 1 << 30
	case raceEnabled || testing.Short():
		size = 12 << 20
	}
	e := at(t0.Add(day))
	e.Spool.Dir = t.TempDir()
	to, from, with := to(alice()), secrets(bob()), pgp.Keyring{Secrets: secrets(alice()), Certs: certs(bob()), RequireValid: true}
	runtime.GC()
	src := &flow{left: size, sum: sha256.New()}
	dst := &watched{f: src, h: sha256.New()}
	r, w := io.Pipe()
	go func() {
		w.CloseWithError(e.Encrypt(t.Context(), w, src, pgp.Envelope{To: to, From: from, Form: pgp.Form{Binary: true}}))
	}()
	report, err := e.Decrypt(t.Context(), dst, r, with)
	require.NoError(t, err)
	require.Equal(t, size, report.Size)
	require.Equal(t, src.sum.Sum(nil), dst.h.Sum(nil))
	t.Logf("%d MiB in %.1f MiB of memory", size>>20, float64(src.peak)/(1<<20))
	require.Less(t, src.peak, uint64(32<<20))
}
