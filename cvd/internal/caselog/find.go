package caselog

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// OneText reads one record: the title of a case, or the name of an actor. Lists keep
// no copy, so that an erasure reaches them too.
func (s *Book) OneText(ctx context.Context, id cvd.CaseID, seq cvd.Seq, hash storage.Hash) (cvd.Private, error) {
	if seq == 0 {
		return "", nil
	}
	rs, err := s.Cfg.Store.Load(ctx, id, seq-1, 1, true)
	if err != nil || len(rs) == 0 || len(rs[0].Private) == 0 {
		return "", err
	}
	if Digest(rs[0].Private) != hash {
		return "", fmt.Errorf("case %s: %w", id, Tampered(seq, "its private part was altered"))
	}
	c := NewCase(id)
	t := &CaseTitled{} // the names of actors have the same form
	e := Envelope{Seq: rs[0].Seq}
	if err := s.decodePrivate(ctx, c, t, &e, &rs[0]); err != nil {
		return "", err
	}
	return t.Title, nil
}
