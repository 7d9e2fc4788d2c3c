package login

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The second factor: time-based one-time passwords of RFC 6238 with its defaults,
// HMAC-SHA-1, six digits, steps of 30 seconds, which every authenticator app has.
const totpStep = 30

var totpEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTP makes the shared key of a second factor, of 160 bits (RFC 4226 section 4).
func NewTOTP() string {
	var key [20]byte
	rand.Read(key[:])
	return totpEncoding.EncodeToString(key[:])
}

// TOTPAddress is what an authenticator app takes, as a link or a QR code.
func TOTPAddress(issuer, name, key string) string {
	v := url.Values{"secret": {key}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+name) + "?" + strings.ReplaceAll(v.Encode(), "+", "%20")
}

func parseTOTP(key string) ([]byte, error) {
	b, err := totpEncoding.DecodeString(strings.ToUpper(strings.TrimRight(strings.ReplaceAll(key, " ", ""), "=")))
	if err == nil && len(b) < 16 {
		err = fmt.Errorf("login: the key of a second factor has %d bytes, RFC 4226 wants 16", len(b))
	}
	return b, err
}

// Digits are what an authenticator app with a key shows at an instant.
func Digits(key string, at time.Time) (string, error) {
	k, err := parseTOTP(key)
	if err != nil {
		return "", err
	}
	return hotp(k, uint64(at.Unix())/totpStep), nil
}

// hotp is the six digits of a step (RFC 4226 section 5.3).
func hotp(key []byte, step uint64) string {
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, step))
	sum := m.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1e6)
}

// CheckTOTP returns the step in which the digits are right: this one, the one
// before or the one after (RFC 6238 section 5.2). All three are always compared.
func CheckTOTP(key []byte, digits string, now time.Time) (step uint64, ok bool) {
	digits = strings.Join(strings.Fields(digits), "")
	this := uint64(now.Unix()) / totpStep
	for _, s := range []uint64{this - 1, this, this + 1} {
		if subtle.ConstantTimeCompare([]byte(hotp(key, s)), []byte(digits)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}
