package pgp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Errors of reading messages.
var (
	// ErrNotForUs means that none of the keys or passwords opens the message.
	ErrNotForUs = errors.New("pgp: no key or password opens the message")
	// ErrNotEncrypted means that the message is not encrypted.
	ErrNotEncrypted = errors.New("pgp: the message is not encrypted")
	// ErrNotProtected means an encrypted message without integrity protection.
	ErrNotProtected = errors.New("pgp: the message has no integrity protection")
	// ErrBadSignature means that a signature is Bad; the report says which.
	ErrBadSignature = errors.New("pgp: bad signature")
	// ErrNotVerified means that no signature is Valid though one was required.
	ErrNotVerified = errors.New("pgp: no valid signature")
)

// A Keyring is what a message may be opened and verified with.
type Keyring struct {
	// Secrets decrypt, also expired and revoked ones.
	Secrets []Secret
	// Passwords decrypt; each is tried on each password packet.
	Passwords [][]byte
	// SessionKeys decrypt the messages that they are of, after all else failed.
	SessionKeys []SessionKey
	// WantSessionKey asks for Report.SessionKey.
	WantSessionKey bool
	// Certs verify. Nothing else does: keys in a message are never used.
	Certs []Cert
	// RequireValid withholds the plaintext unless a signature is Valid.
	RequireValid bool
	// DespiteBadSignature releases a text whose integrity is intact although a
	// signature is Bad. Look at the status: such a text deserves the trust of
	// an unsigned one (RFC 9787, section 6.1). RequireValid has precedence.
	DespiteBadSignature bool
}

// A Report tells what was found in a message. File names and dates in it are
// not authenticated, so they are not reported.
type Report struct {
	// Encrypted tells that the message was, with integrity protection.
	Encrypted bool
	// To are the key IDs that the message names; hidden recipients are zeros.
	To []string
	// OpenedBy is the fingerprint of the certificate that decrypted the
	// message; empty if a password did.
	OpenedBy string
	// Signatures have a status each; none means that the message is unsigned.
	Signatures []Signature
	// Size is the length of the plaintext.
	Size int64
	// SessionKey is what the message was encrypted with, if the keyring asks for
	// it and the plaintext was released. It opens the message for whoever has it.
	SessionKey SessionKey
}

// Decrypt reads an encrypted message, armored or binary, and writes its
// plaintext to dst: all of it, after its integrity and signatures were checked,
// or nothing. The plaintext waits in Engine.Spool meanwhile.
//
// An UnknownKey, Unsupported, Revoked or KeyNotValidAtTime signature does not
// withhold the plaintext; a Bad one does, also one that was announced and is
// missing, unless the keyring says otherwise. The error wraps ErrNotForUs,
// ErrNotEncrypted, ErrNotProtected, ErrDamaged, ErrUnsupported, ErrLimit,
// ErrBadSignature, ErrNotVerified, or is that of src, dst or the spool.
func (e *Engine) Decrypt(ctx context.Context, dst io.Writer, src io.Reader, k Keyring) (Report, error) {
	return e.read(ctx, dst, src, k, true)
}

// VerifyInline reads a message that is signed and not encrypted, and writes
// its text to dst under the rules of Decrypt.
func (e *Engine) VerifyInline(ctx context.Context, dst io.Writer, src io.Reader, k Keyring) (Report, error) {
	return e.read(ctx, dst, src, k, false)
}

// Detach splits an inline signed message, also a cleartext one, into its text
// and its binary signatures, which VerifyDetached takes. Nothing is verified.
func (e *Engine) Detach(ctx context.Context, data []byte) (text, signatures []byte, err error) {
	if env, err := splitCleartext(data); !errors.Is(err, ErrNotSigned) {
		if err != nil {
			return nil, nil, err
		}
		packets, err := e.readSignatures(bytes.NewReader(env.armor))
		for _, p := range packets {
			signatures = p.append(signatures)
		}
		return bytes.Join(env.lines, []byte("\n")), signatures, err
	}
	m := &message{engine: e, lim: e.limits(), verifiers: newVerifiers(nil)}
	m.in.r = ctxReader{ctx, bytes.NewReader(data)}
	hold := e.newHeld()
	defer hold.Close()
	if err := m.read(hold, false); err != nil {
		return nil, nil, err
	}
	if len(m.sigPackets) == 0 {
		return nil, nil, ErrNotSigned
	}
	var b bytes.Buffer
	err = hold.release(&b)
	return b.Bytes(), m.sigPackets, err
}

