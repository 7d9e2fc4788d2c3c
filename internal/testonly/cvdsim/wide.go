package cvdsim

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// What a team does beside the work on a case: groups, holds, codes, files, adapters that
// follow, archives. Each has a rule of its own.

// subscriber is an adapter that follows the cases.
const subscriber = "tracker"

// staffGroups are those of the team. A member of one sees what is open to it.
var staffGroups = []cvd.Private{"red", "blue"}

// code is an access code that was given.
type code struct {
	text  cvd.Private
	label string // of the case
	party cvd.PartyID
	who   int  // the person who holds it
	ended bool // it was revoked
}

// file is an attachment that was acknowledged.
type file struct {
	label string
	name  cvd.Private // a mark; the content is the same
	by    int
}

// codeOf is the code of a step.
func codeOf(n int) cvd.Private {
	var bits [16]byte
	binary.BigEndian.PutUint64(bits[8:], uint64(n)+1)
	return service.FormatCode(bits)
}

// widened is what the judge keeps of a step that was acknowledged.
func (w *world) widened(o *op, k *simCase) {
	switch x := o.act.(type) {
	case cvd.SetGroups:
		w.did["groups"]++
		k.groups = nil
		if len(x.Groups) > 0 {
			k.groups = [][]cvd.Private{x.Groups}
		}
	case cvd.LegalHold:
		w.did["holds"]++
		k.held = true
	case cvd.LiftHold:
		k.held = false
	case cvd.GrantAccess:
		w.did["codes"]++
		w.codes = append(w.codes, &code{text: x.Code, label: k.label, party: x.Party, who: k.person(x.Party)})
	case cvd.RevokeAccess:
		for _, c := range w.codes {
			if c.label == k.label && c.party == x.Party {
				c.ended = true
			}
		}
	case cvd.Attach:
		w.did["files"]++
		w.files = append(w.files, file{label: k.label, name: x.Name, by: k.person(x.Party)})
	case cvd.Receive:
		if x.Submission {
			w.did["submissions"]++
		}
	case cvd.Admit:
		w.did["admitted"]++
	case cvd.Dismiss:
		w.did["dismissed"]++
	}
	if o.silent {
		w.did["imported"]++
	}
}

// mayErase judges that a legal hold was kept.
func (k *simCase) mayErase() error {
	if k.held {
		return &violation{"something was erased under a legal hold", k.label, "an erasure was acknowledged"}
	}
	return nil
}

// inGroup reports whether a member of a group of the team may see a case.
func (k *simCase) inGroup(g cvd.Private) bool {
	for _, set := range k.groups {
		if !slices.Contains(set, g) {
			return false
		}
	}
	return true
}

// teams judges which groups of the team see a case.
func (w *world) teams(ctx context.Context, k *simCase) error {
	for _, g := range staffGroups {
		_, err := w.judge.View(ctx, k.id, cvd.Viewer{Team: true, Groups: []cvd.Private{g}})
		if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return err
		}
		if sees := err == nil; sees && !k.inGroup(g) {
			return &violation{"a group sees a case that is not open to it", k.label, string(g)}
		} else if !sees && k.inGroup(g) {
			return &violation{"a group does not see a case that is open to it", k.label, string(g)}
		}
	}
	return nil
}

// opened judges what the codes of a case open: to each what its holder may see, and
// nothing once it has ended.
func (w *world) opened(ctx context.Context, k *simCase) error {
	for _, c := range w.codes {
		if c.label != k.label {
			continue
		}
		a, err := w.judge.Access(ctx, c.text)
		if errors.Is(err, cvd.ErrNotFound) {
			continue // it was revoked, or its holder erased
		}
		if err != nil {
			return err
		}
		if c.ended {
			return &violation{"a code opens what it no longer should", k.label, fmt.Sprintf("a code of participant %d", c.party)}
		}
		for _, p := range append(a.Others, a.Place) {
			x, err := w.judge.View(ctx, p.Case, p.Viewer())
			if errors.Is(err, cvd.ErrNotFound) || errors.Is(err, cvd.ErrDenied) {
				continue
			}
			if err != nil {
				return err
			}
			w.did["opened"]++
			if m := w.unseen(x, c.who); m != "" {
				return &violation{"a code shows what nobody gave its holder", k.label, fmt.Sprintf("a code of participant %d shows %s", c.party, m)}
			}
		}
	}
	return nil
}

// upload gives a file: it is stored first, and then named.
func (w *world) upload(ctx context.Context, h *host, o *op, id cvd.CaseID, x cvd.Attach) (cvd.Attach, error) {
	u, err := h.svc.Upload(ctx, id, bytes.NewReader([]byte(x.Name)))
	x.Content = u
	return x, err
}

