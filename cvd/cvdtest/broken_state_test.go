package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestMemstoreState(t *testing.T) {
	TestState(t, func(*testing.T) storage.State { return memstore.NewState() })
}

// fakeState is a State of which single methods are replaced.
type fakeState struct {
	get  func(context.Context, string) ([]byte, int64, error)
	put  func(context.Context, string, int64, []byte) (int64, error)
	list func(context.Context, string, string, int) ([]string, error)
}

func (f *fakeState) Get(ctx context.Context, key string) ([]byte, int64, error) {
	return f.get(ctx, key)
}
func (f *fakeState) Put(ctx context.Context, key string, version int64, value []byte) (int64, error) {
	return f.put(ctx, key, version, value)
}
func (f *fakeState) List(ctx context.Context, prefix, after string, n int) ([]string, error) {
	return f.list(ctx, prefix, after, n)
}

func faultyState(spoil func(f *fakeState, s storage.State)) func() storage.State {
	return func() storage.State {
		s := memstore.NewState()
		f := &fakeState{s.Get, s.Put, s.List}
		spoil(f, s)
		return f
	}
}

// savedAs changes values on their way in.
func savedAs(edit func(v []byte) []byte) func() storage.State {
	return faultyState(func(f *fakeState, s storage.State) {
		f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
			return s.Put(ctx, key, version, edit(v))
		}
	})
}

// listedAs changes what List returns.
func listedAs(edit func(keys []string) []string) func() storage.State {
	return faultyState(func(f *fakeState, s storage.State) {
		f.list = func(ctx context.Context, prefix, after string, n int) ([]string, error) {
			keys, err := s.List(ctx, prefix, after, n)
			return edit(keys), err
		}
	})
}

// passing replaces whatever is there when the version given passes a test.
func passing(passes func(version, is int64, v []byte) bool) func() storage.State {
	return faultyState(func(f *fakeState, s storage.State) {
		f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
			_, is, err := s.Get(ctx, key)
			if err == nil && passes(version, is, v) {
				version = is
			}
			return s.Put(ctx, key, version, v)
		}
	})
}

// counted numbers versions in each key, from 1 again after it was removed.
func counted() func() storage.State {
	return faultyState(func(f *fakeState, s storage.State) {
		type pair struct{ ours, theirs int64 }
		versions := map[string]pair{}
		var mu sync.Mutex
		f.get = func(ctx context.Context, key string) ([]byte, int64, error) {
			mu.Lock()
			defer mu.Unlock()
			v, _, err := s.Get(ctx, key)
			return v, versions[key].ours, err
		}
		f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
			mu.Lock()
			defer mu.Unlock()
			p := versions[key]
			if version == p.ours {
				version = p.theirs
			} else {
				version = -1
			}
			next, err := s.Put(ctx, key, version, v)
			if err != nil {
				return 0, err
			}
			if versions[key] = (pair{p.ours + 1, next}); next == 0 {
				delete(versions, key)
			}
			return versions[key].ours, nil
		}
	})
}

// unlocked reads, waits and writes.
func unlocked() func() storage.State {
	return faultyState(func(f *fakeState, s storage.State) {
		f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
			if _, is, err := s.Get(ctx, key); err != nil || is != version {
				return 0, errors.Join(err, storage.ErrConflict)
			}
			time.Sleep(time.Millisecond)
			for {
				_, is, _ := s.Get(ctx, key)
				if next, err := s.Put(ctx, key, is, v); !errors.Is(err, storage.ErrConflict) {
					return next, err
				}
			}
		}
	})
}

// busy fails where another caller is at work.
func busy(fail error) func() storage.State {
	return faultyState(func(f *fakeState, s storage.State) {
		var mu sync.Mutex
		f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
			if !mu.TryLock() {
				return 0, fail
			}
			defer mu.Unlock()
			time.Sleep(time.Millisecond)
			return s.Put(ctx, key, version, v)
		}
	})
}

