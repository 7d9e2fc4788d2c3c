package cveservices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/advisory/cve"
)

// State keeps small values with compare-and-swap. The State of package cvd has these
// methods, so a host gives the same.
type State interface {
	// Get returns a value and its version; an absent one is nil and version 0.
	Get(ctx context.Context, key string) (value []byte, version int64, err error)
	// Put replaces the value if the version is still that. If it is not, it must
	// return an error and write nothing.
	Put(ctx context.Context, key string, version int64, value []byte) error
}

// A Pool keeps the reserved IDs of an organisation, so that none is forgotten: it
// notes that it will reserve before it does, and Recover takes in what the server
// has reserved and nobody remembers. Several processes may share one.
type Pool struct {
	Client *Client
	State  State
	// Batch is how many IDs are reserved when none is left; 0 stands for 1.
	Batch int
	// Sequential reserves them in sequence; see Reservation.
	Sequential bool
}

// A Place is an ID in the pool.
type Place struct {
	ID       string    `json:"id"`
	State    string    `json:"state"`         // RESERVED, PUBLISHED or REJECTED
	For      string    `json:"for,omitempty"` // the host's name of the vulnerability; "" if it is free
	Reserved time.Time `json:"reserved"`
	Assigned time.Time `json:"assigned"`
	Done     time.Time `json:"done"` // published or rejected
}

// pool is the value in the State, one for each year.
type pool struct {
	// Reserving is set while a reservation is under way, or broke off.
	Reserving bool    `json:"reserving,omitempty"`
	Places    []Place `json:"places"`
}

// ErrContended means that other processes changed the pool all the time.
var ErrContended = errors.New("cveservices: the pool is changed by others all the time")

func (p *Pool) key(year int) string {
	return "cve/pool/" + p.Client.cfg.Org + "/" + strconv.Itoa(year)
}

// change reads the pool of a year, lets f change it, and writes it if f says so.
func (p *Pool) change(ctx context.Context, year int, f func(*pool) (bool, error)) error {
	var last error
	for range 20 {
		value, version, err := p.State.Get(ctx, p.key(year))
		if err != nil {
			return err
		}
		var v pool
		if len(value) > 0 {
			if err := json.Unmarshal(value, &v); err != nil {
				return fmt.Errorf("cveservices: the pool of %d is damaged: %w", year, err)
			}
		}
		write, err := f(&v)
		if err != nil || !write {
			return err
		}
		if value, err = json.Marshal(v); err != nil {
			return err
		}
		if last = p.State.Put(ctx, p.key(year), version, value); last == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrContended, last)
}

// Places returns the IDs of a year in the order in which they came.
func (p *Pool) Places(ctx context.Context, year int) ([]Place, error) {
	var list []Place
	err := p.change(ctx, year, func(v *pool) (bool, error) {
		list = v.Places
		return false, nil
	})
	return list, err
}

// Assign returns the ID of the year for a vulnerability, which the host names as it
// likes. The same name always gets the same ID. If no ID is free, some are reserved.
func (p *Pool) Assign(ctx context.Context, year int, vulnerability string) (string, error) {
	if vulnerability == "" {
		return "", errors.New("cveservices: the vulnerability needs a name")
	}
	var full error // the year has no more
	for range 3 {
		id, broken, err := p.take(ctx, year, vulnerability)
		if err != nil || id != "" {
			return id, err
		}
		if full != nil {
			return "", full
		}
		if broken {
			// An earlier reservation broke off, or is under way elsewhere: what it
			// reserved is taken before more is reserved.
			if n, err := p.Recover(ctx, year); err != nil {
				return "", err
			} else if n > 0 {
				continue
			}
		}
		err = p.Fill(ctx, year, max(p.Batch, 1))
		if IsCode(err, CodePartial) {
			// What is left may be an ID that was reserved by other means.
			full = err
			_, err = p.Recover(ctx, year)
		}
		if err != nil {
			return "", err
		}
	}
	return "", ErrContended
}

func (p *Pool) take(ctx context.Context, year int, vulnerability string) (id string, broken bool, err error) {
	err = p.change(ctx, year, func(v *pool) (bool, error) {
		id, broken = "", v.Reserving
		for _, x := range v.Places {
			if x.For == vulnerability {
				id = x.ID
				return false, nil
			}
		}
		i := slices.IndexFunc(v.Places, func(x Place) bool { return x.State == Reserved && x.For == "" })
		if i < 0 {
			return false, nil
		}
		v.Places[i].For, v.Places[i].Assigned = vulnerability, p.Client.cfg.Now().UTC()
		id = v.Places[i].ID
		return true, nil
	})
	return id, broken, err
}

