package pgp

import (
	"context"
	"crypto"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// An Engine encrypts, decrypts, signs and verifies. The zero value is ready
// for use. It is safe for concurrent use while no field changes.
type Engine struct {
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
	// Limits bound what a message may cost.
	Limits Limits
	// Spool is where plaintext waits until it is verified.
	Spool Spool

	budget *Budget
}

// Limits bound what one message may cost. Zero values mean the defaults.
type Limits struct {
	// Recipients is how many session key packets a message may have, and how
	// many recipients one may be encrypted to; 256.
	Recipients int
	// Trials is how many secret key operations and password derivations one
	// message may cause; 32.
	Trials int
	// Signatures that are looked at; 16.
	Signatures int
	// Plaintext is the most bytes that a message may hold; 8 GiB.
	Plaintext int64
	// Expansion is how many times larger than its ciphertext a plaintext above
	// 16 MiB may be; 100.
	Expansion int64
	// Argon2KiB is the memory, in KiB, that deriving a key from a password may
	// take; 65,536, as RFC 9106 recommends where memory is scarce.
	Argon2KiB int
	// Cleartext is the longest signed text; 16 MiB.
	Cleartext int
}

const (
	defaultRecipients = 256
	defaultTrials     = 32
	defaultSignatures = 16
	defaultPlaintext  = 8 << 30
	defaultExpansion  = 100
	defaultArgon2KiB  = 64 << 10
	defaultCleartext  = 16 << 20

	expansionFloor = 16 << 20 // below this no expansion is worth refusing
)

func (l Limits) withDefaults() Limits {
	set := func(p *int, def int) {
		if *p <= 0 {
			*p = def
		}
	}
	set(&l.Recipients, defaultRecipients)
	set(&l.Trials, defaultTrials)
	set(&l.Signatures, defaultSignatures)
	set(&l.Argon2KiB, defaultArgon2KiB)
	set(&l.Cleartext, defaultCleartext)
	if l.Plaintext <= 0 {
		l.Plaintext = defaultPlaintext
	}
	if l.Expansion <= 0 {
		l.Expansion = defaultExpansion
	}
	return l
}

// limits and spool serve a nil Engine too, which is the zero one.
func (e *Engine) limits() Limits {
	if e == nil {
		return Limits{}.withDefaults()
	}
	return e.Limits.withDefaults()
}

func (e *Engine) shared() *Budget {
	if e == nil {
		return nil
	}
	return e.budget
}

func (e *Engine) now() time.Time {
	if e == nil || e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// config is never nil: the library dereferences a nil one for some recipients.
func (e *Engine) config() *packet.Config {
	now := e.now()
	return &packet.Config{
		Time:          func() time.Time { return now },
		DefaultHash:   crypto.SHA512,
		DefaultCipher: packet.CipherAES256,
	}
}

// ctxReader ends a stream when its context ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