// DecryptHeld is Decrypt where the plaintext stays in the spool, to be read as
// often and in what order the caller likes. The result is nil if err is not;
// otherwise close it.
func (e *Engine) DecryptHeld(ctx context.Context, src io.Reader, k Keyring) (*Held, Report, error) {
	return e.readHeld(ctx, src, k, true)
}

// VerifyInlineHeld is VerifyInline in the same way.
func (e *Engine) VerifyInlineHeld(ctx context.Context, src io.Reader, k Keyring) (*Held, Report, error) {
	return e.readHeld(ctx, src, k, false)
}

func (e *Engine) read(ctx context.Context, dst io.Writer, src io.Reader, k Keyring, encrypted bool) (Report, error) {
	hold, report, err := e.readHeld(ctx, src, k, encrypted)
	if err != nil {
		return report, err
	}
	defer hold.Close()
	return report, hold.release(dst)
}

func (e *Engine) readHeld(ctx context.Context, src io.Reader, k Keyring, encrypted bool) (_ *Held, _ Report, err error) {
	m := &message{engine: e, lim: e.limits(), keyring: k, verifiers: newVerifiers(k.Certs)}
	m.in.r = ctxReader{ctx, src}
	hold := e.newHeld()
	defer func() {
		if err != nil {
			hold.Close()
		}
	}()
	if err := m.read(hold, encrypted); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, Report{Encrypted: m.report.Encrypted, To: m.report.To}, err
	}
	m.report.Size, m.report.SessionKey = hold.size, m.session
	switch best := Best(m.report.Signatures); {
	case !k.DespiteBadSignature && slices.ContainsFunc(m.report.Signatures, func(s Signature) bool { return s.Status == Bad }):
		m.report.SessionKey = SessionKey{}
		return nil, m.report, ErrBadSignature
	case k.RequireValid && best != Valid:
		m.report.SessionKey = SessionKey{}
		return nil, m.report, ErrNotVerified
	}
	return hold, m.report, hold.finish()
}

// A message is one message while it is read.
type message struct {
	engine      *Engine
	lim         Limits
	keyring     Keyring
	verifiers   *verifiers
	in          countReader // the input as it came
	trials      int
	charged     int64 // of in, to the budget
	guessed     bool  // the session key is what a password gave, right or wrong
	mdc         bool  // and only the code at the end of the text tells which
	unsupported error // why what opens could not be used
	opened      Cert  // whose key decrypted
	hidden      bool  // as a recipient that the message does not name
	report      Report

	sigPackets []byte // the signatures as they came
	session    SessionKey
	holders    []*error // of keys that are held elsewhere
}

type countReader struct {
	r    io.Reader
	n    int64
	most int64 // 0 means that there is no end
}

func (c *countReader) Read(p []byte) (int, error) {
	if c.most > 0 && c.n >= c.most {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// damaged hides what exactly failed: details of failed decryptions have helped
// attackers before (RFC 9580, section 13.4). Own errors pass.
func damaged(err error) error {
	for _, own := range []error{ErrLimit, ErrDamaged, ErrUnsupported, ErrNotForUs, ErrNotEncrypted, ErrNotProtected} {
		if errors.Is(err, own) {
			return err
		}
	}
	if spool := (spoolError{}); errors.As(err, &spool) {
		return spool.error
	}
	return fmt.Errorf("%w: the message is cut, changed or malformed", ErrDamaged)
}

// libraryError keeps what the library says of algorithms that it does not have.
func libraryError(err error) error {
	var u pgperrors.UnsupportedError
	if errors.As(err, &u) {
		return fmt.Errorf("%w: cipher or mode of the message", ErrUnsupported)
	}
	return err
}

func (m *message) read(hold *Held, encrypted bool) error {
	body, _, err := dearmor(&m.in, armorMessage)
	if err != nil {
		return err
	}
	outer := bufio.NewReaderSize(body, 32<<10)
	if !encrypted {
		if err := m.content(outer, hold); err != nil {
			return damaged(err)
		}
		return nil
	}
	container, session, err := m.sessionKeys(outer)
	if err != nil {
		return damaged(err)
	}
	plain, rest, err := m.open(container, session)
	if err != nil {
		return damaged(err)
	}
	m.report.Encrypted = true
	err = m.content(bufio.NewReaderSize(plain, 32<<10), hold)
	if err == nil {
		err = plain.Close() // the library checks the modification detection code here
	}
	if err != nil {
		// A wrong password makes noise of the text. To tell that from damage
		// would help an attacker to decrypt (RFC 9580, section 5.13.1).
		err = damaged(err)
		if m.guessed && errors.Is(err, ErrDamaged) || m.madeNoise(err, plain, hold) {
			err = fmt.Errorf("%w: the password or session key is wrong, or the message was changed", ErrNotForUs)
		}
		return err
	}
	if n, err := rest.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("%w: the encrypted packet is not as long as it says", ErrDamaged)
	}
	if _, err := outer.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w: data after the message", ErrDamaged)
	}
	if m.report.OpenedBy != "" {
		m.checkIntended()
	}
	return nil
}

