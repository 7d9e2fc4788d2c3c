package pgp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A Recipient is whom a message is encrypted to.
type Recipient struct {
	// Address must be in a user ID of the certificate. Empty means that the
	// caller answers for the certificate by other means.
	Address string
	Cert    Cert // with a key that can encrypt
	// Chosen tells that the caller answers for the certificate by other means, such
	// as a fingerprint that was checked: its user IDs are not looked at, so that one
	// that was revoked or never had the address does not stop a mail.
	Chosen bool
	// Hidden leaves the key ID out of the message (RFC 9580, section 5.1.8).
	Hidden bool
}

// An Envelope says for whom and by whom a message is.
type Envelope struct {
	To []Recipient // each can open the message
	// Passwords each open the message too.
	Passwords [][]byte
	// From signs. More than one is unusual; none leaves the message unsigned.
	From []Secret
	// AllowSecretKeys encrypts the text of somebody else as it is, for instance
	// a report about keys that were found. Without it a text that holds a secret
	// key, or the marker of one, is refused: see SecretScanner.
	AllowSecretKeys bool
	Form            Form // armored or binary
}

// Check reports what keeps the envelope from being used now: a
// *RecipientsError that names every unusable recipient, or nil.
func (e *Engine) Check(to []Recipient) error {
	var bad []Problem
	for _, r := range mergeRecipients(to) {
		address := r.Address
		if r.Chosen {
			address = ""
		}
		if err := r.Cert.CanEncrypt(e.now(), address); err != nil {
			same := func(p Problem) bool { return p.Address == r.Address && p.Fingerprint == r.Cert.fpr }
			if !slices.ContainsFunc(bad, same) {
				bad = append(bad, Problem{r.Address, r.Cert.fpr, err})
			}
		}
	}
	if len(bad) > 0 {
		return &RecipientsError{bad}
	}
	return nil
}

// mergeRecipients gives every recipient all that the copies of his certificate
// say together: a revocation in one of them counts.
func mergeRecipients(to []Recipient) []Recipient {
	copies := make([]Cert, len(to))
	for i, r := range to {
		copies[i] = r.Cert
	}
	merged := map[string]Cert{}
	for _, c := range mergeCerts(nil, copies) {
		merged[c.fpr] = c
	}
	out := slices.Clone(to)
	for i := range out {
		out[i].Cert = merged[out[i].Cert.fpr]
	}
	return out
}

// Encrypt reads plaintext from src and writes one message to dst, for all of
// env.To and env.Passwords or for nobody: if one recipient cannot be used,
// nothing is written and a *RecipientsError names each, with its reason.
//
// The message is AES-256 unless a recipient's preferences exclude it, not
// compressed, and in the form of RFC 9580 (SEIPD version 2) only if every
// recipient says that it reads it. Plaintext that holds a secret key is refused
// with ErrSecretMaterial; nothing is written if that shows in the first 256 KiB
// or the whole is no longer. After any error, discard what dst got.
func (e *Engine) Encrypt(ctx context.Context, dst io.Writer, src io.Reader, env Envelope) error {
	if len(env.To)+len(env.Passwords) == 0 {
		return errors.New("pgp: a message for nobody")
	}
	if lim := e.limits(); len(env.To)+len(env.Passwords) > lim.Recipients {
		return fmt.Errorf("%w: more than %d recipients", ErrLimit, lim.Recipients)
	}
	for _, p := range env.Passwords {
		if len(p) == 0 {
			return errors.New("pgp: an empty password")
		}
	}
	env.To = mergeRecipients(env.To)
	if err := e.Check(env.To); err != nil {
		return err
	}
	params := &openpgp.EncryptParams{Config: e.config(), TextSig: env.Form.Text}
	var to, hidden []*openpgp.Entity
	seen := map[string]bool{}
	v2 := true // as the library decides: the form of RFC 9580 if all read it
	for _, r := range env.To {
		if seen[r.Cert.fpr] {
			continue
		}
		seen[r.Cert.fpr] = true
		entity, err := r.Cert.entity()
		if err != nil {
			return &RecipientsError{[]Problem{{r.Address, r.Cert.fpr, err}}}
		}
		state, err := r.Cert.state()
		if err != nil {
			return &RecipientsError{[]Problem{{r.Address, r.Cert.fpr, err}}}
		}
		at := state.ready(e.now())
		if params.EncryptionTime == nil || at.After(*params.EncryptionTime) {
			params.EncryptionTime = &at
		}
		self, _ := entity.PrimarySelfSignature(at, params.Config)
		v2 = v2 && self != nil && self.SEIPDv2
		if r.Hidden {
			// A signature that lists the others would look misdirected to a
			// hidden recipient, and naming him would end his hiding.
			params.Config.CheckIntendedRecipients = packet.BoolPointer(false)
			hidden = append(hidden, entity)
		} else {
			to = append(to, entity)
		}
	}
	var holders []*error
	for _, s := range env.From {
		entity, failed, err := e.signer(s, params.Config)
		if err != nil {
			return err
		}
		holders = append(holders, failed)
		params.Signers = append(params.Signers, entity)
	}
	var scan scanner = new(SecretScanner)
	if env.AllowSecretKeys {
		scan = nil
	}
	err := seal(ctx, dst, src, env.Form, len(env.To) == 0 || !v2, scan, func(w io.Writer) (io.WriteCloser, error) {
		if len(env.To) == 0 {
			params.Passwords = env.Passwords[1:]
			return openpgp.SymmetricallyEncryptWithParams(env.Passwords[0], w, params)
		}
		params.Passwords = env.Passwords
		return openpgp.EncryptWithParams(w, to, hidden, params)
	})
	return holderError(err, holders)
}