// Fill reserves n more IDs of a year. With an error of CodePartial the year has no
// more, and those that it had are in the pool.
func (p *Pool) Fill(ctx context.Context, year, n int) error {
	if err := p.change(ctx, year, func(v *pool) (bool, error) {
		was := v.Reserving
		v.Reserving = true
		return !was, nil
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
		if _, e := p.adopt(ctx, year, ids, err != nil || count == n); e != nil || err != nil {
			return errors.Join(err, e)
		}
		n -= count
	}
	return nil
}

// adopt puts IDs into the pool that are not there yet, and says how many.
func (p *Pool) adopt(ctx context.Context, year int, ids []ID, finished bool) (n int, err error) {
	err = p.change(ctx, year, func(v *pool) (bool, error) {
		n = 0
		known := map[string]int{}
		for i, x := range v.Places {
			known[x.ID] = i
		}
		changed := finished && v.Reserving
		for _, id := range ids {
			i, ok := known[id.ID]
			switch {
			case !ok:
				v.Places = append(v.Places, Place{ID: id.ID, State: id.State, Reserved: id.Reserved})
				n++
			case v.Places[i].State != id.State && id.State != Reserved:
				// Somebody published or rejected it by other means.
				v.Places[i].State = id.State
			default:
				continue
			}
			changed = true
		}
		if finished {
			v.Reserving = false
		}
		return changed, nil
	})
	return n, err
}

// Recover takes in what the server has of a year and the pool has not, and returns
// how many IDs that were. A host calls it when it starts, and now and then.
func (p *Pool) Recover(ctx context.Context, year int) (int, error) {
	ids, err := p.Client.List(ctx, Filter{Year: year})
	if err != nil {
		return 0, err
	}
	return p.adopt(ctx, year, ids, true)
}

// RejectUnused rejects the IDs of a year that nobody was assigned, as the CVE Program
// asks after the end of the year, and returns them.
func (p *Pool) RejectUnused(ctx context.Context, year int, reason string) ([]string, error) {
	if _, err := p.Recover(ctx, year); err != nil {
		return nil, err
	}
	var done []string
	for {
		id, err := p.claimUnused(ctx, year)
		if err != nil || id == "" {
			return done, err
		}
		if _, err := p.Client.Reject(ctx, id, Rejection{Reason: reason}); err != nil {
			return done, err
		}
		if err := p.settle(ctx, year, id, Rejected); err != nil {
			return done, err
		}
		done = append(done, id)
	}
}

// unused is whom an ID is assigned to while it is rejected, so that nobody takes it.
const unused = "\x00unused"

func (p *Pool) claimUnused(ctx context.Context, year int) (id string, err error) {
	err = p.change(ctx, year, func(v *pool) (bool, error) {
		id = ""
		for i, x := range v.Places {
			if x.State == Reserved && (x.For == "" || x.For == unused) {
				id = x.ID
				v.Places[i].For = unused
				return x.For == "", nil
			}
		}
		return false, nil
	})
	return id, err
}

func (p *Pool) settle(ctx context.Context, year int, id, state string) error {
	return p.change(ctx, year, func(v *pool) (bool, error) {
		i := slices.IndexFunc(v.Places, func(x Place) bool { return x.ID == id })
		if i < 0 {
			v.Places = append(v.Places, Place{ID: id})
			i = len(v.Places) - 1
		}
		if v.Places[i].State == state {
			return false, nil
		}
		v.Places[i].State, v.Places[i].Done = state, p.Client.cfg.Now().UTC()
		return true, nil
	})
}

// yearOf returns the year in a CVE ID.
func yearOf(id string) (int, error) {
	if len(id) < 9 || id[:4] != "CVE-" || id[8] != '-' {
		return 0, fmt.Errorf("cveservices: %q is no CVE ID", id)
	}
	return strconv.Atoi(id[4:8])
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

// ErrTooEarly means that the advisory is not public yet, so the record was not sent.
var ErrTooEarly = errors.New("cveservices: the advisory is not public yet; the record comes after it")

// A Step publishes the record of a staged release after its advisory, and never
// before. Its stable ID is the CVE ID. Run may be repeated until it returns nil.
type Step struct {
	Pool   *Pool
	Record *cve.Record
	// Public reports whether the advisory can be read by everybody now. It is asked at
	// each Run. It is required.
	Public func(context.Context) (bool, error)
}

// Run publishes the record, or does nothing where it is published already.
func (s Step) Run(ctx context.Context) error {
	year, err := yearOf(s.Record.ID())
	if err != nil {
		return err
	}
	public, err := s.Public(ctx)
	if err != nil {
		return err
	}
	if !public {
		return ErrTooEarly
	}
	if _, err := s.Pool.Client.Publish(ctx, s.Record); err != nil {
		return err
	}
	return s.Pool.settle(ctx, year, s.Record.ID(), Published)
}
