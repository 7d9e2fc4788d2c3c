package service

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
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
	Problems []cvd.CaseProblem
}

// Place is a case that a code opens, and the participant to whom it opens it.
type Place struct {
	Case  cvd.CaseID  // the case that the code opens
	Party cvd.PartyID // the participant whose eyes it gives
	Grant cvd.GrantID // the code's number in Case
}

// Viewer returns whose eyes the holder of the code has, until it ends.
func (p Place) Viewer() cvd.Viewer { return cvd.Viewer{Party: p.Party, Grant: p.Grant} }

const maxPlaces = 64 // a code leads to: more merges and splits than a case ever sees

// Access returns what a code opens, as GrantAccess and RevokeAccess left it. It
// forgives case, blanks, dashes, and O, I and L for digits. A code that cannot be
// one, for a slip of the pen, is an *InputError; one that opens nothing, or no
// longer, is ErrNotFound. What it costs to find that does not depend on the code.
//
// Each use is counted in Config.State, with its hour, and not in the log.
func (s *Service) Access(ctx context.Context, code cvd.Private) (Accessed, error) {
	bits, problem := engine.ParseCode(string(code))
	if problem != "" {
		return Accessed{}, &cvd.InputError{Command: "Access", Field: "code", Problem: problem, Err: nil}
	}
	key := s.e.CodeKey(bits)
	first, err := s.e.Cfg.Store.Lookup(ctx, key)
	if err != nil {
		return Accessed{}, err
	}
	var out Accessed
	now := storage.MillisOf(s.e.Cfg.Now())
	queue := []cvd.CaseID{first}
	for i := 0; i < len(queue) && i < maxPlaces; i++ {
		c, err := s.e.Load(ctx, queue[i])
		if err != nil && i == 0 || ctx.Err() != nil {
			return Accessed{}, err
		}
		if err != nil {
			out.Problems = append(out.Problems, cvd.CaseProblem{Case: queue[i], Err: err})
			continue
		}
		g := grantOf(&c.Case, key)
		if g == nil || !caselog.Holds(g, now) {
			if i == 0 {
				return Accessed{}, cvd.ErrNotFound
			}
			continue
		}
		if place := (Place{c.ID, g.Party, g.ID}); i == 0 {
			out.Place, out.Until = place, g.Until
		} else {
			out.Others = append(out.Others, place)
		}
		for _, id := range g.Kept(inner.Only{}).Cases {
			if !slices.Contains(queue, id) {
				queue = append(queue, id)
			}
		}
	}
	if s.e.Cfg.State != nil {
		if out.Uses, err = s.countUse(ctx, key); err != nil {
			out.Problems = append(out.Problems, cvd.CaseProblem{Case: first, Err: err})
		}
		out.First = out.Uses == 1
	}
	return out, nil
}

// grantOf looks at every code, so that its time tells of none.
func grantOf(c *cvd.Case, key storage.Key) (found *cvd.Grant) {
	for i := range c.Grants {
		if g := &c.Grants[i]; hmac.Equal(g.Kept(inner.Only{}).Key[:], key[:]) {
			found = g
		}
	}
	return found
}

// AccessUse says how often a code was used. It lies in Config.State, which can be
// lost.
type AccessUse struct {
	Grant cvd.GrantID // the code's number in its case
	Uses  int64       // how often it was used; counted at best, see Config.State
	Last  time.Time   `json:",omitzero"` // to the hour: it is nobody's business when a source is awake
}

// AccessUses returns the use of each of the case's codes that were used, for a viewer
// of the team; for others the error is ErrDenied.
func (s *Service) AccessUses(ctx context.Context, id cvd.CaseID, v cvd.Viewer) (out []AccessUse, err error) {
	if !v.Team {
		return nil, cvd.ErrDenied
	}
	c, err := s.e.Load(ctx, id)
	if err == nil && !s.maySee(c, v) {
		err = cvd.ErrNotFound
	}
	if err != nil || s.e.Cfg.State == nil {
		return nil, err
	}
	for i := range c.Grants {
		b, _, err := s.e.Cfg.State.Get(ctx, s.useKey(c.Grants[i].Kept(inner.Only{}).Key))
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

func (s *Service) useKey(k storage.Key) string {
	u := s.e.Key("access-use", string(k[:]))
	return "cvd/access/" + hex.EncodeToString(u[:16])
}

func readUse(b []byte) (u AccessUse) {
	w := caselog.Wire{Buf: b, Reading: true}
	u.wire(&w)
	return u
}

func (u *AccessUse) wire(w *caselog.Wire) {
	caselog.Signed(w, &u.Uses)
	w.Instant(&u.Last)
}

func (s *Service) countUse(ctx context.Context, k storage.Key) (int64, error) {
	for try := 0; ; try++ {
		b, version, err := s.e.Cfg.State.Get(ctx, s.useKey(k))
		if err != nil {
			return 0, err
		}
		u := readUse(b)
		u.Uses, u.Last = u.Uses+1, s.e.Cfg.Now().Truncate(time.Hour)
		w := caselog.Wire{}
		u.wire(&w)
		if _, err = s.e.Cfg.State.Put(ctx, s.useKey(k), version, w.Buf); !errors.Is(err, cvd.ErrConflict) || try == 20 {
			return u.Uses, err
		}
		if err := s.e.Backoff(ctx, try); err != nil {
			return 0, err
		}
	}
}

// NewCode returns a code of 128 random bits for GrantAccess. It is the only time
// that anybody sees it.
func (s *Service) NewCode() (cvd.Private, error) {
	var bits [16]byte
	if err := s.e.Random(bits[:]); err != nil {
		return "", err
	}
	return FormatCode(bits), nil
}

// FormatCode writes 128 secret bits for people: Crockford's base 32 in seven groups
// of four digits, of which the last two are a check. It is for hosts that derive
// codes, so that a form that is sent twice gets one receipt.
func FormatCode(bits [16]byte) cvd.Private {
	var digits [engine.CodeDigits + 2]byte
	var acc, n uint
	at := engine.CodeDigits
	for i := len(bits) - 1; i >= 0; i-- {
		for acc, n = acc|uint(bits[i])<<n, n+8; n >= 5; acc, n = acc>>5, n-5 {
			at--
			digits[at] = byte(acc & 31)
		}
	}
	digits[0] = byte(acc)
	check := engine.CodeCheck(digits[:engine.CodeDigits])
	digits[engine.CodeDigits], digits[engine.CodeDigits+1] = byte(check>>5), byte(check&31)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(engine.Crockford[d])
	}
	return cvd.Private(b.String())
}
