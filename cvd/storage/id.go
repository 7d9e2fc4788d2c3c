package storage

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cvdkit/cvdkit/cvd/internal/ids"
)

// CaseID names a case for ever: a UUID of version 7 (RFC 9562), so IDs ascend with
// the time of their creation, at a resolution of milliseconds. Its text form, in
// JSON and databases too, is that of a UUID.
type CaseID uuid.UUID

// BlobID names a blob: a random UUID. Its text form is that of a UUID.
type BlobID uuid.UUID

// Seq numbers the records of a case, from 1 without gaps.
type Seq int64

// Millis is an instant in milliseconds since 1970-01-01T00:00:00Z; 0 is none.
// Nanoseconds would end in 2262, and databases truncate them.
type Millis int64

// Hash is a SHA-256 digest.
type Hash [32]byte

// Key is a unique value that leads to its case: an HMAC of its kind and text,
// so that an index holds nothing personal.
type Key [32]byte

// Term is an exact-match index entry of a case, of at most 128 bytes. Terms
// hold nothing personal.
type Term string

// LaneID names a first-in-first-out queue of deliveries. A lane belongs to one
// case and one recipient.
type LaneID [16]byte

// String returns the UUID in its usual form, which MarshalText and UnmarshalText write and
// read. Scan and Value keep it in a column: as text, or as 16 bytes.
func (id CaseID) String() string                   { return uuid.UUID(id).String() }
func (id CaseID) MarshalText() ([]byte, error)     { return uuid.UUID(id).MarshalText() }
func (id *CaseID) UnmarshalText(text []byte) error { return ids.Unmarshal((*uuid.UUID)(id), text) }
func (id *CaseID) Scan(src any) error              { return ids.Scan((*uuid.UUID)(id), src) }
func (id CaseID) Value() (driver.Value, error)     { return uuid.UUID(id).Value() }

// String returns the UUID in its usual form, which MarshalText and UnmarshalText write and
// read. Scan and Value keep it in a column: as text, or as 16 bytes.
func (id BlobID) String() string                   { return uuid.UUID(id).String() }
func (id BlobID) MarshalText() ([]byte, error)     { return uuid.UUID(id).MarshalText() }
func (id *BlobID) UnmarshalText(text []byte) error { return ids.Unmarshal((*uuid.UUID)(id), text) }
func (id *BlobID) Scan(src any) error              { return ids.Scan((*uuid.UUID)(id), src) }
func (id BlobID) Value() (driver.Value, error)     { return uuid.UUID(id).Value() }

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

// ParseCaseID reads a UUID in any of the forms that package uuid takes.
func ParseCaseID(s string) (id CaseID, err error) {
	return id, id.UnmarshalText([]byte(s))
}
