package cveservices

import (
	"context"
	"encoding/json"
	"errors"
)

// Assign returns the ID of the year for a vulnerability, which the host names as it
// likes. The same name always gets the same ID, also when several processes ask at
// once or one dies on the way. If no ID is free, some are reserved.
func (p *Pool) Assign(ctx context.Context, year int, vulnerability string) (string, error) {
	if vulnerability == "" || vulnerability == unused {
		return "", errors.New("cveservices: the vulnerability needs a name")
	}
	var full error // the year has no more
	for range 3 {
		id, err := p.given(ctx, year, vulnerability)
		if err == nil && id == "" {
			id, err = p.take(ctx, year, vulnerability)
		}
		if err != nil || id != "" {
			return id, err
		}
		if full != nil {
			return "", full
		}
		broken := false
		if err := edit(ctx, p.State, p.yearKey(year), func(y *yearState) bool {
			broken = len(y.Reserving) > 0
			return false
		}); err != nil {
			return "", err
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

// given returns the ID that a vulnerability has, or "".
func (p *Pool) given(ctx context.Context, year int, vulnerability string) (id string, err error) {
	err = edit(ctx, p.State, p.forKey(year, vulnerability), func(g *given) bool {
		id = g.ID
		return false
	})
	return id, err
}

// errFound ends a search.
var errFound = errors.New("found")

// take gives a free ID to a vulnerability, if there is one. It first claims the ID,
// and then names it under the vulnerability, which only one process can do. A claim
// whose process died is found by the next that asks for the same vulnerability; one
// that came too late is void, and anybody may claim the ID anew.
func (p *Pool) take(ctx context.Context, year int, vulnerability string) (string, error) {
	id, prefix := "", p.freeKey(year)
	err := p.each(ctx, prefix, func(key string) error {
		ok, err := p.claim(ctx, year, key[len(prefix):], vulnerability)
		if err == nil && ok {
			id = key[len(prefix):]
			return errFound
		}
		return err
	})
	if !errors.Is(err, errFound) {
		return "", err
	}
	value, err := json.Marshal(given{id})
	if err != nil {
		return "", err
	}
	if _, err := p.State.Put(ctx, p.forKey(year, vulnerability), 0, value); err != nil {
		first, e := p.given(ctx, year, vulnerability)
		if e != nil || first == "" {
			return "", errors.Join(err, e)
		}
		if first != id {
			return first, p.unclaim(ctx, id, vulnerability)
		}
	}
	return id, p.unmark(ctx, year, id)
}

// unused is what claims an ID to be rejected, so that nobody takes it.
const unused = "\x00unused"

// claim puts a vulnerability's name on an ID, unless the ID is another's.
func (p *Pool) claim(ctx context.Context, year int, id, vulnerability string) (ok bool, err error) {
	var other string
	settled := false
	try := func(void string) error {
		return edit(ctx, p.State, p.idKey(id), func(x *Place) bool {
			ok, other, settled = false, "", false
			switch {
			case x.ID != id || x.State != Reserved:
				settled = true
			case x.For == "" || x.For == void:
				x.For, x.Assigned, ok = vulnerability, p.Client.cfg.Now().UTC(), true
				return true
			case x.For == vulnerability:
				ok = true
			default:
				other = x.For
			}
			return false
		})
	}
	if err := try(""); err != nil {
		return false, err
	}
	if settled {
		return false, p.unmark(ctx, year, id)
	}
	if ok || other == unused {
		return ok, nil
	}
	first, err := p.given(ctx, year, other)
	switch {
	case err != nil || first == "": // it is on its way to the other
		return false, err
	case first == id:
		return false, p.unmark(ctx, year, id)
	}
	err = try(other) // the other has another ID
	return ok, err
}

// unclaim takes a vulnerability's name off an ID.
func (p *Pool) unclaim(ctx context.Context, id, vulnerability string) error {
	return edit(ctx, p.State, p.idKey(id), func(x *Place) bool {
		if x.For != vulnerability || x.State != Reserved {
			return false
		}
		x.For = ""
		return true
	})
}
