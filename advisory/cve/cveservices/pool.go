package cveservices

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State keeps small values with compare-and-swap. It is the State of package cvd.
type State interface {
	// Get returns a value and its version; an absent one is nil and version 0.
	Get(ctx context.Context, key string) (value []byte, version int64, err error)
	// Put replaces the value if the version is still that, and returns the next. If it
	// is not, it must return an error and write nothing. A nil value removes the key.
	Put(ctx context.Context, key string, version int64, value []byte) (next int64, err error)
	// List returns at most n keys with a prefix, sorted, behind after.
	List(ctx context.Context, prefix, after string, n int) ([]string, error)
}

// A Pool keeps the reserved IDs of an organisation, so that none is forgotten: it
// notes that it will reserve before it does, and Recover takes in what the server
// has reserved and nobody remembers. Several processes may share one State.
//
// Each ID is a small value of its own, so a year may have as many as the quota allows.
// Losing the State loses which ID was meant for which vulnerability.
type Pool struct {
	Client *Client // of the CNA whose IDs they are; required
	State  State   // where the pool is kept; required
	// Batch is how many IDs are reserved when none is left; 0 stands for 1.
	Batch int
	// Sequential reserves them in sequence; see Reservation.
	Sequential bool
}

// A Place is an ID in the pool.
type Place struct {
	ID       string    `json:"id"`            // such as CVE-2026-1234
	State    string    `json:"state"`         // RESERVED, PUBLISHED or REJECTED
	For      string    `json:"for,omitempty"` // the host's name of the vulnerability; "" if it is free
	Reserved time.Time `json:"reserved"`      // when the server reserved it
	Assigned time.Time `json:"assigned"`      // when it got its For; zero if it is free
	Done     time.Time `json:"done"`          // published or rejected
}

// ErrContended means that other processes changed the pool all the time.
var ErrContended = errors.New("cveservices: the pool is changed by others all the time")

// Keys of the State. An ID that is free, or on its way to a vulnerability, has a
// marker, so that finding one does not look at all others.
func (p *Pool) key(kind string) string {
	return "cve/" + kind + "/" + url.PathEscape(p.Client.cfg.Org) + "/"
}
func (p *Pool) idKey(id string) string  { return p.key("id") + id }
func (p *Pool) freeKey(year int) string { return p.key("free") + strconv.Itoa(year) + "/" }
func (p *Pool) yearKey(year int) string { return p.key("year") + strconv.Itoa(year) }
func (p *Pool) forKey(y int, v string) string {
	h := sha256.Sum256([]byte(v))
	return p.key("for") + strconv.Itoa(y) + "/" + hex.EncodeToString(h[:16])
}

// yearState is the value of a year.
type yearState struct {
	// Reserving has a time for each reservation that is under way, or broke off.
	Reserving []time.Time `json:"reserving,omitempty"`
}

// given is the value of a vulnerability. It is written once and never changes.
type given struct {
	ID string `json:"id"`
}

// edit reads a value, lets f change it, and writes it if f says so.
func edit[T any](ctx context.Context, s State, key string, f func(*T) (write bool)) error {
	var last error
	for range 20 {
		value, version, err := s.Get(ctx, key)
		if err != nil {
			return err
		}
		var v T
		if len(value) > 0 {
			if err := json.Unmarshal(value, &v); err != nil {
				return fmt.Errorf("cveservices: the value of %s is damaged: %w", key, err)
			}
		}
		if !f(&v) {
			return nil
		}
		if value, err = json.Marshal(v); err != nil {
			return err
		}
		if _, last = s.Put(ctx, key, version, value); last == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrContended, last)
}

// Places returns the IDs of a year in the order in which they were reserved.
func (p *Pool) Places(ctx context.Context, year int) ([]Place, error) {
	var list []Place
	err := p.each(ctx, p.idKey(fmt.Sprintf("CVE-%d-", year)), func(key string) error {
		return edit(ctx, p.State, key, func(x *Place) bool {
			if x.For == unused {
				x.For = ""
			}
			if x.ID != "" {
				list = append(list, *x)
			}
			return false
		})
	})
	slices.SortFunc(list, func(a, b Place) int {
		return cmp.Or(a.Reserved.Compare(b.Reserved), len(a.ID)-len(b.ID), strings.Compare(a.ID, b.ID))
	})
	return list, err
}

// each calls f with each key with a prefix.
func (p *Pool) each(ctx context.Context, prefix string, f func(key string) error) error {
	for after := ""; ; {
		keys, err := p.State.List(ctx, prefix, after, 100)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, k := range keys {
			if err := f(k); err != nil {
				return err
			}
			after = k
		}
	}
}

