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
)

// GrantAccess gives a participant a code that opens the case to it: a reporter's
// receipt, a vendor's access code. Service.Access takes it. The code is shown to
// its holder once, by the host, and never sent by mail; the log and the index keep
// keyed hashes.
//
// It opens what View shows the participant, until it ends: by Until, by
// RevokeAccess, or when the participant is erased. If the case goes on in another,
// or a part of it does, the code opens that too, as far as the participant was
// copied. Where it was taken for one that took part there already, by an address
// that nobody has proved, a code of either opens what it opened before, and no more.
type GrantAccess struct {
	Party   PartyID   // not the owner; the reporter of a new case is 2
	Code    Private   // from Service.NewCode or FormatCode
	Until   time.Time // zero: until it is revoked
	Replace bool      // ends the codes that the participant has: for one that was lost
}

// RevokeAccess ends a code, or all codes of a participant.
type RevokeAccess struct {
	Grant  GrantID // 0: all of Party
	Party  PartyID
	Reason Private
}

// GrantID numbers the codes of a case, from 1.
type GrantID uint32

// Grant is a code that was given, without the code. The team sees all, a
// participant its own.
type Grant struct {
	ID    GrantID
	Party PartyID
	Given time.Time
	Until time.Time // zero: until it is revoked
	Ended time.Time // zero: it was not revoked
	key   Key
	leads bool     // the key leads to this case
	cases []CaseID // which it opens too
	// without are parts of the case that came with a participant that was taken for
	// this one, by an address: the holder of the code may be somebody else.
	without []uint32
}

func (g *Grant) holds(now Millis) bool {
	return g.Ended.IsZero() && (g.Until.IsZero() || now < MillisOf(g.Until))
}

func (x GrantAccess) decide(d *decision) error {
	k := d.check().instant("Until", x.Until)
	bits, problem := parseCode(string(x.Code))
	k.fail("Code", problem, nil)
	if !x.Until.IsZero() && MillisOf(x.Until) <= d.now {
		k.fail("Until", "it is not in the future", nil)
	}
	if k.err != nil {
		return k.err
	}
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	if to, ok := d.c.wentOn(); ok {
		return d.refuse(RuleMoved, "case %s goes on in case %s", d.c.Number, to)
	}
	y := &accessGranted{Party: x.Party, Key: d.s.codeKey(bits), Until: x.Until, Leads: true}
	held := 0
	for i := range d.c.Grants {
		g := &d.c.Grants[i]
		if g.key == y.Key {
			return d.refuse(RuleAccess, "code %d is the same", g.ID)
		}
		if g.Party == x.Party && g.Ended.IsZero() {
			held++
			if x.Replace {
				y.Ends = append(y.Ends, g.ID)
			}
		}
	}
	switch limit := d.s.cfg.Limits.Items; {
	case x.Party == Owner || p.Erased:
		return d.refuse(RuleAccess, "participant %d", x.Party)
	case held >= limit && !x.Replace:
		return d.bad("Party", fmt.Sprintf("it has %d codes, the limit is %d", held, limit), nil)
	}
	d.endCodes(y.Ends)
	d.emit(y)
	return nil
}

func (x RevokeAccess) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).needed("Grant", x.Grant == 0 && x.Party == 0).err; err != nil {
		return err
	}
	if x.Grant != 0 && at(d.c.Grants, x.Grant) == nil {
		return d.refuse(RuleKnown, "code %d of %d", x.Grant, len(d.c.Grants))
	}
	y := &accessRevoked{Reason: x.Reason}
	for i := range d.c.Grants {
		g := &d.c.Grants[i]
		if g.Ended.IsZero() && (x.Grant == g.ID || x.Grant == 0) && (x.Party == g.Party || x.Party == 0) {
			y.Grants = append(y.Grants, g.ID)
		}
	}
	if len(y.Grants) == 0 {
		return d.refuse(RuleOnce, "no such code holds")
	}
	d.endCodes(y.Grants)
	d.emit(y)
	return nil
}

