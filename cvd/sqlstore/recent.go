package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Where the dialect has it, the terms of a new case wait in one row of cvd_recent, and
// not in as many of cvd_terms. A new case has forty of them, which lie on as many pages:
// one by one they cost more than all else that a report writes. Later the terms of many
// cases go into cvd_terms together, in its order, and those that cases have in common
// share pages.
//
//   - A case has its terms either in its row of cvd_recent, all of them, or in
//     cvd_terms. So a query answers by the one and by the other, and need not join the
//     two; and a change of a recent case changes its row.
//   - Who adds the last row that there is room for merges all of them, in the same
//     transaction: the table is bounded whoever writes and wherever one dies, and no
//     query sees half of a merge.
//   - A case never goes back. A change of an older one pays a look at a few pages.
const (
	maxRecent     = 16   // rows
	maxRecentSize = 2048 // bytes of terms in one
)

// recentRow is the form of terms in a row: each between zero bytes, so that one that
// contains another is told from it. It reports false for terms that have no such form
// or are too large. sums are short, so that a query reads little where no case has its
// term.
func recentRow(terms []storage.Term) (sums, row []byte, ok bool) {
	row = []byte{0}
	for _, t := range terms {
		if t == "" || strings.IndexByte(string(t), 0) >= 0 {
			return nil, nil, false
		}
		sums, row = append(sums, sumOf(t)...), append(append(row, t...), 0)
	}
	return sums, row, len(terms) > 0 && len(row) <= maxRecentSize
}

func sumOf(t storage.Term) []byte {
	h := fnv.New32a()
	h.Write([]byte(t))
	return binary.BigEndian.AppendUint32(nil, h.Sum32())
}

func termsOfRow(row []byte) (terms []storage.Term) {
	for t := range bytes.SplitSeq(row, []byte{0}) {
		if len(t) > 0 {
			terms = append(terms, storage.Term(t))
		}
	}
	return terms
}

// entry is a row of the index of terms.
type entry struct {
	term storage.Term
	id   storage.CaseID
}

func entriesOf(id storage.CaseID, terms []storage.Term) (out []entry) {
	for _, t := range terms {
		out = append(out, entry{t, id})
	}
	return out
}

func applyTerms(ctx context.Context, t *session, changes []storage.Change) error {
	var fresh []recentCase
	var older []entry
	for i := range changes {
		c := &changes[i]
		if len(c.Untag)+len(c.Tag) == 0 {
			continue
		}
		if r, ok := newRecentCase(c); ok {
			fresh = append(fresh, r)
			continue
		}
		if c.After != 0 {
			switch done, err := changeRecent(ctx, t, c); {
			case err != nil:
				return err
			case done:
				continue
			}
		}
		for _, term := range c.Untag {
			if _, err := t.exec(ctx, dropTerm, []byte(term), c.ID[:]); err != nil {
				return err
			}
		}
		older = append(older, entriesOf(c.ID, c.Tag)...)
	}
	if err := addEntries(ctx, t, older); err != nil {
		return err
	}
	return addRecent(ctx, t, fresh)
}

func addEntries(ctx context.Context, t *session, e []entry) error {
	args := make([]any, 0, 2*len(e))
	for i := range e {
		args = append(args, []byte(e[i].term), e[i].id[:])
	}
	_, _, err := t.insert(ctx, newTerms, len(e), args)
	return err
}

// newRecentCase is the row of a new case. It reports false for older ones, and if the
// row would be too large.
func newRecentCase(c *storage.Change) (r recentCase, ok bool) {
	if c.After != 0 {
		return r, false
	}
	r = recentCase{id: c.ID, terms: retag(nil, c)}
	r.sums, r.row, ok = recentRow(r.terms)
	return r, ok
}