// Fill reserves n more IDs of a year. With an error of CodePartial the year has no
// more, and those that it had are in the pool.
func (p *Pool) Fill(ctx context.Context, year, n int) error {
	began := p.Client.cfg.Now().UTC()
	if err := edit(ctx, p.State, p.yearKey(year), func(y *yearState) bool {
		y.Reserving = append(y.Reserving, began)
		return true
	}); err != nil {
		return err
	}
	for n > 0 {
		count := n
		if !p.Sequential {
			count = min(n, MaxNonsequential)
		}
		ids, err := p.Client.Reserve(ctx, Reservation{Count: count, Year: year, Sequential: p.Sequential})
		if err != nil && !IsCode(err, CodePartial) {
			return err // Reserving stays: the next call looks what came of it
		}
		if _, e := p.adopt(ctx, ids); e != nil || err != nil {
			return errors.Join(err, e)
		}
		n -= count
	}
	return edit(ctx, p.State, p.yearKey(year), func(y *yearState) bool {
		i := slices.IndexFunc(y.Reserving, began.Equal)
		if i >= 0 {
			y.Reserving = slices.Delete(y.Reserving, i, i+1)
		}
		return i >= 0
	})
}

// adopt puts IDs into the pool that are not there yet, and says how many.
func (p *Pool) adopt(ctx context.Context, ids []ID) (n int, err error) {
	for _, id := range ids {
		year, err := yearOf(id.ID)
		if err != nil {
			return n, err
		}
		added, free := 0, false
		if err := edit(ctx, p.State, p.idKey(id.ID), func(x *Place) bool {
			was := *x
			added = 0
			switch {
			case x.ID == "":
				*x = Place{ID: id.ID, State: id.State, Reserved: id.Reserved}
				added = 1
			case id.State != Reserved:
				x.State = id.State // somebody published or rejected it by other means
			}
			free = x.State == Reserved && x.For == ""
			return *x != was
		}); err != nil {
			return n, err
		}
		n += added
		if free {
			if err := p.mark(ctx, year, id.ID); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// mark says that an ID may be free; unmark that it is not.
func (p *Pool) mark(ctx context.Context, year int, id string) error {
	return edit(ctx, p.State, p.freeKey(year)+id, func(set *bool) bool {
		was := *set
		*set = true
		return !was
	})
}

func (p *Pool) unmark(ctx context.Context, year int, id string) error {
	key := p.freeKey(year) + id
	value, version, err := p.State.Get(ctx, key)
	if err != nil || value == nil {
		return err
	}
	_, err = p.State.Put(ctx, key, version, nil)
	return err
}

// stale is after how long a reservation that is under way is taken to be dead.
const stale = time.Hour

// Recover takes in what the server has of a year and the pool has not, and returns
// how many IDs that were. A host calls it when it starts, and now and then.
func (p *Pool) Recover(ctx context.Context, year int) (int, error) {
	now := p.Client.cfg.Now()
	ids, err := p.Client.List(ctx, Filter{Year: year})
	if err != nil {
		return 0, err
	}
	n, err := p.adopt(ctx, ids)
	if err != nil {
		return n, err
	}
	return n, edit(ctx, p.State, p.yearKey(year), func(y *yearState) bool {
		was := len(y.Reserving)
		y.Reserving = slices.DeleteFunc(y.Reserving, func(t time.Time) bool { return now.Sub(t) > stale })
		return len(y.Reserving) != was
	})
}

// RejectUnused rejects the IDs of a year that nobody was assigned, as the CVE Program
// asks after the end of the year, and returns them.
func (p *Pool) RejectUnused(ctx context.Context, year int, reason string) ([]string, error) {
	if _, err := p.Recover(ctx, year); err != nil {
		return nil, err
	}
	var done []string
	prefix := p.freeKey(year)
	err := p.each(ctx, prefix, func(key string) error {
		id := key[len(prefix):]
		if ok, err := p.claim(ctx, year, id, unused); err != nil || !ok {
			return err
		}
		if err := p.Reject(ctx, id, Rejection{Reason: reason}); err != nil {
			return err
		}
		done = append(done, id)
		return nil
	})
	return done, err
}

// settle notes what became of an ID.
func (p *Pool) settle(ctx context.Context, year int, id, state string) error {
	if err := edit(ctx, p.State, p.idKey(id), func(x *Place) bool {
		if x.ID == id && x.State == state {
			return false
		}
		x.ID, x.State, x.Done = id, state, p.Client.cfg.Now().UTC()
		return true
	}); err != nil {
		return err
	}
	return p.unmark(ctx, year, id)
}

// yearOf returns the year in a CVE ID.
func yearOf(id string) (int, error) {
	year, number, ok := strings.Cut(strings.TrimPrefix(id, "CVE-"), "-")
	if !ok || len(year) != 4 || len(number) < 4 || len(number) > 19 || strings.Trim(year+number, "0123456789") != "" || !strings.HasPrefix(id, "CVE-") {
		return 0, fmt.Errorf("cveservices: %q is no CVE ID", id)
	}
	return strconv.Atoi(year)
}

// Reject rejects an ID at the server and notes it in the pool. It may be repeated.
func (p *Pool) Reject(ctx context.Context, id string, j Rejection) error {
	year, err := yearOf(id)
	if err != nil {
		return err
	}
	if _, err := p.Client.Reject(ctx, id, j); err != nil {
		return err
	}
	return p.settle(ctx, year, id, Rejected)
}
