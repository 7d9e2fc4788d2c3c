package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestState checks a storage.State. open returns an empty one for each rule.
//
// Its rules:
//   - state/bytes: Values are stored exactly.
//   - state/absent: A key that is not there has version 0, no value, and is no error.
//   - state/replace: Put replaces the value if its version is still the one given.
//   - state/guard: Put with another version returns ErrConflict and changes nothing.
//   - state/versions: The new version is higher than every version that the key had before, also if it was removed in between.
//   - state/remove: A nil value removes the key, and next is 0; an empty one does not.
//   - state/list: List returns at most n keys that begin with prefix and come after after, in ascending order of their bytes.
//   - state/check: What CheckState refuses is ErrInvalid and changes nothing.
//   - state/own-memory: What a caller gave or got is never shared with others.
//   - state/race: Of several callers with one version one succeeds.
//   - state/race-keys: Every call is safe for concurrent use: callers with keys of their own do not disturb each other.
//   - state/context: Every call honours its context: one that has ended before is returned as error.
func TestState(t *testing.T, open func(t *testing.T) storage.State) {
	t.Helper()
	runAll(t, stateRules, open)
}

const (
	inState      = "storage.State"
	inCheckState = "storage.CheckState"
	stateKey     = "owner/key"
)

// set replaces a value under the version that it has.
func (c *check) set(s storage.State, key string, value []byte) int64 {
	c.Helper()
	_, version, err := s.Get(c.Context(), key)
	c.ok(err, "Get")
	next, err := s.Put(c.Context(), key, version, value)
	c.ok(err, "Put of %d bytes at version %d", len(value), version)
	return next
}

// holds ends the rule unless the key has this value and version.
func (c *check) holds(s storage.State, key string, value []byte, version int64) {
	c.Helper()
	got, v, err := s.Get(c.Context(), key)
	c.ok(err, "Get")
	if !bytes.Equal(got, value) || (got == nil) != (value == nil) {
		c.failf("%d bytes %s (nil: %t) came back as %d bytes %s (nil: %t)", len(value), quote(value), value == nil, len(got), quote(got), got == nil)
	}
	c.equal(v, version, "version of %s", shorten(key))
}

func (c *check) keys(s storage.State, prefix, after string, n int, want ...string) {
	c.Helper()
	got, err := s.List(c.Context(), prefix, after, n)
	c.ok(err, "List")
	c.equal(len(got), len(want), "keys with prefix %q after %q, at most %d", prefix, after, n)
	c.equal(got, append([]string{}, want...), "keys with prefix %q after %q, at most %d", prefix, after, n)
}

// conflicts ends the rule if a Put under this version does anything.
func (c *check) conflicts(s storage.State, version int64, value []byte, what string) {
	c.Helper()
	before, v, err := s.Get(c.Context(), stateKey)
	c.ok(err, "Get")
	if _, err := s.Put(c.Context(), stateKey, version, value); !errors.Is(err, storage.ErrConflict) {
		c.failf("Put with %s returned %v instead of ErrConflict", what, err)
	}
	c.holds(s, stateKey, before, v)
}

