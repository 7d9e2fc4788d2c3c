package cvd

import (
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/cvdkit/cvdkit/cvd/internal/ids"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// CaseID names a case for ever: a UUID of version 7 (RFC 9562), so IDs ascend with
// the time of their creation. Its text form, in JSON and databases too, is that of
// a UUID.
type CaseID = storage.CaseID

// Seq numbers the records of a case, from 1 without gaps; the newest is the version
// of the case.
type Seq = storage.Seq

// ParseCaseID reads a UUID in any of the forms that package uuid takes.
func ParseCaseID(s string) (id CaseID, err error) {
	return id, id.UnmarshalText([]byte(s))
}

// CommandID makes a repeated command harmless: a UUID that is used once, for
// example by uuid.New. Its text form is that of a UUID.
type CommandID uuid.UUID

// String returns the UUID in its usual form, which MarshalText and UnmarshalText write and
// read. Scan and Value keep it in a column: as text, or as 16 bytes.
func (id CommandID) String() string                   { return uuid.UUID(id).String() }
func (id CommandID) MarshalText() ([]byte, error)     { return uuid.UUID(id).MarshalText() }
func (id *CommandID) UnmarshalText(text []byte) error { return ids.Unmarshal((*uuid.UUID)(id), text) }
func (id *CommandID) Scan(src any) error              { return ids.Scan((*uuid.UUID)(id), src) }
func (id CommandID) Value() (driver.Value, error)     { return uuid.UUID(id).Value() }

// random fills b from Config.Rand, the only source of randomness.
func (s *Service) random(b []byte) error {
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		return fmt.Errorf("cvd: reading random bytes: %w", err)
	}
	return nil
}

// newUUID returns a random UUID, of version 4.
func (s *Service) newUUID() (id uuid.UUID, err error) {
	err = s.random(id[:])
	return versioned(id, 4), err
}

// newCaseID returns an ID that ascends with Config.Now: 48 bits of milliseconds,
// 74 random bits.
func (s *Service) newCaseID() (CaseID, error) {
	var id uuid.UUID
	if err := s.random(id[:]); err != nil {
		return CaseID{}, err
	}
	t := uint64(storage.MillisOf(s.cfg.Now()))
	for i := range 6 {
		id[i] = byte(t >> (40 - 8*i))
	}
	return CaseID(versioned(id, 7)), nil
}

// derivedID makes one command of what several processes do for one reason: a UUID
// of version 8 from a digest of that reason.
func derivedID(format string, args ...any) CommandID {
	d := digest(fmt.Appendf(nil, format, args...))
	return CommandID(versioned(uuid.UUID(d[:16]), 8))
}

// versioned sets the version and variant bits (RFC 9562, section 4).
func versioned(id uuid.UUID, version byte) uuid.UUID {
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}
