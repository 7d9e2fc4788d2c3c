package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// link is what is kept of one ticket of a case, under NAME/c/CASE[/PART]. It holds
// no text of the ticket, only digests of what was written.
type link struct {
	Ref     string            `json:"ref,omitempty"`
	Version string            `json:"version,omitempty"`
	Marker  bool              `json:"marker,omitempty"` // the ticket carries the marker of this link
	Theirs  bool              `json:"theirs,omitempty"` // somebody opened it: title and text are theirs
	Pushed  map[string]string `json:"pushed,omitempty"` // digests, by field
	Gone    bool              `json:"gone,omitempty"`   // the ticket was deleted
	Refused []string          `json:"refused,omitempty"`
	// Until and By are of the intent to make the ticket: nobody else makes it before.
	Until time.Time `json:"until,omitzero"`
	By    string    `json:"by,omitempty"`
}

// place is one part of a case, as it stands in the index of tickets.
type place struct {
	Case cvd.CaseID `json:"case"`
	Part string     `json:"part,omitempty"`
}

func (s *Sync) linkKey(p place) string {
	k := s.cfg.Name + "/c/" + p.Case.String()
	if p.Part != "" {
		k += "/" + p.Part
	}
	return k
}

// ticketKey is where the cases of a ticket are listed. Whatever a Ref looks like,
// it becomes a key that every State takes.
func (s *Sync) ticketKey(ref string) string {
	if len(ref) <= 100 && !strings.ContainsFunc(ref, func(r rune) bool { return r <= ' ' || r > '~' || r == '%' }) {
		return s.cfg.Name + "/t/" + ref
	}
	h := sha256.Sum256([]byte(ref))
	return s.cfg.Name + "/t/%" + base64.RawURLEncoding.EncodeToString(h[:])
}

func (s *Sync) get(ctx context.Context, key string, v any) (version int64, err error) {
	data, version, err := s.cfg.State.Get(ctx, key)
	if err != nil || version == 0 {
		return version, err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return 0, fmt.Errorf("tracker: the value of %s in State is damaged; remove it, and it is made anew: %w", key, err)
	}
	return version, nil
}

func (s *Sync) put(ctx context.Context, key string, version int64, v any) (int64, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	return s.cfg.State.Put(ctx, key, version, data)
}

// index says that a ticket is one of a case, beside the cases that it has.
func (s *Sync) index(ctx context.Context, ref string, p place) error {
	for {
		var have []place
		version, err := s.get(ctx, s.ticketKey(ref), &have)
		if err != nil || slices.Contains(have, p) {
			return err
		}
		_, err = s.put(ctx, s.ticketKey(ref), version, append(have, p))
		if !errors.Is(err, cvd.ErrConflict) {
			return err
		}
	}
}

// cursor is how far Pull has got.
type cursor struct {
	At   string   `json:"at"`
	Seen []string `json:"seen,omitempty"` // digests of the IDs of changes that come again
}

// pause is how long the tracker wants to be left alone.
type pause struct {
	Until time.Time `json:"until"`
}

// paused returns until when the tracker wants no requests; zero: it takes them.
func (s *Sync) paused(ctx context.Context) (time.Time, error) {
	var p pause
	if _, err := s.get(ctx, s.cfg.Name+"/pause", &p); err != nil {
		return time.Time{}, err
	}
	if s.cfg.Now().Before(p.Until) {
		return p.Until, nil
	}
	return time.Time{}, nil
}

// hold keeps all processes from the tracker for as long as an error asks. It
// returns until when; zero: the error asks for nothing.
func (s *Sync) hold(ctx context.Context, err error) time.Time {
	var e *Error
	if !errors.As(err, &e) || e.After <= 0 {
		return time.Time{}
	}
	until := s.cfg.Now().Add(min(e.After, 24*time.Hour))
	var p pause
	key := s.cfg.Name + "/pause"
	if version, err := s.get(ctx, key, &p); err == nil && p.Until.Before(until) {
		s.put(ctx, key, version, pause{until}) // another process holding it too is as good
	}
	return until
}

// stops reports whether an error is about the tracker as a whole, so that going on
// with other tickets would only repeat it. Any error that comes three times in a row
// does too: see streak.
func stops(ctx context.Context, err error) bool {
	var e *Error
	return ctx.Err() != nil || errors.As(err, &e) && (e.After > 0 || e.Status == 401 || e.Status == 429)
}

func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(h[:12])
}

// commandID derives the ID of a command from what it stands for, so that it is
// applied once.
func (s *Sync) commandID(parts ...string) (id cvd.CommandID) {
	h := sha256.New()
	for _, p := range append([]string{"cvd/tracker", s.cfg.Name}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	copy(id[:], h.Sum(nil))
	return id
}

// isRepeat reports whether a command was refused because its ID was used: it was
// applied before, perhaps from another state of things.
func isRepeat(err error) bool {
	var r *cvd.Refusal
	return errors.As(err, &r) && r.Rule == cvd.RuleCommandID
}
