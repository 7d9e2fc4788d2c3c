package cvd

import (
	"database/sql/driver"

	"github.com/cvdkit/cvdkit/cvd/internal/ids"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/google/uuid"
)

// CaseID names a case for ever: a UUID of version 7 (RFC 9562), so IDs ascend with
// the time of their creation. Its text form, in JSON and databases too, is that of
// a UUID.
type CaseID = storage.CaseID

// Seq numbers the records of a case, from 1 without gaps; the newest is the version
// of the case.
type Seq = storage.Seq

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
