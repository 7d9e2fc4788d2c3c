package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestSealer checks a storage.Sealer. open returns one that can seal for any case.
// That the text is well encrypted is for a review, not for a test.
//
// Its rules:
//   - seal/bytes: Open gives back what was sealed.
//   - seal/hides: Seal encrypts: the text is not in what it writes, and the same text gives other bytes.
//   - seal/changed: Open returns an error if the text was changed.
//   - seal/other-case: Open returns an error if the text belongs to another case.
//   - seal/cut-short: Open returns an error if the text was cut short, or something follows it.
//   - seal/errors: Seal and Open return the error of src and of dst.
//   - seal/context: Both honour their context.
//   - seal/concurrent: Both are safe for concurrent use.
func TestSealer(t *testing.T, open func(t *testing.T) storage.Sealer) {
	t.Helper()
	runAll(t, sealerRules, open)
}

const inSealer = "storage.Sealer"

var secret = bytes.Repeat([]byte("the details of a vulnerability\x00\xff\r\n"), 5000)

func (c *check) seal(s storage.Sealer, n int, text []byte) []byte {
	c.Helper()
	var sealed bytes.Buffer
	c.ok(s.Seal(c.Context(), caseID(n), &sealed, bytes.NewReader(text)), "Seal")
	return sealed.Bytes()
}

func (c *check) unsealed(s storage.Sealer, n int, sealed []byte) ([]byte, error) {
	var text bytes.Buffer
	err := s.Open(c.Context(), caseID(n), &text, bytes.NewReader(sealed))
	return text.Bytes(), err
}

var sealerRules = []rule[storage.Sealer]{
	{"seal/bytes", "Open gives back what was sealed.", inSealer, func(c *check, s storage.Sealer) {
		for _, text := range append([][]byte{nil, secret}, awkward...) {
			got, err := c.unsealed(s, 1, c.seal(s, 1, text))
			c.ok(err, "Open")
			if !bytes.Equal(got, text) {
				c.failf("%d bytes came back as %d others", len(text), len(got))
			}
		}
	}},
	{"seal/hides", "Seal encrypts: the text is not in what it writes, and the same text gives other bytes.", inSealer, func(c *check, s storage.Sealer) {
		a, b := c.seal(s, 1, secret), c.seal(s, 1, secret)
		if bytes.Contains(a, []byte("vulnerability")) {
			c.failf("the text is there")
		}
		if bytes.Equal(a, b) {
			c.failf("the same bytes twice: equal texts can be recognised")
		}
	}},
	{"seal/changed", "Open returns an error if the text was changed.", inSealer, func(c *check, s storage.Sealer) {
		sealed := c.seal(s, 1, secret)
		for i := 0; i < len(sealed); i += max(1, len(sealed)/97) {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			if _, err := c.unsealed(s, 1, changed); err == nil {
				c.failf("byte %d of %d was changed and Open returned nil", i, len(sealed))
			}
		}
	}},
	{"seal/other-case", "Open returns an error if the text belongs to another case.", inSealer, func(c *check, s storage.Sealer) {
		c.seal(s, 2, secret)
		if _, err := c.unsealed(s, 2, c.seal(s, 1, secret)); err == nil {
			c.failf("Open returned nil")
		}
	}},
	{"seal/cut-short", "Open returns an error if the text was cut short, or something follows it.", inSealer, func(c *check, s storage.Sealer) {
		sealed := c.seal(s, 1, secret)
		for i := 0; i < len(sealed); i += max(1, len(sealed)/97) {
			if _, err := c.unsealed(s, 1, sealed[:i]); err == nil {
				c.failf("%d of %d bytes were left and Open returned nil", i, len(sealed))
			}
		}
		if _, err := c.unsealed(s, 1, append(bytes.Clone(sealed), 0)); err == nil {
			c.failf("a byte was added and Open returned nil")
		}
	}},
	{"seal/errors", "Seal and Open return the error of src and of dst.", inSealer, func(c *check, s storage.Sealer) {
		sealed := c.seal(s, 1, secret)
		if err := s.Seal(c.Context(), caseID(1), new(bytes.Buffer), failing(10, func() error { return errReader })); !errors.Is(err, errReader) {
			c.failf("Seal from a reader that fails returned %v", err)
		}
		if err := s.Seal(c.Context(), caseID(1), fullWriter{}, bytes.NewReader(secret)); !errors.Is(err, errReader) {
			c.failf("Seal into a writer that fails returned %v", err)
		}
		if err := s.Open(c.Context(), caseID(1), fullWriter{}, bytes.NewReader(sealed)); !errors.Is(err, errReader) {
			c.failf("Open into a writer that fails returned %v", err)
		}
	}},
	{"seal/context", "Both honour their context.", inSealer, func(c *check, s storage.Sealer) {
		sealed := c.seal(s, 1, secret)
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		for call, err := range map[string]error{
			"Seal": s.Seal(ctx, caseID(1), new(bytes.Buffer), bytes.NewReader(secret)),
			"Open": s.Open(ctx, caseID(1), new(bytes.Buffer), bytes.NewReader(sealed)),
		} {
			if !errors.Is(err, context.Canceled) {
				c.failf("%s returned %v", call, err)
			}
		}
	}},
	{"seal/concurrent", "Both are safe for concurrent use.", inSealer, func(c *check, s storage.Sealer) {
		for i, err := range race(func(i int) error {
			for n := range rounds {
				text := bytes.Repeat([]byte{byte(i), byte(n)}, 10_000)
				var sealed, got bytes.Buffer
				id := caseID(n + 1)
				if err := s.Seal(c.Context(), id, &sealed, bytes.NewReader(text)); err != nil {
					return err
				}
				if err := s.Open(c.Context(), id, &got, &sealed); err != nil {
					return err
				}
				if !bytes.Equal(got.Bytes(), text) {
					return errors.New("the text is another")
				}
			}
			return nil
		}) {
			c.ok(err, "caller %d of several", i)
		}
	}},
}

// fullWriter fails.
type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errReader }