// endCodes gives up the keys of codes that end.
func (d *decision) endCodes(ids []GrantID) {
	for _, id := range ids {
		if g := at(d.c.Grants, id); g.leads {
			d.change.Drop = append(d.change.Drop, g.key)
		}
	}
}

// codesOf are those of participants that hold; all: of everybody.
func (c *Case) codesOf(parties []PartyID, all bool) (out []GrantID) {
	for i := range c.Grants {
		if g := &c.Grants[i]; g.Ended.IsZero() && (all || slices.Contains(parties, g.Party)) {
			out = append(out, g.ID)
		}
	}
	return out
}

func (c *Case) endGrants(ids []GrantID, at time.Time) {
	if len(ids) == 0 {
		return
	}
	c.Grants = slices.Clone(c.Grants)
	for _, id := range ids {
		if int(id)-1 < len(c.Grants) && id > 0 {
			c.Grants[id-1].Ended = at
		}
	}
}

// access lets codes open the other case too, for participants who were copied into
// it. One that was found there is another, or two were taken for one, by an address
// that anybody can give: a code of theirs opens nothing new. goes tells that the
// case goes on there as a whole.
func (k *carrier) access(gives *decision, goes bool) {
	became := map[PartyID]int{}
	for _, to := range k.parties {
		became[to]++
	}
	for i := range k.from.Grants {
		g := &k.from.Grants[i]
		to := k.parties[g.Party]
		if !g.holds(k.to.now) || became[to] != 1 || !slices.Contains(k.added, to) {
			continue
		}
		leads := goes && g.leads
		k.to.emit(&accessGranted{Party: to, Key: g.key, Until: g.Until, Leads: leads, From: k.from.ID, Without: k.moved(g.without)})
		gives.emit(&accessCarried{Grant: g.ID, To: k.to.c.ID, Leads: leads})
		if leads {
			gives.change.Drop = append(gives.change.Drop, g.key)
		}
	}
	var met []GrantID
	for i := range k.to.c.Grants {
		if g := &k.to.c.Grants[i]; became[g.Party] > 0 && !slices.Contains(k.added, g.Party) && g.Ended.IsZero() {
			met = append(met, g.ID)
		}
	}
	if len(met) > 0 {
		k.to.emit(&accessNarrowed{Grants: met, Without: parts(k.base, k.home)})
	}
}

// Accessed is what a code opens.
type Accessed struct {
	Place          // where it is used: the case, or the one in which it goes on
	Others []Place // cases that went into it or were parted from it, where the participant has more to read
	Until  time.Time
	First  bool  // it was not used before, as far as Config.State knows
	Uses   int64 // this one included; 0: Config.State is not set or has failed
	// Problems holds what hindered no access: a case of Others that cannot be read,
	// a use that was not counted.
	Problems []CaseProblem
}

