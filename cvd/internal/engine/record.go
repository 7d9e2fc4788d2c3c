package engine

import (
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// encodeBody returns the body of a record and the new tip.
func encodeBody(prev storage.Hash, e *caselog.Envelope) ([]byte, storage.Hash) {
	w := caselog.Wire{Buf: make([]byte, 1, 160)}
	w.Buf[0] = caselog.RecordFormat
	e.Wire(&w)
	body := append(w.Buf, e.Payload...)
	tip := caselog.Link(prev, body)
	return append(body, tip[:]...), tip
}
