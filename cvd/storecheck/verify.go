package storecheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Kind says what a finding is about.
type Kind string

// The kinds of findings.
const (
	KindLog        Kind = "log"        // it was tampered with, or cannot be read: Err says why
	KindHead       Kind = "head"       // it is not what the log says
	KindKey        Kind = "key"        // one is missing, leads elsewhere, or is not explained
	KindTerm       Kind = "term"       // likewise
	KindDelivery   Kind = "delivery"   // likewise
	KindStray      Kind = "stray"      // rows name a case that has no log
	KindFile       Kind = "file"       // its content is missing or altered
	KindCheckpoint Kind = "checkpoint" // a log does not hold what it held
)

// Finding is one thing that is wrong. It holds no text of a case.
type Finding struct {
	Case   cvd.CaseID // where it is
	Kind   Kind       // what is wrong
	Detail string     // where in the case, in words
	Err    error      // of KindLog and KindFile
}

// String says what is wrong in a line.
func (f Finding) String() string {
	s := fmt.Sprintf("case %s: %s: %s", f.Case, f.Kind, f.Detail)
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Options say what to look at. The zero Options look at the logs and rows.
type Options struct {
	// Blobs is where files are looked for. nil: nowhere.
	Blobs storage.BlobStore
	// Contents reads each file and compares its digest.
	Contents bool
	// Progress is called after each case.
	Progress func(Report)
	// After goes on where another run ended: Report.Last.
	After cvd.CaseID
	// Page is how many cases are looked at together. 0: 1,000. An Inspector may read
	// all its rows once a page.
	Page int
	// Now is the time, if it is known: Tick looks at a case that it could not read or
	// write a little later, which is then no finding although its date has passed.
	Now time.Time
}

// Report is what was found.
type Report struct {
	Cases, Records, Files int        // looked at
	Last                  cvd.CaseID // the last case that was looked at, from which a next call goes on
	Findings              []Finding  // in the order of the walk
	// Unchecked says what was not looked at, and why.
	Unchecked []string
	// Unnamed is how many blobs no case names: uploads that are on their way, and
	// what Service.Sweep will remove. Only where Options.Blobs is set and After is
	// zero. While the Store is in use, what comes and goes may be counted or not.
	Unnamed int
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Verify walks through all cases of a Store that svc works on: by ascending ID, or
// newest first where the Store is no Inspector. It keeps one page of them, and what it
// finds. What is wrong is a finding; an error means that the Store could not be read on, or that ctx ended. The
// Store may be in use meanwhile. It writes nothing.
func Verify(ctx context.Context, svc *service.Service, store storage.Store, o Options) (Report, error) {
	if o.Page <= 0 {
		o.Page = 1000
	}
	v := verifier{svc: svc, store: store, o: o}
	v.Last = o.After
	err := v.rows(ctx)
	if err == nil {
		err = v.unnamed(ctx)
	}
	return v.Report, err
}

type verifier struct {
	Report
	svc   *service.Service
	store storage.Store
	o     Options
	named int // of the blobs that are there
}

func (v *verifier) found(id cvd.CaseID, k Kind, err error, detail string, args ...any) {
	v.Findings = append(v.Findings, Finding{id, k, fmt.Sprintf(detail, args...), err})
}

func (v *verifier) rows(ctx context.Context) error {
	in, ok := v.store.(storage.Inspector)
	if !ok {
		v.Unchecked = append(v.Unchecked, "rows that no log explains, and deliveries: the Store is no storage.Inspector")
		return v.heads(ctx)
	}
	for {
		page, err := in.Inspect(ctx, v.Last, v.o.Page)
		if err != nil {
			return fmt.Errorf("storecheck: listing rows: %w", err)
		}
		for _, rows := range page {
			if err := v.one(ctx, in, rows); err != nil {
				return err
			}
		}
		if len(page) == 0 {
			return nil
		}
	}
}

// one holds the rows of a case against its log.
func (v *verifier) one(ctx context.Context, in storage.Inspector, rows storage.Rows) error {
	id := rows.ID
	for try := 0; ; try++ {
		is, err := v.svc.Rebuild(ctx, id)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, cvd.ErrNotFound):
			v.found(id, KindStray, nil, "there is no log; head: %v, %d keys, %d terms, %d deliveries", rows.Head != nil, len(rows.Keys), len(rows.Terms), len(rows.Deliveries))
			return v.looked(id, 0)
		case err != nil:
			v.found(id, KindLog, err, "it cannot be verified")
			return v.looked(id, 0)
		}
		// Rows were read before the log: at another version, they are read again.
		if moved := rows.Head == nil || rows.Head.Seq != is.Head.Seq; moved && try < 3 {
			again, err := in.Inspect(ctx, before(id), 1)
			if err != nil {
				return fmt.Errorf("storecheck: reading the rows of a case: %w", err)
			}
			if len(again) == 1 && again[0].ID == id {
				rows = again[0]
				continue
			}
		}
		v.compare(rows, is)
		if err := v.files(ctx, id); err != nil {
			return err
		}
		return v.looked(id, len(is.Records))
	}
}

