package cvdmodel

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Rebuilt holds every row of a Store against what Service.Rebuild makes of the
// logs. Leases, tokens, retries and the marks of subscribers are no part of it.
func Rebuilt(ctx context.Context, svc *service.Service, store storage.Store) (cases int, err error) {
	return RebuiltBut(ctx, svc, store, nil)
}

// RebuiltBut is Rebuilt where Tick has named cases as problems: late is until when the
// last of these calls may have put each off.
func RebuiltBut(ctx context.Context, svc *service.Service, store storage.Store, late map[cvd.CaseID]storage.Millis) (cases int, err error) {
	all, err := store.(storage.Inspector).Inspect(ctx, cvd.CaseID{}, 1<<30)
	if err != nil {
		return 0, err
	}
	for _, rows := range all {
		if err := RebuiltCase(ctx, svc, store, rows, late[rows.ID]); err != nil {
			return 0, fmt.Errorf("case %s: %w", rows.ID, err)
		}
	}
	return len(all), nil
}

// RowsOf returns the rows of one case.
func RowsOf(ctx context.Context, store storage.Store, id cvd.CaseID) (storage.Rows, error) {
	before := id
	for i := len(before) - 1; i >= 0; i-- {
		if before[i]--; before[i] != 0xff {
			break
		}
	}
	rows, err := store.(storage.Inspector).Inspect(ctx, before, 1)
	if err == nil && (len(rows) == 0 || rows[0].ID != id) {
		err = fmt.Errorf("case %s has no rows", id)
	}
	if err != nil {
		return storage.Rows{}, err
	}
	return rows[0], nil
}

// RebuiltCase is RebuiltBut of one case.
func RebuiltCase(ctx context.Context, svc *service.Service, store storage.Store, rows storage.Rows, late storage.Millis) error {
	is, err := svc.Rebuild(ctx, rows.ID)
	if err != nil {
		return err
	}
	log, err := store.Load(ctx, rows.ID, 0, 1<<30, true)
	switch {
	case err != nil:
		return err
	case rows.Records != len(is.Records) || !slices.EqualFunc(log, is.Records, SameRecord):
		return fmt.Errorf("%d records, rebuilt %d, or others", rows.Records, len(is.Records))
	case rows.Head == nil:
		return fmt.Errorf("it has no head")
	}
	a, b := *rows.Head, is.Head
	if a.Due != 0 && (b.Due == 0 || a.Due < b.Due || a.Due <= late) {
		a.Due = b.Due // a look too early does no harm: Tick corrects it; one too late would
	}
	if a.Seq != b.Seq || a.Tip != b.Tip || a.Due != b.Due || !bytes.Equal(a.Data, b.Data) || !bytes.Equal(a.Private, b.Private) {
		return fmt.Errorf("head %d %d, rebuilt %d %d, or other data", a.Seq, a.Due, b.Seq, b.Due)
	}
	if !slices.Equal(rows.Keys, is.Take) {
		return fmt.Errorf("%d keys, rebuilt %d: %s", len(rows.Keys), len(is.Take), difference(rows.Keys, is.Take))
	}
	x, y := lasting(rows.Terms), lasting(is.Tag)
	if !slices.Equal(x, y) {
		return fmt.Errorf("%d terms, rebuilt %d: %s", len(x), len(y), difference(x, y))
	}
	type place struct {
		lane storage.LaneID
		ref  cvd.Seq
	}
	waits := map[place]storage.Millis{}
	for _, d := range is.Enqueue {
		waits[place{d.Lane, d.Ref}] = d.At
	}
	if len(waits) != len(rows.Deliveries) {
		return fmt.Errorf("%d deliveries, rebuilt %d", len(rows.Deliveries), len(waits))
	}
	for _, d := range rows.Deliveries {
		at, ok := waits[place{d.Lane, d.Ref}]
		if !ok {
			return fmt.Errorf("a delivery of record %d follows from nothing", d.Ref)
		}
		// It can go out as soon as it was written: a record's own time may lie ahead, that
		// of a faster clock. One that was claimed is to be tried again later.
		if d.Token == 0 && d.At > at {
			return fmt.Errorf("a delivery of record %d waits until %d, rebuilt %d", d.Ref, d.At, at)
		}
	}
	return nil
}

// SameRecord reports whether two records are the same, with their private parts.
func SameRecord(a, b storage.Record) bool {
	return a.Seq == b.Seq && a.HasPrivate == b.HasPrivate && bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Private, b.Private)
}

// lasting leaves out the marks of subscribers, which are no part of the log.
func lasting(terms []storage.Term) []storage.Term {
	return slices.DeleteFunc(slices.Clone(terms), func(t storage.Term) bool { return strings.HasPrefix(string(t), "sub:") })
}

func difference[T comparable](stored, is []T) string {
	lacks := func(all, in []T) (out []T) {
		for _, x := range all {
			if !slices.Contains(in, x) {
				out = append(out, x)
			}
		}
		return out
	}
	return fmt.Sprintf("unexplained %v, missing %v", lacks(stored, is), lacks(is, stored))
}
