package pgpseal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
)

var (
	// ErrSealed means that a sealed text was changed, cut short, or is of another
	// case.
	ErrSealed = errors.New("pgpseal: the sealed text was altered, or is of another case")
	// ErrNoKey means that the case has no key here, or not the one that the text
	// is sealed under: it was destroyed, or the State was lost.
	ErrNoKey = errors.New("pgpseal: the key of the case is not in the State")
	// ErrNotOurs means that none of Config.Own opens the key of the case: wrap it
	// again by a process that can.
	ErrNotOurs = errors.New("pgpseal: the key of the case is not wrapped to this process")
	// ErrForged means that a wrapped key is not signed by one of Config.Signers, or
	// is of another case.
	ErrForged = errors.New("pgpseal: the key of the case was put there by somebody else")
)

// Config says what a Sealer works with. State and Own are required.
type Config struct {
	State storage.State // keeps the wrapped keys; losing it loses what is sealed
	// Own are the secret keys of this process; they open the keys of cases. The
	// first signs, and keys are wrapped to it too. The others are older ones.
	Own []pgp.Secret
	// Team are the members to whom keys are wrapped, beside Own. See SetTeam.
	Team []pgp.Cert
	// Signers are the certificates of other processes whose wrapped keys are
	// believed, also of earlier ones until Rewrap has been over all keys. Those of
	// Own always are.
	Signers []pgp.Cert
	// Hidden leaves out of wrapped keys to whom they are wrapped. Opening them
	// takes longer, by one trial for each member.
	Hidden bool

	// Engine does the OpenPGP. nil: the zero Engine, with Now as its clock.
	Engine *pgp.Engine
	// Cached is how many keys are kept in memory. 0: 1,000.
	Cached int
	// Fresh is how long a key is used before the State is asked whether another
	// process has rotated or destroyed it. 0: a minute.
	Fresh time.Duration
	// Now is the clock. nil: time.Now.
	Now func() time.Time
	// Rand makes keys. nil: crypto/rand.
	Rand io.Reader
}

// Sealer implements storage.Sealer. It is safe for concurrent use, also by several
// processes on the same State.
type Sealer struct {
	cfg Config

	mu   sync.Mutex
	team []pgp.Cert
	keys map[storage.CaseID]cached
}

var _ storage.Sealer = (*Sealer)(nil)

type cached struct {
	ring    *ring
	version int64
	seen    time.Time
}

