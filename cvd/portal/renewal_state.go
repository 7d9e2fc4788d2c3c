package portal

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

const (
	askPrefix = "portal/ask/" // addresses for which a renewal was asked, sealed, until Renew has looked
	askLife   = time.Hour
)

// ask is a wish for a renewal. It says nothing of whether anybody has the address.
type ask struct {
	Address string
	Lang    string // of the page
	Tries   int
}

// renewal is a code that was mailed. It lies in Config.State under a key, and sealed
// under another, that only the code gives.
type renewal struct {
	Address string
	Key     string // to which the mail was sealed; "": it was in clear
	Ends    time.Time
	Nonce   string // of the form that used it, so that its double click is no replay
}

// stateID is a key in Config.State that tells nothing of what it is of.
func (p *Portal) stateID(prefix, kind, of string) string {
	h := keyed(p.keys.renewal[:], kind, of)
	return prefix + hex.EncodeToString(h[:20])
}

// mailbox is an address in small ASCII letters. Letters that only Unicode takes for one
// another are of different mailboxes, as for Service.Confirmed.
func mailbox(address string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, address)
}

// The keys of codes, gaps and the count begin as those of sessions, and their values
// with their end, so that Sweep removes them too.
func (p *Portal) codeKey(code string) string   { return p.stateID(statePrefix, "code", code) }
func (p *Portal) gapKey(address string) string { return p.stateID(statePrefix, "gap", address) }
func (p *Portal) countKey() string             { return p.stateID(statePrefix, "count", "") }

// seal makes the value of a key: when it ends, in clear and to the minute, and the
// rest under a key that only who knows secret has.
func (p *Portal) seal(key, secret string, ends time.Time, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(ends.Truncate(grain).Add(grain).Unix()))
	return p.sealer(keyed(p.keys.renewal[:], "seal", secret)).Seal(head, nil, text, append(head[:8:8], key...)), nil
}

// unseal reads what seal made. false: there is nothing, it has ended, or it is not of
// this key.
func (p *Portal) unseal(key, secret string, b []byte, v any) bool {
	if len(b) < 8 || !endOf(b).After(p.cfg.Now()) {
		return false
	}
	text, err := p.sealer(keyed(p.keys.renewal[:], "seal", secret)).Open(nil, nil, b[8:], append(b[:8:8], key...))
	return err == nil && json.Unmarshal(text, v) == nil
}

// remember keeps a wish. It does the same for every address: it reads one value and
// writes one of the same size. Who has asked already stays as it is.
func (p *Portal) remember(ctx context.Context, x ask) error {
	key := p.stateID(askPrefix, "ask", mailbox(x.Address))
	b, version, err := p.cfg.State.Get(ctx, key)
	if err != nil {
		return err
	}
	mine, err := p.seal(key, "ask", p.cfg.Now().Add(askLife), x)
	if err != nil {
		return err
	}
	var old ask
	if !p.unseal(key, "ask", b, &old) {
		b = mine
	}
	if _, err = p.cfg.State.Put(ctx, key, version, b); errors.Is(err, cvd.ErrConflict) {
		return nil // another request for the same address has done it
	}
	return err
}

// free takes one of so many that there are in a time, and reports whether there was one.
func (p *Portal) free(ctx context.Context, key string, most int, in time.Duration) (bool, error) {
	for range 20 {
		b, version, err := p.cfg.State.Get(ctx, key)
		if err != nil {
			return false, err
		}
		now := p.cfg.Now()
		var used struct {
			Begun time.Time
			N     int
		}
		if !p.unseal(key, "count", b, &used) || !now.Before(used.Begun.Add(in)) {
			used.Begun, used.N = now, 0
		}
		if used.N >= most {
			return false, nil
		}
		used.N++
		if b, err = p.seal(key, "count", used.Begun.Add(in), used); err != nil {
			return false, err
		}
		if _, err = p.cfg.State.Put(ctx, key, version, b); !errors.Is(err, cvd.ErrConflict) {
			return err == nil, err
		}
	}
	return false, cvd.ErrConflict
}

// bare is a code as it is hashed: what Service.Access forgives is forgiven here too.
func bare(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			return r
		}
		return -1
	}, strings.ToUpper(code))
}

// use returns what a code is for, and makes it the one of this form: no other can use
// it from then on. nil: the code opens nothing, or no longer.
func (p *Portal) use(ctx context.Context, code, nonce string) (*renewal, error) {
	key := p.codeKey(code)
	for range 20 {
		b, version, err := p.cfg.State.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		var x renewal
		if !p.unseal(key, code, b, &x) || !p.cfg.Now().Before(x.Ends) {
			return nil, nil
		}
		if x.Nonce != "" {
			if !hmac.Equal([]byte(x.Nonce), []byte(nonce)) {
				return nil, nil
			}
			return &x, nil
		}
		x.Nonce = nonce
		if b, err = p.seal(key, code, x.Ends, x); err != nil {
			return nil, err
		}
		if _, err = p.cfg.State.Put(ctx, key, version, b); !errors.Is(err, cvd.ErrConflict) {
			return &x, err
		}
	}
	return nil, cvd.ErrConflict
}
