package pgpseal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// memState is a storage.State that can fail.
type memState struct {
	mu       sync.Mutex
	values   map[string][]byte
	versions map[string]int64
	calls    int
	failAt   int  // this call fails; 0: none
	after    bool // having been done
}

func newState() *memState {
	return &memState{values: map[string][]byte{}, versions: map[string]int64{}}
}

var errState = errors.New("the state is broken")

// step counts a call, and says whether it fails before or after it is done.
func (s *memState) step() (before, after error) {
	s.calls++
	if s.calls == s.failAt {
		if s.after {
			return nil, errState
		}
		return errState, nil
	}
	return nil, nil
}

func (s *memState) Get(ctx context.Context, key string) ([]byte, int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, b := s.step(); a != nil || b != nil {
		return nil, 0, errState
	}
	v, ok := s.values[key]
	if !ok {
		return nil, 0, nil
	}
	return slices.Clone(v), s.versions[key], nil
}

func (s *memState) Put(ctx context.Context, key string, version int64, value []byte) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before, after := s.step()
	if before != nil {
		return 0, before
	}
	is := s.versions[key]
	if _, ok := s.values[key]; !ok {
		is = 0
	}
	if is != version {
		return 0, storage.ErrConflict
	}
	s.versions[key]++
	if value == nil {
		delete(s.values, key)
	} else {
		s.values[key] = slices.Clone(value)
	}
	return s.versions[key], after
}

func (s *memState) List(ctx context.Context, prefix, after string, n int) (out []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, b := s.step(); a != nil || b != nil {
		return nil, errState
	}
	for k := range s.values {
		if strings.HasPrefix(k, prefix) && k > after {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out[:min(n, len(out))], nil
}
