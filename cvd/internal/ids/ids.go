// Package ids reads the text and column forms of UUIDs, with one error for all.
package ids

import (
	"errors"

	"github.com/google/uuid"
)

var errText = errors.New("cvd: an ID is a UUID, for example 0199c1f0-5b00-7000-8000-0123456789ab")

// Unmarshal reads a UUID in any of the forms that package uuid takes.
func Unmarshal(id *uuid.UUID, text []byte) error {
	u, err := uuid.ParseBytes(text)
	if err != nil {
		return errText // without what was there instead, which may be anything
	}
	*id = u
	return nil
}

// Scan reads a UUID from a column: text, or 16 bytes.
func Scan(id *uuid.UUID, src any) error {
	if id.Scan(src) != nil {
		return errText
	}
	return nil
}