var stateRules = []rule[storage.State]{
	{"state/bytes", "Values are stored exactly.", inState, func(c *check, s storage.State) {
		values := [][]byte{{}, bytes.Repeat([]byte("0123456789abcdef"), 4096)}
		for _, b := range awkward {
			if len(b) <= 64<<10 {
				values = append(values, b)
			}
		}
		for i, b := range values {
			key := fmt.Sprintf("owner/%d", i)
			c.holds(s, key, b, c.set(s, key, b))
		}
	}},
	{"state/absent", "A key that is not there has version 0, no value, and is no error.", inState, func(c *check, s storage.State) {
		c.holds(s, stateKey, nil, 0)
		c.set(s, "owner/key2", []byte("other"))
		c.set(s, "OWNER/KEY", []byte("other"))
		c.holds(s, stateKey, nil, 0)
	}},
	{"state/replace", "Put replaces the value if its version is still the one given.", inState, func(c *check, s storage.State) {
		c.set(s, stateKey, []byte("first"))
		other := c.set(s, "owner/other", []byte("other"))
		c.holds(s, stateKey, []byte("second"), c.set(s, stateKey, []byte("second")))
		c.holds(s, "owner/other", []byte("other"), other)
	}},
	{"state/guard", "Put with another version returns ErrConflict and changes nothing.", inState, func(c *check, s storage.State) {
		c.conflicts(s, 1, []byte("new"), "a version of a key that is not there")
		c.conflicts(s, 1, nil, "a version of a key that is not there, to remove it")
		old := c.set(s, stateKey, []byte("first"))
		c.conflicts(s, 0, []byte("new"), "version 0 of a key that is there")
		c.conflicts(s, 0, nil, "version 0 of a key that is there, to remove it")
		c.set(s, stateKey, []byte("first")) // the same value is a new version
		c.conflicts(s, old, []byte("new"), "an old version")
		c.conflicts(s, old, nil, "an old version, to remove the key")
		c.set(s, stateKey, nil)
		c.conflicts(s, old, []byte("new"), "a version of a key that was removed")
		c.set(s, stateKey, []byte("again"))
		c.conflicts(s, old, []byte("new"), "a version from before the key was removed")
	}},
	{"state/versions", "The new version is higher than every version that the key had before, also if it was removed in between.", inState, func(c *check, s storage.State) {
		last := int64(0)
		for i := range 6 {
			next := c.set(s, stateKey, fmt.Append(nil, i))
			if next <= last {
				c.failf("version %d follows %d", next, last)
			}
			last = next
			if i%2 == 1 {
				c.set(s, stateKey, nil)
			}
		}
	}},
	{"state/remove", "A nil value removes the key, and next is 0; an empty one does not.", inState, func(c *check, s storage.State) {
		c.equal(c.set(s, stateKey, nil), 0, "version after removing what is not there")
		c.holds(s, stateKey, []byte{}, c.set(s, stateKey, []byte{}))
		c.keys(s, "", "", 10, stateKey)
		c.equal(c.set(s, stateKey, nil), 0, "version after removing")
		c.holds(s, stateKey, nil, 0)
		c.keys(s, "", "", 10)
	}},
	{"state/list", "List returns at most n keys that begin with prefix and come after after, in ascending order of their bytes.", inState, func(c *check, s storage.State) {
		all := []string{"A/1", "a%/x", "a/", "a/1", "a/10", "a/2", "a/B", "a/b", "a_/x", "ab/1", "a~/x", "b/~"}
		for _, i := range []int{5, 2, 9, 0, 11, 7, 3, 10, 1, 8, 4, 6} {
			c.set(s, all[i], []byte("v"))
		}
		c.keys(s, "", "", 100, all...)
		c.keys(s, "a/", "", 100, all[2:8]...)
		c.keys(s, "a", "", 100, all[1:11]...)
		c.keys(s, "a_", "", 100, "a_/x")
		c.keys(s, "a%", "", 100, "a%/x")
		c.keys(s, "a/1", "", 100, "a/1", "a/10")
		c.keys(s, "a/", "a/1", 2, "a/10", "a/2")
		c.keys(s, "a/", "a/11", 2, "a/2", "a/B")
		c.keys(s, "a/", "A/1", 1, "a/")
		c.keys(s, "a/", "a/", 1, "a/1")
		c.keys(s, "a/", "b", 100)
		c.keys(s, "b/~", "", 100, "b/~")
		c.keys(s, "c", "", 100)
		c.keys(s, "", "", 0)
	}},
	{"state/check", "What CheckState refuses is ErrInvalid and changes nothing.", inCheckState, func(c *check, s storage.State) {
		long := "owner/" + strings.Repeat("k", 194)
		c.holds(s, long, []byte("v"), c.set(s, long, []byte("v")))
		c.set(s, stateKey, []byte("v"))
		for _, key := range []string{"", "key", "/key", "owner/a key", "owner/\x00", "owner/\u00fc", "owner/\n", long + "k"} {
			if _, err := s.Put(c.Context(), key, 0, []byte("v")); !errors.Is(err, storage.ErrInvalid) {
				c.failf("Put under the key %q returned %v", shorten(key), err)
			}
		}
		_, version, err := s.Get(c.Context(), stateKey)
		c.ok(err, "Get")
		if _, err := s.Put(c.Context(), stateKey, version, make([]byte, 64<<10+1)); !errors.Is(err, storage.ErrInvalid) {
			c.failf("Put of more than 64 KiB returned %v", err)
		}
		c.holds(s, stateKey, []byte("v"), version)
		c.keys(s, "", "", 10, stateKey, long)
	}},
	{"state/own-memory", "What a caller gave or got is never shared with others.", inState, func(c *check, s storage.State) {
		value := []byte("value")
		version := c.set(s, stateKey, value)
		value[0] = 'X'
		c.holds(s, stateKey, []byte("value"), version)
		got, _, err := s.Get(c.Context(), stateKey)
		c.ok(err, "Get")
		got[0] = 'X'
		c.holds(s, stateKey, []byte("value"), version)
	}},
	{"state/race", "Of several callers with one version one succeeds.", inState, func(c *check, s storage.State) {
		for round := range rounds {
			_, version, err := s.Get(c.Context(), stateKey)
			c.ok(err, "Get")
			winner, next := -1, make([]int64, racers)
			for i, err := range race(func(i int) (err error) {
				next[i], err = s.Put(c.Context(), stateKey, version, []byte{byte(i)})
				return err
			}) {
				switch {
				case err == nil && winner >= 0:
					c.failf("in round %d two of %d callers succeeded", round, racers)
				case err == nil:
					winner = i
				case !errors.Is(err, storage.ErrConflict):
					c.failf("one of %d callers at the same time failed with %v", racers, err)
				}
			}
			if winner < 0 {
				c.failf("in round %d none of %d callers succeeded", round, racers)
			}
			c.holds(s, stateKey, []byte{byte(winner)}, next[winner])
		}
	}},
	{"state/race-keys", "Every call is safe for concurrent use: callers with keys of their own do not disturb each other.", inState, func(c *check, s storage.State) {
		for i, err := range race(func(i int) error {
			key, version := fmt.Sprintf("owner/%d", i), int64(0)
			for n := range rounds {
				next, err := s.Put(c.Context(), key, version, []byte{byte(n)})
				if err != nil {
					return err
				}
				version = next
			}
			return nil
		}) {
			c.ok(err, "caller %d of several", i)
		}
		list, err := s.List(c.Context(), "owner/", "", 100)
		c.ok(err, "List")
		c.equal(len(list), racers, "keys")
	}},
	{"state/context", "Every call honours its context: one that has ended before is returned as error.", inState, func(c *check, s storage.State) {
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		_, _, getErr := s.Get(ctx, stateKey)
		_, putErr := s.Put(ctx, stateKey, 0, []byte("v"))
		_, listErr := s.List(ctx, "", "", 1)
		for call, err := range map[string]error{"Get": getErr, "Put": putErr, "List": listErr} {
			if !errors.Is(err, context.Canceled) {
				c.failf("%s returned %v", call, err)
			}
		}
		c.holds(s, stateKey, nil, 0)
	}},
}