func (v *verifier) looked(id cvd.CaseID, records int) error {
	v.Cases, v.Records, v.Last = v.Cases+1, v.Records+records, id
	if v.o.Progress != nil {
		v.o.Progress(v.Report)
	}
	return nil
}

// late is by how much a date that Tick looks at may lag: it is a hint, which Tick
// corrects.
const late = storage.Millis(24 * 60 * 60 * 1000)

func (v *verifier) now() storage.Millis {
	if v.o.Now.IsZero() {
		return 0
	}
	return storage.MillisOf(v.o.Now)
}

func (v *verifier) compare(rows storage.Rows, is storage.Change) {
	id := rows.ID
	if rows.Records != len(is.Records) {
		v.found(id, KindLog, nil, "%d records, and the log has %d", rows.Records, len(is.Records))
	}
	switch h := rows.Head; {
	case h == nil:
		v.found(id, KindHead, nil, "there is none")
	case h.Seq != is.Head.Seq || h.Tip != is.Head.Tip:
		v.found(id, KindHead, nil, "it is at record %d, and the log ends with %d, or another", h.Seq, is.Head.Seq)
	case !bytes.Equal(h.Data, is.Head.Data) || !bytes.Equal(h.Private, is.Head.Private):
		v.found(id, KindHead, nil, "it shows something else than the log")
	case is.Head.Due != 0 && (h.Due == 0 || h.Due > max(is.Head.Due, v.now())+late):
		v.found(id, KindHead, nil, "reminders would be late: it is due at %d, not %d", h.Due, is.Head.Due)
	}
	differ(v, id, KindKey, rows.Keys, is.Take, func(k storage.Key) any { return k })
	differ(v, id, KindTerm, lasting(rows.Terms), lasting(is.Tag), func(t storage.Term) any { return t })
	differ(v, id, KindDelivery, rows.Deliveries, is.Enqueue, func(d storage.Delivery) any { return place{d.Lane, d.Ref} })
}

type place struct {
	lane storage.LaneID
	ref  cvd.Seq
}

// lasting leaves out the marks of subscribers, which are no part of the log.
func lasting(terms []storage.Term) (out []storage.Term) {
	for _, t := range terms {
		if !strings.HasPrefix(string(t), "sub:") {
			out = append(out, t)
		}
	}
	return out
}

func differ[T any](v *verifier, id cvd.CaseID, k Kind, have, want []T, key func(T) any) {
	left := make(map[any]bool, len(want))
	for _, x := range want {
		left[key(x)] = true
	}
	unexplained := 0
	for _, x := range have {
		if !left[key(x)] {
			unexplained++
		}
		delete(left, key(x))
	}
	if unexplained > 0 {
		v.found(id, k, nil, "%d that the log does not explain", unexplained)
	}
	if len(left) > 0 {
		v.found(id, k, nil, "%d are missing", len(left))
	}
}

// heads is for a Store that cannot be inspected: what should be there is looked for. It
// goes as the Store lists, because to go the other way all would have to be kept.
func (v *verifier) heads(ctx context.Context) error {
	for {
		page, err := v.store.Heads(ctx, storage.Query{Before: storage.Cursor{ID: v.Last}, Limit: v.o.Page})
		if err != nil {
			return fmt.Errorf("storecheck: listing cases: %w", err)
		}
		for _, h := range page {
			if err := v.one(ctx, asked{v.store, v.svc}, storage.Rows{ID: h.ID}); err != nil {
				return err
			}
		}
		if len(page) < v.o.Page {
			return nil
		}
	}
}

// asked makes an Inspector of a Store by asking it for what should be there.
type asked struct {
	store storage.Store
	svc   *service.Service
}

func (a asked) Inspect(ctx context.Context, after cvd.CaseID, _ int) ([]storage.Rows, error) {
	id := next(after)
	is, err := a.svc.Rebuild(ctx, id)
	if err != nil {
		return nil, err
	}
	rows := storage.Rows{ID: id, Records: len(is.Records), Deliveries: is.Enqueue}
	hs, err := a.store.Heads(ctx, storage.Query{Before: storage.Cursor{ID: next(id)}, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(hs) == 1 && hs[0].ID == id {
		rows.Head = &hs[0]
	}
	for _, k := range is.Take {
		owner, err := a.store.Lookup(ctx, k)
		if err == nil && owner == id {
			rows.Keys = append(rows.Keys, k)
		} else if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return nil, err
		}
	}
	for _, t := range is.Tag {
		hs, err := a.store.Heads(ctx, storage.Query{All: []storage.Term{t}, Before: storage.Cursor{ID: next(id)}, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(hs) == 1 && hs[0].ID == id {
			rows.Terms = append(rows.Terms, t)
		}
	}
	return []storage.Rows{rows}, nil
}
