package engine

import (
	"fmt"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/google/uuid"
)

// Random fills b from Config.Rand, the only source of randomness.
func (s *Engine) Random(b []byte) error {
	if _, err := io.ReadFull(s.Cfg.Rand, b); err != nil {
		return fmt.Errorf("cvd: reading random bytes: %w", err)
	}
	return nil
}

// newUUID returns a random UUID, of version 4.
func (s *Engine) newUUID() (id uuid.UUID, err error) {
	err = s.Random(id[:])
	return versioned(id, 4), err
}

// NewCaseID returns an ID that ascends with Config.Now: 48 bits of milliseconds,
// 74 random bits.
func (s *Engine) NewCaseID() (cvd.CaseID, error) {
	var id uuid.UUID
	if err := s.Random(id[:]); err != nil {
		return cvd.CaseID{}, err
	}
	t := uint64(storage.MillisOf(s.Cfg.Now()))
	for i := range 6 {
		id[i] = byte(t >> (40 - 8*i))
	}
	return cvd.CaseID(versioned(id, 7)), nil
}

// derivedID makes one command of what several processes do for one reason: a UUID
// of version 8 from a digest of that reason.
func derivedID(format string, args ...any) cvd.CommandID {
	d := caselog.Digest(fmt.Appendf(nil, format, args...))
	return cvd.CommandID(versioned(uuid.UUID(d[:16]), 8))
}

// versioned sets the version and variant bits (RFC 9562, section 4).
func versioned(id uuid.UUID, version byte) uuid.UUID {
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}