// New returns a Sealer. It touches no State. An error means that a field is
// missing, or that a member's certificate cannot be encrypted to.
func New(cfg Config) (*Sealer, error) {
	if cfg.State == nil || len(cfg.Own) == 0 {
		return nil, errors.New("pgpseal: Config.State and Config.Own are needed")
	}
	if slices.ContainsFunc(cfg.Own, pgp.Secret.IsZero) {
		return nil, errors.New("pgpseal: Config.Own holds a zero key")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Engine == nil {
		cfg.Engine = &pgp.Engine{Now: cfg.Now}
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Cached == 0 {
		cfg.Cached = 1000
	}
	if cfg.Fresh == 0 {
		cfg.Fresh = time.Minute
	}
	cfg.Own, cfg.Signers = slices.Clone(cfg.Own), slices.Clone(cfg.Signers)
	for _, k := range cfg.Own {
		cfg.Signers = append(cfg.Signers, k.Cert())
	}
	s := &Sealer{cfg: cfg, keys: map[storage.CaseID]cached{}}
	return s, s.SetTeam(cfg.Team)
}

// SetTeam says who the members are from now on. Keys that are wrapped already stay
// as they are until Rewrap. A certificate that cannot be encrypted to is an error
// that names it, and the team stays as it was; one that expires later is left out
// until it is replaced, so that reports still come in: see Rewrapped.Left.
func (s *Sealer) SetTeam(team []pgp.Cert) error {
	own := s.cfg.Own[0].Cert()
	var all []pgp.Cert
	for _, c := range append([]pgp.Cert{own}, team...) {
		if slices.ContainsFunc(all, func(x pgp.Cert) bool { return x.Fingerprint() == c.Fingerprint() }) {
			continue
		}
		if err := s.cfg.Engine.Check([]pgp.Recipient{{Cert: c}}); err != nil {
			return fmt.Errorf("pgpseal: a key cannot be wrapped to %s: %w", c.Fingerprint(), err)
		}
		all = append(all, c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.team = all
	return nil
}

// recipients are the members who can be encrypted to now, and those who cannot.
func (s *Sealer) recipients() (can []pgp.Cert, left []error) {
	s.mu.Lock()
	team := s.team
	s.mu.Unlock()
	for _, c := range team {
		if err := s.cfg.Engine.Check([]pgp.Recipient{{Cert: c}}); err != nil {
			left = append(left, fmt.Errorf("pgpseal: a key cannot be wrapped to %s: %w", c.Fingerprint(), err))
			continue
		}
		can = append(can, c)
	}
	return can, left
}

// StateKey is the key of Config.State under which the wrapped key of a case lies,
// for whoever copies or exports single cases.
func StateKey(id storage.CaseID) string { return statePrefix + id.String() }

const statePrefix = "pgpseal/"

// get returns the ring of a case, and makes one where there is none.
func (s *Sealer) get(ctx context.Context, id storage.CaseID, create bool) (*ring, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	k, ok := s.keys[id]
	s.mu.Unlock()
	now := s.cfg.Now()
	if age := now.Sub(k.seen); ok && age >= 0 && age < s.cfg.Fresh {
		return k.ring, nil
	}
	for {
		wrapped, version, err := s.cfg.State.Get(ctx, StateKey(id))
		switch {
		case err != nil:
			return nil, fmt.Errorf("pgpseal: reading the key of the case: %w", err)
		case version == 0 && !create:
			s.drop(id)
			return nil, ErrNoKey
		case version == 0:
			r := &ring{id: id}
			if err := s.grow(r); err != nil {
				return nil, err
			}
			if version, err = s.put(ctx, r, 0); errors.Is(err, storage.ErrConflict) {
				continue // another process was first: its key is the one
			} else if err != nil {
				return nil, err
			}
			s.keep(id, cached{r, version, now})
			return r, nil
		case ok && version == k.version:
			k.seen = now
		default:
			r, err := s.unwrap(ctx, id, wrapped)
			if err != nil {
				return nil, err
			}
			k = cached{r, version, now}
		}
		s.keep(id, k)
		return k.ring, nil
	}
}

func (s *Sealer) keep(id storage.CaseID, k cached) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old := range s.keys {
		if len(s.keys) < s.cfg.Cached {
			break
		}
		delete(s.keys, old)
	}
	s.keys[id] = k
}

func (s *Sealer) drop(id storage.CaseID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, id)
}

// Seal implements storage.Sealer. The first call for a case makes its key.
func (s *Sealer) Seal(ctx context.Context, id storage.CaseID, dst io.Writer, src io.Reader) error {
	r, err := s.get(ctx, id, true)
	if err != nil {
		return err
	}
	return seal(ctx, s.cfg.Rand, r.newest(), id, dst, src)
}

// Open implements storage.Sealer. What it writes to dst is verified, chunk by chunk;
// after an error the rest is missing, and what was written is not to be used.
func (s *Sealer) Open(ctx context.Context, id storage.CaseID, dst io.Writer, src io.Reader) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h, err := readHeader(src)
	if err != nil {
		return err
	}
	r, err := s.get(ctx, id, false)
	if err != nil {
		return err
	}
	key, ok := r.find(h.key)
	if !ok { // another process may have rotated it
		s.drop(id)
		if r, err = s.get(ctx, id, false); err != nil {
			return err
		}
		if key, ok = r.find(h.key); !ok {
			return ErrNoKey
		}
	}
	return open(ctx, key, h, id, dst, src)
}