func TestStateRulesCanFail(t *testing.T) {
	testBroken(t, stateRules, []broken[storage.State]{
		{"a value ends at a zero byte", savedAs(func(v []byte) []byte { return v[:max(0, bytes.IndexByte(append(v, 0), 0)):len(v)] }), []string{"state/bytes"}},
		{"a value is trimmed", savedAs(bytes.TrimSpace), []string{"state/bytes"}},
		{"an empty value is none", savedAs(func(v []byte) []byte {
			if len(v) == 0 {
				return nil
			}
			return v
		}), []string{"state/bytes", "state/remove"}},
		{"none is an empty value", savedAs(func(v []byte) []byte { return append([]byte{}, v...) }), []string{"state/remove"}},
		{"a key that is not there is an error", faultyState(func(f *fakeState, s storage.State) {
			f.get = func(ctx context.Context, key string) ([]byte, int64, error) {
				v, version, err := s.Get(ctx, key)
				if err == nil && version == 0 {
					err = storage.ErrNotFound
				}
				return v, version, err
			}
		}), []string{"state/absent"}},
		{"keys ignore case", faultyState(func(f *fakeState, s storage.State) {
			f.get = func(ctx context.Context, key string) ([]byte, int64, error) { return s.Get(ctx, strings.ToLower(key)) }
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				return s.Put(ctx, strings.ToLower(key), version, v)
			}
		}), []string{"state/absent", "state/list"}},
		{"the first value stays", faultyState(func(f *fakeState, s storage.State) {
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				if old, is, _ := s.Get(ctx, key); is != 0 && is == version && v != nil {
					v = old
				}
				return s.Put(ctx, key, version, v)
			}
		}), []string{"state/replace"}},
		{"all keys are one", faultyState(func(f *fakeState, s storage.State) {
			f.get = func(ctx context.Context, key string) ([]byte, int64, error) { return s.Get(ctx, stateKey) }
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				return s.Put(ctx, stateKey, version, v)
			}
		}), []string{"state/replace", "state/race-keys"}},
		{"no version is compared", passing(func(int64, int64, []byte) bool { return true }), []string{"state/guard", "state/race"}},
		{"version 0 replaces", passing(func(version, _ int64, _ []byte) bool { return version == 0 }), []string{"state/guard"}},
		{"a removal compares no version", passing(func(_, _ int64, v []byte) bool { return v == nil }), []string{"state/guard"}},
		{"an old version passes", passing(func(version, is int64, _ []byte) bool { return version > 0 && version < is }), []string{"state/guard"}},
		{"any version passes where nothing is", passing(func(_, is int64, _ []byte) bool { return is == 0 }), []string{"state/guard"}},
		{"the same value is no new version", faultyState(func(f *fakeState, s storage.State) {
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				if old, is, _ := s.Get(ctx, key); is != 0 && bytes.Equal(old, v) {
					return is, nil
				}
				return s.Put(ctx, key, version, v)
			}
		}), []string{"state/guard"}},
		{"versions begin again after a removal", counted(), []string{"state/versions", "state/guard"}},
		{"a removal has a version", faultyState(func(f *fakeState, s storage.State) {
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				next, err := s.Put(ctx, key, version, v)
				return max(next, 1), err
			}
		}), []string{"state/remove"}},
		{"a removed key is listed", faultyState(func(f *fakeState, s storage.State) {
			var mu sync.Mutex
			var all []string
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, key)
				return s.Put(ctx, key, version, v)
			}
			f.list = func(context.Context, string, string, int) ([]string, error) {
				mu.Lock()
				defer mu.Unlock()
				return slices.Compact(slices.Clone(all)), nil
			}
		}), []string{"state/remove", "state/list"}},
		{"List is in no order", listedAs(func(k []string) []string { slices.Reverse(k); return k }), []string{"state/list"}},
		{"List is in an order of letters", listedAs(func(k []string) []string {
			slices.SortFunc(k, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
			return k
		}), []string{"state/list"}},
		{"List takes a prefix for a pattern", faultyState(func(f *fakeState, s storage.State) {
			f.list = func(ctx context.Context, prefix, after string, n int) (out []string, err error) {
				all, err := s.List(ctx, "", after, 1000)
				for _, key := range all {
					if len(key) >= len(prefix) && (strings.HasPrefix(key, prefix) || prefix == "a_" && key[0] == 'a') && len(out) < n {
						out = append(out, key)
					}
				}
				return out, err
			}
		}), []string{"state/list"}},
		{"List includes after", faultyState(func(f *fakeState, s storage.State) {
			f.list = func(ctx context.Context, prefix, after string, n int) ([]string, error) {
				if after != "" {
					after = after[:len(after)-1]
				}
				return s.List(ctx, prefix, after, n)
			}
		}), []string{"state/list"}},
		{"List ignores n", faultyState(func(f *fakeState, s storage.State) {
			f.list = func(ctx context.Context, prefix, after string, _ int) ([]string, error) {
				return s.List(ctx, prefix, after, 1000)
			}
		}), []string{"state/list"}},
		{"keys are shortened", faultyState(func(f *fakeState, s storage.State) {
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				return s.Put(ctx, key[:min(len(key), 200)], version, v)
			}
		}), []string{"state/check"}},
		{"blanks are removed from keys", faultyState(func(f *fakeState, s storage.State) {
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				return s.Put(ctx, strings.ReplaceAll(key, " ", ""), version, v)
			}
		}), []string{"state/check"}},
		{"values are shortened", savedAs(func(v []byte) []byte { return v[:min(len(v), 64<<10)] }), []string{"state/check"}},
		{"Get returns what it holds", faultyState(func(f *fakeState, s storage.State) {
			held := sync.Map{}
			f.get = func(ctx context.Context, key string) ([]byte, int64, error) {
				v, version, err := s.Get(ctx, key)
				first, _ := held.LoadOrStore(version, v)
				b, _ := first.([]byte)
				return b, version, err
			}
		}), []string{"state/own-memory"}},
		{"Put keeps what it was given", faultyState(func(f *fakeState, s storage.State) {
			held := sync.Map{}
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				next, err := s.Put(ctx, key, version, v)
				held.Store(next, v)
				return next, err
			}
			f.get = func(ctx context.Context, key string) ([]byte, int64, error) {
				_, version, err := s.Get(ctx, key)
				v, _ := held.Load(version)
				b, _ := v.([]byte)
				return bytes.Clone(b), version, err
			}
		}), []string{"state/own-memory"}},
		{"versions are read, then written", unlocked(), []string{"state/race"}},
		{"a busy database is an error", busy(errors.New("database is locked")), []string{"state/race", "state/race-keys"}},
		{"a busy database is a conflict", busy(storage.ErrConflict), []string{"state/race-keys"}},
		{"contexts are not looked at", faultyState(func(f *fakeState, s storage.State) {
			f.put = func(ctx context.Context, key string, version int64, v []byte) (int64, error) {
				return s.Put(context.WithoutCancel(ctx), key, version, v)
			}
		}), []string{"state/context"}},
	})
}
