package cvd

import (
	"encoding/hex"
	"fmt"
	"time"
)

// String returns the ID as 32 hexadecimal digits.
func (id CaseID) String() string { return hex.EncodeToString(id[:]) }

// String returns the ID as 32 hexadecimal digits.
func (id BlobID) String() string { return hex.EncodeToString(id[:]) }

// String returns the hash as 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseCaseID reads what CaseID.String wrote.
func ParseCaseID(s string) (id CaseID, err error) {
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("cvd: a case ID has %d hexadecimal digits, not %d characters", 2*len(id), len(s))
	}
	if _, err = hex.Decode(id[:], []byte(s)); err != nil {
		return CaseID{}, fmt.Errorf("cvd: a case ID has only hexadecimal digits")
	}
	return id, nil
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