// holderError prefers what the holder of a key said to what became of it.
func holderError(err error, holders []*error) error {
	for _, failed := range holders {
		if err != nil && *failed != nil {
			return because{"pgp: cannot sign", *failed}
		}
	}
	return err
}

// SignInline writes a signed, unencrypted message that holds src. The error is
// that of SignDetached, or ErrSecretMaterial.
func (e *Engine) SignInline(ctx context.Context, dst io.Writer, src io.Reader, from []Secret, f Form) error {
	checksum := false
	config := e.config()
	var signers []*openpgp.Entity
	var holders []*error
	for _, s := range from {
		entity, failed, err := e.signer(s, config)
		if err != nil {
			return err
		}
		holders = append(holders, failed)
		signers = append(signers, entity)
		checksum = checksum || entity.PrimaryKey.Version != 6
	}
	err := seal(ctx, dst, src, f, checksum, new(SecretScanner), func(w io.Writer) (io.WriteCloser, error) {
		return openpgp.SignWithParams(w, signers, &openpgp.SignParams{Config: config, TextSig: f.Text})
	})
	return holderError(err, holders)
}

const (
	firstPiece = 256 << 10 // that is scanned before anything is written
	sealPiece  = 32 << 10  // small enough to stay in the fastest cache between the scan and the cipher
)

// seal streams src through the writer that open makes. Nothing is written to
// dst before open succeeded and the first piece was found clean.
func seal(ctx context.Context, dst io.Writer, src io.Reader, f Form, checksum bool, scan scanner, open func(io.Writer) (io.WriteCloser, error)) error {
	r := ctxReader{ctx, src}
	buf := make([]byte, firstPiece)
	n, readErr := readScanned(r, buf, scan)
	if readErr != nil && readErr != io.EOF {
		return readErr
	}
	out := dst
	var block *armorWriter
	if !f.Binary {
		var err error
		if block, err = newArmorWriter(dst, armorMessage, checksum); err != nil {
			return err
		}
		out = block
	}
	w, err := open(out)
	if err != nil {
		return fmt.Errorf("%w: the library refused a key", ErrUnsupported)
	}
	for {
		for piece := range slices.Chunk(buf[:n], sealPiece) {
			if _, err := w.Write(piece); err != nil {
				return err
			}
		}
		if readErr == io.EOF {
			break
		}
		buf = buf[:sealPiece]
		if n, readErr = readScanned(r, buf, scan); readErr != nil && readErr != io.EOF {
			return readErr
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if block != nil {
		return block.Close()
	}
	return nil
}

// scanner is a SecretScanner, or nothing where the text is another's.
type scanner interface {
	io.Writer
	Close() error
}

// readScanned fills buf. At the end of r, which is io.EOF, the scan is over too.
func readScanned(r io.Reader, buf []byte, scan scanner) (n int, err error) {
	n, err = io.ReadFull(r, buf)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if scan == nil || err != nil && err != io.EOF {
		return n, err
	}
	if _, bad := scan.Write(buf[:n]); bad != nil {
		return 0, bad
	}
	if err == io.EOF {
		if bad := scan.Close(); bad != nil {
			return 0, bad
		}
	}
	return n, err
}
