package cvd

import (
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// CaseID names a case for ever: a UUID of version 7 (RFC 9562), so IDs ascend with
// the time of their creation, at a resolution of milliseconds. Its text form, in
// JSON and databases too, is that of a UUID.
type CaseID uuid.UUID

// BlobID names a blob: a random UUID. Its text form is that of a UUID.
type BlobID uuid.UUID

// CommandID makes a repeated command harmless: a UUID that is used once, for
// example by uuid.New. Its text form is that of a UUID.
type CommandID uuid.UUID

// ParseCaseID reads a UUID in any of the forms that package uuid takes.
func ParseCaseID(s string) (id CaseID, err error) {
	return id, id.UnmarshalText([]byte(s))
}

var errUUID = errors.New("cvd: an ID is a UUID, for example 0199c1f0-5b00-7000-8000-0123456789ab")

func unmarshalUUID(id *uuid.UUID, text []byte) error {
	u, err := uuid.ParseBytes(text)
	if err != nil {
		return errUUID // without what was there instead, which may be anything
	}
	*id = u
	return nil
}

func scanUUID(id *uuid.UUID, src any) error {
	if id.Scan(src) != nil {
		return errUUID
	}
	return nil
}

// String returns the UUID in its usual form, which MarshalText and UnmarshalText write and
// read. Scan and Value keep it in a column: as text, or as 16 bytes.
func (id CaseID) String() string                   { return uuid.UUID(id).String() }
func (id CaseID) MarshalText() ([]byte, error)     { return uuid.UUID(id).MarshalText() }
func (id *CaseID) UnmarshalText(text []byte) error { return unmarshalUUID((*uuid.UUID)(id), text) }
func (id *CaseID) Scan(src any) error              { return scanUUID((*uuid.UUID)(id), src) }
func (id CaseID) Value() (driver.Value, error)     { return uuid.UUID(id).Value() }

// String returns the UUID in its usual form, which MarshalText and UnmarshalText write and
// read. Scan and Value keep it in a column: as text, or as 16 bytes.
func (id BlobID) String() string                   { return uuid.UUID(id).String() }
func (id BlobID) MarshalText() ([]byte, error)     { return uuid.UUID(id).MarshalText() }
func (id *BlobID) UnmarshalText(text []byte) error { return unmarshalUUID((*uuid.UUID)(id), text) }
func (id *BlobID) Scan(src any) error              { return scanUUID((*uuid.UUID)(id), src) }
func (id BlobID) Value() (driver.Value, error)     { return uuid.UUID(id).Value() }

// String returns the UUID in its usual form, which MarshalText and UnmarshalText write and
// read. Scan and Value keep it in a column: as text, or as 16 bytes.
func (id CommandID) String() string                   { return uuid.UUID(id).String() }
func (id CommandID) MarshalText() ([]byte, error)     { return uuid.UUID(id).MarshalText() }
func (id *CommandID) UnmarshalText(text []byte) error { return unmarshalUUID((*uuid.UUID)(id), text) }
func (id *CommandID) Scan(src any) error              { return scanUUID((*uuid.UUID)(id), src) }
func (id CommandID) Value() (driver.Value, error)     { return uuid.UUID(id).Value() }

// The text form of digests is hexadecimal.

// String returns lower-case hexadecimal digits, which MarshalText and UnmarshalText write
// and read.
func (h Hash) String() string                   { return hex.EncodeToString(h[:]) }
func (h Hash) MarshalText() ([]byte, error)     { return []byte(h.String()), nil }
func (h *Hash) UnmarshalText(text []byte) error { return unmarshalHex(h[:], text) }

// String returns lower-case hexadecimal digits, which MarshalText and UnmarshalText write
// and read.
func (k Key) String() string                   { return hex.EncodeToString(k[:]) }
func (k Key) MarshalText() ([]byte, error)     { return []byte(k.String()), nil }
func (k *Key) UnmarshalText(text []byte) error { return unmarshalHex(k[:], text) }

// String returns lower-case hexadecimal digits, which MarshalText and UnmarshalText write
// and read.
func (l LaneID) String() string                   { return hex.EncodeToString(l[:]) }
func (l LaneID) MarshalText() ([]byte, error)     { return []byte(l.String()), nil }
func (l *LaneID) UnmarshalText(text []byte) error { return unmarshalHex(l[:], text) }

func unmarshalHex(dst, text []byte) error {
	b := make([]byte, len(dst))
	if n, err := hex.Decode(b, text[:min(len(text), 2*len(dst))]); err != nil || n != len(dst) || len(text) != 2*len(dst) {
		return fmt.Errorf("cvd: a value of %d hexadecimal digits is expected", 2*len(dst))
	}
	copy(dst, b)
	return nil
}

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
	t := uint64(MillisOf(s.cfg.Now()))
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

// MillisOf returns the instant of t, rounded down; the zero time is 0.
func MillisOf(t time.Time) Millis {
	if t.IsZero() {
		return 0
	}
	return Millis(t.UnixMilli())
}

// Time returns the instant in UTC; 0 is the zero time.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}
