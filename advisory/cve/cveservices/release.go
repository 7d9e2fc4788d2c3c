package cveservices

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/advisory/cve"
)

var (
	// ErrTooEarly means that the advisory is not public yet, so the record was not sent.
	ErrTooEarly = errors.New("cveservices: the advisory is not public yet; the record comes after it")
	// ErrReleased means that another record was released under the ID.
	ErrReleased = errors.New("cveservices: another record was released under this ID; give the new one another ID")
)

// A Release is what Pool.Release did under an ID.
type Release struct {
	ID      string    `json:"id"`      // of the step, as the host gave it
	CVE     string    `json:"cve"`     // the CVE ID
	Outcome Outcome   `json:"outcome"` // what the server had to do
	At      time.Time `json:"at"`      // when, by the clock of the Client
	// Digest is SHA-256, in hexadecimal, over the record.
	Digest string `json:"digest"`
}

// Release publishes a record as a step of a release: once under an ID, which the host
// chooses and keeps, after its advisory and never before. It asks public whether the
// advisory can be read by everybody, and returns ErrTooEarly, with nothing sent, if
// not.
//
// It may be called again until it returns nil, also after a crash or ErrUnknown. Once
// it has returned nil it sends nothing any more and returns the same, so that a step
// that is repeated late does not undo what was published later. The error is an
// *InvalidError if the server would refuse the record, and ErrReleased if the ID
// stands for another record.
func (p *Pool) Release(ctx context.Context, id string, r *cve.Record, public func(context.Context) (bool, error)) (Release, error) {
	if id == "" || r == nil || public == nil {
		return Release{}, errors.New("cveservices: a release needs an ID, a record, and public, which says whether the advisory is")
	}
	year, err := yearOf(r.ID())
	if err != nil {
		return Release{}, err
	}
	digest := sha256.Sum256(r.JSON())
	done, version, err := p.release(ctx, id)
	switch {
	case err != nil:
		return Release{}, err
	case done.ID != "" && done.Digest != hex.EncodeToString(digest[:]):
		return done, fmt.Errorf("%w: %s", ErrReleased, id)
	case done.ID != "":
		return done, nil
	}
	ok, err := public(ctx)
	if err != nil {
		return Release{}, err
	}
	if !ok {
		return Release{}, ErrTooEarly
	}
	outcome, err := p.Client.Publish(ctx, r)
	if err != nil {
		return Release{}, err
	}
	if err := p.settle(ctx, year, r.ID(), Published); err != nil {
		return Release{}, err
	}
	done = Release{id, r.ID(), outcome, p.Client.cfg.Now().UTC(), hex.EncodeToString(digest[:])}
	value, err := json.Marshal(done)
	if err != nil {
		return Release{}, err
	}
	// Who was faster with the same record wrote the same. With another it is an error.
	if _, err := p.State.Put(ctx, p.releaseKey(id), version, value); err != nil {
		again, _, e := p.release(ctx, id)
		if e != nil || again.Digest != done.Digest {
			return Release{}, err
		}
		return again, nil
	}
	return done, nil
}

// Released returns what was released under an ID. The ID of the result is empty if
// nothing was.
func (p *Pool) Released(ctx context.Context, id string) (Release, error) {
	r, _, err := p.release(ctx, id)
	return r, err
}

func (p *Pool) release(ctx context.Context, id string) (r Release, version int64, err error) {
	value, version, err := p.State.Get(ctx, p.releaseKey(id))
	if err == nil && len(value) > 0 {
		err = json.Unmarshal(value, &r)
	}
	return r, version, err
}

func (p *Pool) releaseKey(id string) string {
	h := sha256.Sum256([]byte(id))
	return p.key("release") + hex.EncodeToString(h[:16])
}
