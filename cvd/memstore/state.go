package memstore

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// State is a storage.State in memory. It is safe for concurrent use.
type State struct {
	mu     sync.Mutex
	values map[string]value
	keys   sorted[string]
	last   int64 // of all versions: a key that was removed does not start again
}

type value struct {
	data    []byte
	version int64
}

var _ storage.State = (*State)(nil)

// NewState returns an empty State.
func NewState() *State {
	return &State{values: map[string]value{}, keys: sorted[string]{cmp: strings.Compare}}
}

// Get implements storage.State.
func (s *State) Get(ctx context.Context, key string) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.values[key]
	return bytes.Clone(v.data), v.version, nil
}

// Put implements storage.State.
func (s *State) Put(ctx context.Context, key string, version int64, data []byte) (int64, error) {
	if err := storage.CheckState(key, data); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values[key].version != version {
		return 0, storage.ErrConflict
	}
	if data == nil {
		delete(s.values, key)
		s.keys.remove(key)
		return 0, nil
	}
	s.last++
	s.values[key] = value{bytes.Clone(data), s.last}
	s.keys.add(key)
	return s.last, nil
}

// List implements storage.State.
func (s *State) List(ctx context.Context, prefix, after string, n int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := s.keys.find(max(prefix, after))
	if found && after >= prefix {
		i++
	}
	var out []string
	for _, key := range s.keys.items[i:] {
		if len(out) >= n || !strings.HasPrefix(key, prefix) {
			break
		}
		out = append(out, key)
	}
	return out, nil
}
