package gocloudblob

import "github.com/cvdkit/cvdkit/cvd/storage"

// Turn tells whether a listing after a blob goes on without a look at what is before it.
func (s *Store) Turn(after storage.BlobID) ([]byte, bool) {
	t := s.turn(after)
	return t, t != nil
}