// madeNoise reports whether err, which forbids the first packet of a text, is what a
// wrong session key made of it: noise may begin like a packet of any length and
// version. The code at the end of the text tells, so that the rest is read, as far as
// a message may go at all.
func (m *message) madeNoise(err error, plain io.Closer, hold *Held) bool {
	if !m.mdc || hold.size > 0 || !errors.Is(err, ErrLimit) && !errors.Is(err, ErrUnsupported) {
		return false
	}
	m.in.most = m.lim.Plaintext
	return plain.Close() != nil && m.in.n < m.in.most
}

// A candidate is a session key that a packet gave.
type candidate struct {
	cipher packet.CipherFunction
	key    []byte
	cert   Cert // zero if a password gave it
	hidden bool // the packet named no recipient
	guess  bool // a wrong password gives a key too, which only the text shows
}

// maxESK is the largest session key packet that is looked at.
const maxESK = 8 << 10

// sessionKeys reads the session key packets before the encrypted data, within
// the limits, and returns the container with what the keyring makes of them.
func (m *message) sessionKeys(outer *bufio.Reader) (packet.Packet, []candidate, error) {
	var pk, sk []rawPacket
	for {
		tag, err := peekTag(outer)
		if err != nil {
			return nil, nil, err
		}
		switch tag {
		case tagPKESK, tagSKESK, tagMarker, tagPadding:
			raw, err := readSmall(outer, maxESK)
			if err != nil {
				return nil, nil, err
			}
			if contains(pk, raw) || contains(sk, raw) {
				return nil, nil, fmt.Errorf("%w: a packet stands twice", ErrDamaged)
			}
			if tag == tagPKESK {
				pk = append(pk, raw)
			} else if tag == tagSKESK {
				sk = append(sk, raw)
			}
			if len(pk)+len(sk) > m.lim.Recipients {
				return nil, nil, fmt.Errorf("%w: more than %d recipients", ErrLimit, m.lim.Recipients)
			}
		case tagSEIPD, tagAEAD:
			found, err := m.tryKeys(pk)
			if err == nil && len(found) == 0 {
				found, err = m.tryPasswords(sk)
			}
			if err != nil {
				return nil, nil, err
			}
			if len(found) == 0 {
				for _, k := range m.keyring.SessionKeys {
					if !k.IsZero() {
						cipher, key := k.key()
						found = append(found, candidate{cipher: packet.CipherFunction(cipher), key: key, guess: true})
					}
				}
			}
			if len(found) == 0 {
				if m.unsupported != nil {
					return nil, nil, m.unsupported
				}
				for _, failed := range m.holders {
					if *failed != nil { // a card that was pulled, for one
						return nil, nil, fmt.Errorf("%w: the holder of the key: %w", ErrNotForUs, *failed)
					}
				}
				return nil, nil, ErrNotForUs
			}
			container, err := packet.Read(outer)
			return container, found, libraryError(err)
		case tagSED:
			return nil, nil, ErrNotProtected
		case tagLiteral, tagCompressed, tagOnePass, tagSignature:
			return nil, nil, ErrNotEncrypted
		default:
			return nil, nil, fmt.Errorf("%w: not a message", ErrDamaged)
		}
	}
}

func contains(packets []rawPacket, p rawPacket) bool {
	return slices.ContainsFunc(packets, func(q rawPacket) bool { return bytes.Equal(p.body, q.body) })
}

// checkIntended marks signatures that were made for others: somebody may have
// encrypted again what was signed for him (RFC 9580, section 5.2.3.36). For a
// hidden recipient that cannot be told from a blind copy.
func (m *message) checkIntended() {
	for i := range m.report.Signatures {
		s := &m.report.Signatures[i]
		if s.Status == Valid && s.intended != nil && !slices.Contains(s.intended, m.opened.fpr) &&
			!slices.ContainsFunc(m.opened.subs, func(k Subkey) bool { return slices.Contains(s.intended, k.Fingerprint) }) {
			s.Status, s.Reason = Bad, "signed for another recipient"
			if m.hidden {
				s.Status, s.Reason = Unsupported, "signed for others, this is a blind copy or a forwarded one"
			}
		}
	}
}