// addRecent adds rows, if there is still room when they are in. Else all terms go into
// the index: those that wait, and with them those of the new cases.
func addRecent(ctx context.Context, t *session, fresh []recentCase) error {
	if len(fresh) < maxRecent {
		args := make([]any, 0, 3*len(fresh))
		for i := range fresh {
			args = append(args, fresh[i].id[:], fresh[i].sums, fresh[i].row)
		}
		_, last, err := t.insert(ctx, newRecent, len(fresh), args)
		if err != nil || last < maxRecent {
			return err
		}
		fresh = nil
	}
	return mergeRecent(ctx, t, fresh)
}

// changeRecent changes the row of a case that is recent. It reports false if the terms
// are to be changed in the index: the case is older, or its row, which is gone then,
// would be too large.
func changeRecent(ctx context.Context, t *session, c *storage.Change) (done bool, err error) {
	was, err := recent(t.fixed(ctx, getRecent, c.ID[:]))
	if err != nil || len(was) == 0 {
		return false, err
	}
	if sums, row, ok := recentRow(retag(was[0].terms, c)); ok {
		_, err = t.exec(ctx, setRecent, sums, row, was[0].n)
		return true, err
	}
	if _, err = t.exec(ctx, dropRecent, was[0].n); err == nil {
		err = addEntries(ctx, t, entriesOf(c.ID, was[0].terms))
	}
	return false, err
}

// retag returns terms without those that the change removes, and with those that it
// adds, each once.
func retag(terms []storage.Term, c *storage.Change) (out []storage.Term) {
	seen := make(map[storage.Term]bool, len(c.Untag)+len(terms)+len(c.Tag))
	for _, x := range c.Untag {
		seen[x] = true
	}
	for _, x := range terms {
		if !seen[x] {
			seen[x], out = true, append(out, x)
		}
	}
	for _, x := range c.Untag {
		delete(seen, x)
	}
	for _, x := range c.Tag {
		if !seen[x] {
			seen[x], out = true, append(out, x)
		}
	}
	return out
}

// mergeRecent moves all terms into the index, and adds those of fresh cases.
func mergeRecent(ctx context.Context, t *session, fresh []recentCase) error {
	rows, err := recent(t.fixed(ctx, allRecent))
	if err != nil {
		return err
	}
	var all []entry
	for _, r := range slices.Concat(rows, fresh) {
		all = append(all, entriesOf(r.id, r.terms)...)
	}
	slices.SortFunc(all, func(a, b entry) int {
		if by := cmp.Compare(a.term, b.term); by != 0 {
			return by
		}
		return bytes.Compare(a.id[:], b.id[:])
	})
	if err := addEntries(ctx, t, all); err != nil {
		return err
	}
	_, err = t.exec(ctx, clearRecent)
	return err
}

type recentCase struct {
	n     int64
	id    storage.CaseID
	terms []storage.Term

	sums, row []byte // set only in a new one
}

func recent(rows *sql.Rows, err error) ([]recentCase, error) {
	return collect(rows, err, func(rows *sql.Rows) (r recentCase, err error) {
		var id, terms sql.RawBytes
		if err = rows.Scan(&r.n, &id, &terms); err == nil {
			r.terms, err = termsOfRow(terms), fill(r.id[:], id)
		}
		return r, err
	})
}

// orRecent adds to a query that joins heads to the index of terms the recent cases that
// match; where says what else holds of them, as head h and row c.
func (b *builder) orRecent(q storage.Query, columns string, where func()) {
	if !b.d.recent {
		return
	}
	b.add(" UNION ALL " + columns + "cvd_recent c " + b.d.heads + " WHERE ")
	where()
	for _, t := range q.All {
		b.add(" AND ")
		b.hasRecent(t)
	}
	for i, t := range q.Any {
		b.add([]string{" AND (", " OR "}[min(i, 1)])
		b.hasRecent(t)
	}
	if len(q.Any) > 0 {
		b.add(")")
	}
}

func (b *builder) hasRecent(t storage.Term) {
	b.add("(instr(c.sums, %s) > 0 AND instr(c.terms, %s) > 0)", sumOf(t), append(append([]byte{0}, t...), 0))
}
