package pgp_test

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"testing"

	"github.com/ProtonMail/go-crypto/ocb"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// gpg 2.4 writes OCB in packet 20, which is no standard. It is read, held and
// verified like the others, and never written.
func TestReadsPacket20(t *testing.T) {
	e, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(alice().Cert().Bytes())))
	require.NoError(t, err)
	k, ok := e.EncryptionKey(t0.Add(day), nil)
	require.True(t, ok)
	session := random(32)
	var msg bytes.Buffer
	require.NoError(t, packet.SerializeEncryptedKey(&msg, k.PublicKey, packet.CipherAES256, session, nil))
	ops, lit, sig := signedBy(t, bob(), "signed")
	msg.Write(packet20(t, session, bytes.Join([][]byte{ops, lit, sig}, nil)))

	var got bytes.Buffer
	r, err := at(t0.Add(2*day)).Decrypt(t.Context(), &got, bytes.NewReader(msg.Bytes()), pgp.Keyring{Secrets: secrets(alice()), Certs: certs(bob())})
	require.NoError(t, err)
	require.Equal(t, "signed", got.String())
	require.Equal(t, pgp.Valid, pgp.Best(r.Signatures))
	for at := msg.Len() - 200; at < msg.Len(); at += 7 {
		bad := bytes.Clone(msg.Bytes())
		bad[at] ^= 1
		refused(t, bad, pgp.ErrDamaged)
		refused(t, msg.Bytes()[:at], pgp.ErrDamaged)
	}
}

// packet20 seals one chunk and the final tag (draft-koch-librepgp, section
// 5.16).
func packet20(t *testing.T, session, plain []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(session)
	require.NoError(t, err)
	aead, err := ocb.NewOCB(block)
	require.NoError(t, err)
	head := []byte{1, 9, 2, 16}
	iv := random(15)
	ad := append([]byte{0xd4}, head...)
	nonce := bytes.Clone(iv)
	body := aead.Seal(append(head, iv...), nonce, plain, binary.BigEndian.AppendUint64(bytes.Clone(ad), 0))
	nonce[14] ^= 1
	last := binary.BigEndian.AppendUint64(bytes.Clone(ad), 1)
	return rawPacket(20, aead.Seal(body, nonce, nil, binary.BigEndian.AppendUint64(last, uint64(len(plain)))))
}
