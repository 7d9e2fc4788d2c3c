package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/cvdkit/cvdkit/cvd"
)

// What a person has read is theirs, and no part of the case: State keeps the version
// that they marked last. Lost, everything is new to them.

func (q *request) seenKey(id cvd.CaseID) string {
	h := sha256.Sum256([]byte(q.who.Name))
	return "desk/seen/" + hex.EncodeToString(h[:12]) + "/" + id.String()
}

func (q *request) seen(id cvd.CaseID) cvd.Seq {
	b, _, err := q.cfg.State.Get(q.ctx, q.seenKey(id))
	n, err2 := strconv.ParseInt(string(b), 10, 64)
	if err != nil || err2 != nil {
		return 0
	}
	return cvd.Seq(n)
}

// see marks everything up to a version as read by who makes the request.
func (q *request) see(id cvd.CaseID, upto cvd.Seq) error {
	for range 3 {
		b, version, err := q.cfg.State.Get(q.ctx, q.seenKey(id))
		if err != nil {
			return err
		}
		if n, _ := strconv.ParseInt(string(b), 10, 64); cvd.Seq(n) >= upto {
			return nil
		}
		_, err = q.cfg.State.Put(q.ctx, q.seenKey(id), version, strconv.AppendInt(nil, int64(upto), 10))
		if !errors.Is(err, cvd.ErrConflict) {
			return err
		}
	}
	return nil // somebody with this name reads in several windows: one of them was first
}