// Place is a case that a code opens, and the participant to whom it opens it.
type Place struct {
	Case  CaseID
	Party PartyID
	Grant GrantID
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
func (s *Service) Access(ctx context.Context, code Private) (Accessed, error) {
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
	now := MillisOf(s.cfg.Now())
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
func (c *Case) grantOf(key Key) (found *Grant) {
	for i := range c.Grants {
		if g := &c.Grants[i]; hmac.Equal(g.key[:], key[:]) {
			found = g
		}
	}
	return found
}

// codeEnded reports whether a key is of a code that has ended or leads elsewhere.
func (c *Case) codeEnded(k Key) bool {
	return slices.ContainsFunc(c.Grants, func(g Grant) bool { return g.key == k && (!g.leads || !g.Ended.IsZero()) })
}

// AccessUse says how often a code was used. It lies in Config.State, which can be
// lost.
type AccessUse struct {
	Grant GrantID
	Uses  int64
	Last  time.Time // to the hour: it is nobody's business when a source is awake
}

// AccessUses returns the use of each of the case's codes that were used, for the
// team.
func (s *Service) AccessUses(ctx context.Context, id CaseID) (out []AccessUse, err error) {
	c, err := s.load(ctx, id)
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

func (s *Service) useKey(k Key) string {
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

func (s *Service) countUse(ctx context.Context, k Key) (int64, error) {
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

func (s *Service) codeKey(bits [16]byte) Key { return s.key("access", string(bits[:])) }

// NewCode returns a code of 128 random bits for GrantAccess. It is the only time
// that anybody sees it.
func (s *Service) NewCode() (Private, error) {
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

type accessGranted struct {
	structural
	Party PartyID
	Key   Key // of the code: with the Secret and without the code it says nothing
	Until time.Time
	Leads bool      // the key leads to this case
	Ends  []GrantID // which it replaces
	From  CaseID    // the other case that it opens; zero: none
	// Without are the parts of the case that it does not open.
	Without []uint32
}

func (*accessGranted) name() string { return "access.granted/1" }
func (x *accessGranted) body(w *wire) {
	num(w, &x.Party)
	w.fixed(x.Key[:])
	w.instant(&x.Until)
	w.flag(&x.Leads)
	many(w, &x.Ends, func(w *wire, g *GrantID) { num(w, g) })
	w.fixed(x.From[:])
	many(w, &x.Without, func(w *wire, n *uint32) { num(w, n) })
}
func (x *accessGranted) apply(c *Case, e *envelope) {
	c.endGrants(x.Ends, e.at.Time())
	n := len(c.Grants)
	g := Grant{ID: GrantID(n + 1), Party: x.Party, Given: e.at.Time(), Until: x.Until, key: x.Key, leads: x.Leads, without: x.Without}
	if x.From != (CaseID{}) {
		g.cases = []CaseID{x.From}
	}
	c.Grants = append(c.Grants[:n:n], g)
	c.event(e, Event{Party: x.Party, ref: uint32(g.ID), When: x.Until})
}

type accessRevoked struct {
	Grants []GrantID

	Reason Private
}

func (*accessRevoked) name() string { return "access.revoked/1" }
func (x *accessRevoked) body(w *wire) {
	many(w, &x.Grants, func(w *wire, g *GrantID) { num(w, g) })
}
func (x *accessRevoked) private(w *wire)         { text(w, &x.Reason) }
func (x *accessRevoked) reveal(*Case, *envelope) {}
func (x *accessRevoked) apply(c *Case, e *envelope) {
	c.endGrants(x.Grants, e.at.Time())
	ev := Event{ref: uint32(len(x.Grants))}
	if len(x.Grants) > 0 {
		if g := at(c.Grants, x.Grants[0]); g != nil {
			ev.Party = g.Party
		}
	}
	c.event(e, ev)
}

// accessCarried says that a code opens another case as well.
type accessCarried struct {
	structural
	Grant GrantID
	To    CaseID
	Leads bool // its key leads there from now on
}

func (*accessCarried) name() string { return "access.carried/1" }
func (x *accessCarried) body(w *wire) {
	num(w, &x.Grant)
	w.fixed(x.To[:])
	w.flag(&x.Leads)
}
func (x *accessCarried) apply(c *Case, e *envelope) {
	c.Grants = slices.Clone(c.Grants)
	ev := Event{ref: uint32(x.Grant)}
	if g := at(c.Grants, x.Grant); g != nil {
		g.cases = append(slices.Clip(g.cases), x.To)
		g.leads, ev.Party = g.leads && !x.Leads, g.Party
	}
	c.event(e, ev)
}

// accessNarrowed keeps parts that have come with another case from codes.
type accessNarrowed struct {
	structural
	Grants  []GrantID
	Without []uint32
}

func (*accessNarrowed) name() string { return "access.narrowed/1" }
func (x *accessNarrowed) body(w *wire) {
	many(w, &x.Grants, func(w *wire, g *GrantID) { num(w, g) })
	many(w, &x.Without, func(w *wire, n *uint32) { num(w, n) })
}
func (x *accessNarrowed) apply(c *Case, e *envelope) {
	c.Grants = slices.Clone(c.Grants)
	for _, id := range x.Grants {
		if g := at(c.Grants, id); g != nil {
			g.without = append(slices.Clip(g.without), x.Without...)
		}
	}
	c.event(e, Event{ref: uint32(len(x.Grants))})
}
