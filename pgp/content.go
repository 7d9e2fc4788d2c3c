package pgp

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// maxInnerPacket bounds the small packets around the literal data.
const maxInnerPacket = 64 << 10

// content reads what RFC 9580, section 10.3, allows and nothing more: at most
// one layer of compression, signatures or their announcements, one literal,
// the announced signatures in reverse order, the end.
func (m *message) content(r *bufio.Reader, hold *Held) error {
	tag, err := m.skipPadding(r)
	if err == io.EOF {
		return fmt.Errorf("%w: the message is empty", ErrDamaged)
	}
	if err != nil {
		return err
	}
	if tag == tagCompressed {
		got, err := packet.Read(r)
		c, ok := got.(*packet.Compressed)
		if err != nil || !ok {
			return ErrDamaged
		}
		inner := bufio.NewReaderSize(c.Body, 32<<10)
		if err := m.signedContent(inner, hold); err != nil {
			return err
		}
		return m.end(r)
	}
	return m.signedContent(r, hold)
}

func (m *message) signedContent(r *bufio.Reader, hold *Held) error {
	var before, announced []*sigCheck
	for {
		tag, err := m.skipPadding(r)
		if err != nil {
			return err
		}
		if len(before)+len(announced) > m.lim.Signatures {
			return fmt.Errorf("%w: more than %d signatures", ErrLimit, m.lim.Signatures)
		}
		switch tag {
		case tagOnePass, tagSignature:
			raw, err := readSmall(r, maxInnerPacket)
			if err != nil {
				return err
			}
			if err := m.engine.shared().signature(); err != nil {
				return err
			}
			if tag == tagOnePass {
				announced = append(announced, newAnnounced(raw, m.verifiers))
			} else {
				before = append(before, newSigCheck(raw, m.verifiers))
				m.sigPackets = raw.append(m.sigPackets)
			}
			continue
		case tagLiteral:
		default:
			return fmt.Errorf("%w: unexpected packet in a message", ErrDamaged)
		}
		break
	}
	if err := m.literal(r, append(before, announced...), hold); err != nil {
		return err
	}
	for i := len(announced) - 1; i >= 0; i-- {
		tag, err := m.skipPadding(r)
		if err == io.EOF || err == nil && tag != tagSignature {
			for _, c := range announced[:i+1] {
				c.sig = nil
				c.result.Status, c.result.Reason = Bad, "an announced signature is missing"
			}
			break // what else stands here instead is refused below
		}
		if err != nil {
			return err
		}
		raw, err := readSmall(r, maxInnerPacket)
		if err != nil {
			return err
		}
		m.sigPackets = raw.append(m.sigPackets)
		announced[i] = announced[i].bind(newSigCheck(raw, m.verifiers))
	}
	if err := m.end(r); err != nil {
		return err
	}
	now := m.engine.now()
	m.report.Signatures = finishAll(append(before, announced...), now)
	return nil
}

// skipPadding returns the tag of the next packet that counts; io.EOF if there
// is none.
func (m *message) skipPadding(r *bufio.Reader) (byte, error) {
	for range 64 {
		tag, err := peekTag(r)
		if err != nil || tag != tagMarker && tag != tagPadding {
			return tag, err
		}
		if _, err := readSmall(r, 1<<20); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%w: padding", ErrLimit)
}

// end accepts padding and the end of the stream.
func (m *message) end(r *bufio.Reader) error {
	for range 64 {
		tag, err := peekTag(r)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if tag != tagPadding {
			return fmt.Errorf("%w: data after the text", ErrDamaged)
		}
		if _, err := readSmall(r, 1<<20); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: padding", ErrLimit)
}

// literal copies the text to the holder and to the hashes, within the limits.
func (m *message) literal(r *bufio.Reader, checks []*sigCheck, hold *Held) error {
	got, err := packet.Read(r)
	lit, ok := got.(*packet.LiteralData)
	if err != nil || !ok {
		return ErrDamaged
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := lit.Body.Read(buf)
		if n > 0 {
			if err := m.lim.text(m.in.n, hold.size+int64(n)); err != nil {
				return err
			}
			if err := m.engine.shared().text(m.in.n-m.charged, int64(n)); err != nil {
				return err
			}
			m.charged = m.in.n
			writeAll(checks, buf[:n])
			if err := hold.write(buf[:n]); err != nil {
				return spoolError{err}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// newAnnounced prepares the hash that a one-pass packet announces. What cannot
// be judged stays in the list, so that no signature vanishes.
func newAnnounced(raw rawPacket, v *verifiers) *sigCheck {
	c := &sigCheck{}
	c.result.Status, c.result.Reason = Unsupported, "unknown algorithm, version or form"
	got, err := raw.parse()
	ops, ok := got.(*packet.OnePassSignature)
	if err != nil || !ok || brokenHash(ops.Hash) {
		return c
	}
	c.ops = ops
	c.result.KeyID = fmt.Sprintf("%016X", ops.KeyId)
	if len(v.find(ops.KeyId, ops.KeyFingerprint)) == 0 {
		return c // nothing to hash for
	}
	h := ops.Hash.New()
	h.Write(ops.Salt)
	c.direct, c.wrapped = h, h
	if ops.SigType == packet.SigTypeText {
		c.wrapped = openpgp.NewCanonicalTextHash(h)
	}
	return c
}

// bind joins an announced hash with the signature that came after the text.
func (c *sigCheck) bind(s *sigCheck) *sigCheck {
	if s.sig == nil {
		return s // settled: unknown key, unsupported
	}
	fits := c.ops != nil && c.direct != nil && c.ops.SigType == s.sig.SigType && c.ops.Hash == s.sig.Hash &&
		c.ops.PubKeyAlgo == s.sig.PubKeyAlgo && c.ops.KeyId == *s.sig.IssuerKeyId &&
		(c.ops.Version == 6) == (s.sig.Version == 6) && bytes.Equal(c.ops.Salt, s.sig.Salt())
	if !fits {
		s.sig = nil
		s.result.Status, s.result.Reason = Bad, "not the signature that was announced"
		return s
	}
	s.direct = c.direct
	return s
}

// spoolError passes an error of the spool, which is not the message's fault.
type spoolError struct{ error }

func (s spoolError) Unwrap() error { return s.error }
