package portal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// secrets are the keys for each purpose.
type secrets struct{ token, receipt, session, source, browser, renewal [32]byte }

func newSecrets(master []byte) (k secrets) {
	for name, key := range map[string]*[32]byte{
		"token": &k.token, "receipt": &k.receipt, "session": &k.session, "source": &k.source, "browser": &k.browser,
		"renewal": &k.renewal,
	} {
		*key = keyed(master, "cvdkit portal "+name)
	}
	return k
}

// keyed is HMAC-SHA-256 of parts, each with its length, so that none can be taken
// for another.
func keyed(key []byte, parts ...string) (out [32]byte) {
	m := hmac.New(sha256.New, key)
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		m.Write(n[:])
		io.WriteString(m, p)
	}
	m.Sum(out[:0])
	return out
}

// token is what a form carries: when it was shown, and a nonce that makes a
// second sending of it recognisable.
type token struct {
	made  time.Time
	nonce [16]byte
}

const tokenSize = 8 + 16 + 32

var (
	errTokenBad = errors.New("portal: the token was not made here")
	errTokenOld = errors.New("portal: the token has expired")
)

// newToken makes the token of a form that is shown now, for a purpose and a place.
func (p *Portal) newToken(purpose, place string) (string, error) {
	t := token{made: p.cfg.Now()}
	if _, err := io.ReadFull(p.cfg.Rand, t.nonce[:]); err != nil {
		return "", err
	}
	return p.sign(t, purpose, place), nil
}

func (p *Portal) sign(t token, purpose, place string) string {
	b := make([]byte, 0, tokenSize)
	b = binary.BigEndian.AppendUint64(b, uint64(t.made.UnixMilli()))
	b = append(b, t.nonce[:]...)
	mac := keyed(p.keys.token[:], string(b), purpose, place)
	return base64.RawURLEncoding.EncodeToString(append(b, mac[:]...))
}

// readToken checks a token, at the time at which the request began.
func (p *Portal) readToken(s, purpose, place string, began time.Time) (t token, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tokenSize {
		return t, errTokenBad
	}
	mac := keyed(p.keys.token[:], string(b[:24]), purpose, place)
	if !hmac.Equal(mac[:], b[24:]) {
		return t, errTokenBad
	}
	t.made = time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	copy(t.nonce[:], b[8:])
	if age := began.Sub(t.made); age < -time.Minute || age > p.cfg.Limits.TokenLife {
		return t, errTokenOld
	}
	return t, nil
}