// filed judges that every file that was acknowledged is there, unless its text went.
func (w *world) filed(ctx context.Context) error {
	for _, f := range w.files {
		k := w.byID[w.labels[f.label]]
		if fact := w.facts[string(f.name)]; fact == nil || fact.gone {
			continue
		}
		for i := range k.view.Attachments {
			a := &k.view.Attachments[i]
			if a.Name != f.name {
				continue
			}
			r, err := w.judge.Attachment(ctx, k.id, everybody, a.ID)
			if err != nil {
				return &violation{"a file that was acknowledged is lost", k.label, fmt.Sprintf("%s: %v", string(f.name), err)}
			}
			b, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil {
				return err
			}
			if string(b) != string(f.name) {
				return &violation{"a file that was acknowledged is lost", k.label, "it has another content"}
			}
			w.did["read"]++
		}
	}
	return nil
}

// sync is what an adapter does: it takes the list of what has changed, and is done.
func (w *world) sync(ctx context.Context, h *host) error {
	list, err := h.svc.Changed(ctx, subscriber, cvd.CaseID{}, 1000)
	if err == nil {
		if err = h.svc.Done(ctx, subscriber, list...); err == nil {
			w.did["synced"] += len(list)
		}
		for _, d := range list { // also where the answer was lost
			w.told[d.Case] = max(w.told[d.Case], d.Seq)
		}
	}
	if err != nil && !errors.Is(err, errInjected) {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// followed judges that a subscriber is told of each case that it has not seen as it is.
func (w *world) followed(ctx context.Context) error {
	list, err := w.judge.Changed(ctx, subscriber, cvd.CaseID{}, 1000)
	if err != nil {
		return err
	}
	for _, k := range w.cases {
		listed := slices.ContainsFunc(list, func(d service.Dirty) bool { return d.Case == k.id })
		if !listed && w.told[k.id] < k.acked {
			return &violation{"a subscriber is not told of a change", k.label, fmt.Sprintf("it knows version %d of %d", w.told[k.id], k.acked)}
		}
	}
	return nil
}

// count is what a process does with the State of an adapter: it adds one.
func (w *world) adds(ctx context.Context, h *host) error {
	const key = "sim/count"
	for range 5 {
		b, version, err := w.state.Get(ctx, key)
		if err != nil {
			return err
		}
		n := 0
		if len(b) == 8 {
			n = int(binary.BigEndian.Uint64(b))
		}
		if h.store.meets(written, 1) { // somebody else is faster
			if _, err := w.state.Put(ctx, key, version, binary.BigEndian.AppendUint64(nil, uint64(n+1))); err != nil {
				return err
			}
			w.added++
		}
		_, err = w.state.Put(ctx, key, version, binary.BigEndian.AppendUint64(nil, uint64(n+1)))
		if errors.Is(err, cvd.ErrConflict) {
			w.did["state conflicts"]++
			continue
		}
		if err == nil {
			w.added++
		}
		return err
	}
	return errors.New("the State is always in conflict")
}

// counted judges that no writer of the State has undone another.
func (w *world) counted(ctx context.Context) error {
	b, _, err := w.state.Get(ctx, "sim/count")
	if err == nil && w.added > 0 && (len(b) != 8 || int(binary.BigEndian.Uint64(b)) != w.added) {
		return &violation{"a value of the State is lost", "", fmt.Sprintf("%d times one was added", w.added)}
	}
	return err
}

// archived judges that an archive of all cases, read into an empty Store, gives them
// back.
func (w *world) archived(ctx context.Context) error {
	var ids []cvd.CaseID
	for _, k := range w.cases {
		ids = append(ids, k.id)
	}
	from := storecopy.Side{Service: w.judge, Store: w.store, Blobs: w.blobs}
	var b bytes.Buffer
	if _, err := archive.Export(ctx, &b, from, archive.LogOptions{Created: w.now}, ids...); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	a, err := archive.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return err
	}
	to := storecopy.Side{Store: memstore.New(), Blobs: memstore.NewBlobs(func() time.Time { return w.now })}
	if w.o.Restored != nil {
		to.Store = w.o.Restored(to.Store)
	}
	cfg := w.config(to.Store, func() time.Time { return w.now.Add(skew) })
	cfg.Blobs = to.Blobs
	if to.Service, err = service.New(cfg); err != nil {
		return err
	}
	r, err := archive.Import(ctx, a, to, storecopy.Options{})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	const what = "an archive does not give back what was there"
	for _, p := range r.Problems {
		return &violation{what, w.labelOf(p.Case), p.Err.Error()}
	}
	for _, k := range w.cases {
		old, err := w.store.Load(ctx, k.id, 0, 1<<30, true)
		if err != nil {
			return err
		}
		is, err := to.Store.Load(ctx, k.id, 0, 1<<30, true)
		if err != nil {
			return err
		}
		if !slices.EqualFunc(old, is, cvdmodel.SameRecord) {
			return &violation{what, k.label, fmt.Sprintf("%d records, and %d were there", len(is), len(old))}
		}
	}
	if _, err := cvdmodel.Rebuilt(ctx, to.Service, to.Store); err != nil {
		return &violation{what, "", err.Error()}
	}
	w.did["archives"]++
	return nil
}
