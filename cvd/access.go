package cvd

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Accessed is what a code opens.
type Accessed struct {
	Place            // where it is used: the case, or the one in which it goes on
	Others []Place   // cases that went into it or were parted from it, where the participant has more to read
	Until  time.Time `json:",omitzero"` // when the code ends; zero: it does not
	First  bool      // it was not used before, as far as Config.State knows
	Uses   int64     // this one included; 0: Config.State is not set or has failed
	// Problems holds what hindered no access: a case of Others that cannot be read,
	// a use that was not counted.
	Problems []CaseProblem
}

// Place is a case that a code opens, and the participant to whom it opens it.
type Place struct {
	Case  CaseID  // the case that the code opens
	Party PartyID // the participant whose eyes it gives
	Grant GrantID // the code's number in Case
}

// Viewer returns whose eyes the holder of the code has, until it ends.
func (p Place) Viewer() Viewer { return Viewer{Party: p.Party, Grant: p.Grant} }

const maxPlaces = 64 // a code leads to: more merges and splits than a case ever sees

// Access returns what a code opens, as GrantAccess and RevokeAccess left it. It
// forgives case, blanks, dashes, and O, I and L for digits. A code that cannot be
// one, for a slip of the pen, is an *InputError; one that opens nothing, or no
// longer, is ErrNotFound. What it costs to find that does not depend on the code.
//
// Each use is counted in Config.State, with its hour, and not in the log.
func (s *service.Service) Access(ctx context.Context, code Private) (Accessed, error) {
	bits, problem := parseCode(string(code))
	if problem != "" {
		return Accessed{}, &InputError{"Access", "code", problem, nil}
	}
	key := s.codeKey(bits)
	first, err := s.cfg.Store.Lookup(ctx, key)
	if err != nil {
		return Accessed{}, err
	}
	var out Accessed
	now := storage.MillisOf(s.cfg.Now())
	queue := []CaseID{first}
	for i := 0; i < len(queue) && i < maxPlaces; i++ {
		c, err := s.load(ctx, queue[i])
		if err != nil && i == 0 || ctx.Err() != nil {
			return Accessed{}, err
		}
		if err != nil {
			out.Problems = append(out.Problems, CaseProblem{queue[i], err})
			continue
		}
		g := c.grantOf(key)
		if g == nil || !g.holds(now) {
			if i == 0 {
				return Accessed{}, ErrNotFound
			}
			continue
		}
		if place := (Place{c.ID, g.Party, g.ID}); i == 0 {
			out.Place, out.Until = place, g.Until
		} else {
			out.Others = append(out.Others, place)
		}
		for _, id := range g.cases {
			if !slices.Contains(queue, id) {
				queue = append(queue, id)
			}
		}
	}
	if s.cfg.State != nil {
		if out.Uses, err = s.countUse(ctx, key); err != nil {
			out.Problems = append(out.Problems, CaseProblem{first, err})
		}
		out.First = out.Uses == 1
	}
	return out, nil
}

// grantOf looks at every code, so that its time tells of none.
func (c *Case) grantOf(key storage.Key) (found *Grant) {
	for i := range c.Grants {
		if g := &c.Grants[i]; hmac.Equal(g.key[:], key[:]) {
			found = g
		}
	}
	return found
}

// codeEnded reports whether a key is of a code that has ended or leads elsewhere.
func (c *Case) codeEnded(k storage.Key) bool {
	return slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.key == k && (!g.leads || !g.Ended.IsZero()) })
}

// AccessUse says how often a code was used. It lies in Config.State, which can be
// lost.
type AccessUse struct {
	Grant GrantID   // the code's number in its case
	Uses  int64     // how often it was used; counted at best, see Config.State
	Last  time.Time `json:",omitzero"` // to the hour: it is nobody's business when a source is awake
}

// AccessUses returns the use of each of the case's codes that were used, for a viewer
// of the team; for others the error is ErrDenied.
func (s *service.Service) AccessUses(ctx context.Context, id CaseID, v Viewer) (out []AccessUse, err error) {
	if !v.Team {
		return nil, ErrDenied
	}
	c, err := s.load(ctx, id)
	if err == nil && !s.maySee(c, v) {
		err = ErrNotFound
	}
	if err != nil || s.cfg.State == nil {
		return nil, err
	}
	for i := range c.Grants {
		b, _, err := s.cfg.State.Get(ctx, s.useKey(c.Grants[i].key))
		if err != nil {
			return out, err
		}
		if u := readUse(b); u.Uses > 0 {
			u.Grant = c.Grants[i].ID
			out = append(out, u)
		}
	}
	return out, nil
}

func (s *service.Service) useKey(k storage.Key) string {
	u := s.key("access-use", string(k[:]))
	return "cvd/access/" + hex.EncodeToString(u[:16])
}

func readUse(b []byte) (u AccessUse) {
	w := wire{buf: b, reading: true}
	u.wire(&w)
	return u
}

func (u *AccessUse) wire(w *wire) {
	signed(w, &u.Uses)
	w.instant(&u.Last)
}

func (s *service.Service) countUse(ctx context.Context, k storage.Key) (int64, error) {
	for try := 0; ; try++ {
		b, version, err := s.cfg.State.Get(ctx, s.useKey(k))
		if err != nil {
			return 0, err
		}
		u := readUse(b)
		u.Uses, u.Last = u.Uses+1, s.cfg.Now().Truncate(time.Hour)
		w := wire{}
		u.wire(&w)
		if _, err = s.cfg.State.Put(ctx, s.useKey(k), version, w.buf); !errors.Is(err, ErrConflict) || try == 20 {
			return u.Uses, err
		}
		if err := s.backoff(ctx, try); err != nil {
			return 0, err
		}
	}
}

func (s *service.Service) codeKey(bits [16]byte) storage.Key { return s.key("access", string(bits[:])) }

// NewCode returns a code of 128 random bits for GrantAccess. It is the only time
// that anybody sees it.
func (s *service.Service) NewCode() (Private, error) {
	var bits [16]byte
	if err := s.random(bits[:]); err != nil {
		return "", err
	}
	return FormatCode(bits), nil
}

const (
	codeDigits = 26   // of base 32 for 128 bits
	codePrime  = 1021 // the check that follows them finds each wrong digit and each swap of two neighbours
)

// FormatCode writes 128 secret bits for people: Crockford's base 32 in seven groups
// of four digits, of which the last two are a check. It is for hosts that derive
// codes, so that a form that is sent twice gets one receipt.
func FormatCode(bits [16]byte) Private {
	var digits [codeDigits + 2]byte
	var acc, n uint
	at := codeDigits
	for i := len(bits) - 1; i >= 0; i-- {
		for acc, n = acc|uint(bits[i])<<n, n+8; n >= 5; acc, n = acc>>5, n-5 {
			at--
			digits[at] = byte(acc & 31)
		}
	}
	digits[0] = byte(acc)
	check := codeCheck(digits[:codeDigits])
	digits[codeDigits], digits[codeDigits+1] = byte(check>>5), byte(check&31)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(crockford[d])
	}
	return Private(b.String())
}

func codeCheck(digits []byte) (v uint) {
	for _, d := range digits {
		v = (v*32 + uint(d)) % codePrime
	}
	return v
}

// parseCode reads a code as people write it, or says what is wrong with it.
func parseCode(s string) (bits [16]byte, problem string) {
	if len(s) > 200 {
		return bits, "it is too long for a code"
	}
	var digits []byte
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '\t', '\r', '\n', '\u00a0', '\u202f', '-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		d := strings.IndexRune(crockford, r)
		if d < 0 {
			return bits, "it has a character that no code has"
		}
		digits = append(digits, byte(d))
	}
	if len(digits) != codeDigits+2 {
		return bits, fmt.Sprintf("it has %d digits, a code has %d", len(digits), codeDigits+2)
	}
	check := codeCheck(digits[:codeDigits])
	if digits[0] > 7 || uint(digits[codeDigits])<<5|uint(digits[codeDigits+1]) != check {
		return bits, "its last two digits do not fit the others: one is mistyped"
	}
	var acc, n uint
	at := len(bits)
	for i := codeDigits - 1; i >= 0; i-- {
		for acc, n = acc|uint(digits[i])<<n, n+5; n >= 8; acc, n = acc>>8, n-8 {
			at--
			bits[at] = byte(acc)
		}
	}
	return bits, ""
}
