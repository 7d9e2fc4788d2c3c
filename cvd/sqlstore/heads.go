package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// builder writes a query and its arguments side by side.
type builder struct {
	d       *dialect
	text    strings.Builder
	args    []any    // SQLite
	texts   [][]byte // PostgreSQL
	numbers []int64  // PostgreSQL
}

// add writes a piece in which each %s is the placeholder of one argument.
func (b *builder) add(piece string, args ...any) {
	marks := make([]any, len(args))
	for i, a := range args {
		marks[i] = b.d.mark(b, a)
	}
	fmt.Fprintf(&b.text, piece, marks...)
}

func (b *builder) addTerms(terms []storage.Term) {
	for i, t := range terms {
		if i > 0 {
			b.add(", ")
		}
		b.add("%s", []byte(t))
	}
}

func heads(ctx context.Context, d *dialect, from querier, q storage.Query) ([]storage.Head, error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	if q.To != "" {
		return ranged(ctx, d, from, q)
	}
	anyLeads := len(q.All) == 0
	if q.DueBy == 0 && len(q.All) > 0 && len(q.All)+len(q.Any) > 1 {
		var err error
		if anyLeads, err = rarestFirst(ctx, d, from, &q); err != nil {
			return nil, err
		}
	}
	b := &builder{d: d}
	below := func() { b.add("1 = 1"); b.below("c", q) }
	// due is never NULL where it leads, and coalesce would hide that it is in order.
	const byDue = "SELECT h.case_id AS case_id, h.seq, h.tip, h.due AS due, h.data, h.private FROM "
	const byHead = "SELECT h.case_id AS case_id, h.seq, h.tip, coalesce(h.due, 0), h.data, h.private FROM "
	const byTerm = "SELECT c.case_id AS case_id, h.seq, h.tip, coalesce(h.due, 0), h.data, h.private FROM "
	switch {
	case q.DueBy != 0:
		due := func() {
			b.add("h.due <= %s", int64(q.DueBy))
			if q.Before != (storage.Cursor{}) {
				b.add(" AND (h.due, h.case_id) > (%s, %s)", int64(q.Before.Due), q.Before.ID[:])
			}
		}
		b.add(byDue + "cvd_heads h WHERE ")
		due()
		b.match("h", q.All, q.Any)
		if len(q.All)+len(q.Any) > 0 {
			b.orRecent(q, byDue, func() { b.add("+"); due() }) // by its case, and not by its date
		}
		b.add(" ORDER BY due, case_id")
	case len(q.All) > 0 && !anyLeads:
		b.add(byTerm+"cvd_terms c "+d.heads+" WHERE c.term = %s", []byte(q.All[0]))
		b.below("c", q)
		b.match("c", q.All[1:], q.Any)
		b.orRecent(q, byTerm, below)
		b.add(" ORDER BY case_id DESC")
	case len(q.Any) > 0:
		b.add(byTerm + "(")
		b.newestOf(q)
		b.add(") c " + d.heads)
		b.orRecent(q, byTerm, below)
		b.add(" ORDER BY case_id DESC")
	default:
		b.add(byHead + "cvd_heads h WHERE 1 = 1")
		b.below("h", q)
		b.add(" ORDER BY case_id DESC")
	}
	b.add(" LIMIT %s", q.Limit)
	rows, err := b.run(ctx, from, headColumns)
	return collect(rows, err, func(rows *sql.Rows) (storage.Head, error) { return scanHead(rows) })
}

const headColumns = "case_id bytea, seq bigint, tip bytea, due bigint, data bytea, private bytea"

// run runs the query; columns describe what it returns.
func (b *builder) run(ctx context.Context, q querier, columns string) (*sql.Rows, error) {
	text, args := b.d.list(b, columns)
	return q.built(ctx, text, args...)
}

func (b *builder) below(table string, q storage.Query) {
	if q.Before.ID != (storage.CaseID{}) {
		b.add(" AND "+table+".case_id < %s", q.Before.ID[:])
	}
}

func (b *builder) match(table string, all, anyOf []storage.Term) {
	for _, t := range all {
		b.add(" AND EXISTS (SELECT 1 FROM cvd_terms x WHERE x.term = %s AND x.case_id = "+table+".case_id"+b.d.apart+")", []byte(t))
	}
	if len(anyOf) > 0 {
		b.add(" AND EXISTS (SELECT 1 FROM cvd_terms x WHERE x.term IN (")
		b.addTerms(anyOf)
		b.add(") AND x.case_id = " + table + ".case_id" + b.d.apart + ")")
	}
}

// newestOf selects the newest cases of each term of Any that match All: the newest
// of all are among them, and UNION removes repeats.
func (b *builder) newestOf(q storage.Query) {
	for i, t := range q.Any {
		if i > 0 {
			b.add(" UNION ")
		}
		b.add("SELECT * FROM (SELECT c.case_id FROM cvd_terms c WHERE c.term = %s", []byte(t))
		b.below("c", q)
		b.match("c", q.All, nil)
		b.add(" ORDER BY c.case_id DESC LIMIT %s) u", q.Limit)
	}
}

// rarestFirst moves the term of All with the fewest cases to the front: it leads,
// unless those of Any have no more together. Terms of more than a thousand cases
// count as equal.
func rarestFirst(ctx context.Context, d *dialect, from querier, q *storage.Query) (anyLeads bool, err error) {
	b := &builder{d: d}
	for i, t := range q.All {
		if i > 0 {
			b.add(" UNION ALL ")
		}
		b.add(fmt.Sprintf("SELECT %d, count(*) FROM (SELECT 1 FROM cvd_terms x WHERE x.term = %%s LIMIT 1000) u", i), []byte(t))
	}
	if len(q.Any) > 0 {
		b.add(fmt.Sprintf(" UNION ALL SELECT %d, count(*) FROM (SELECT 1 FROM cvd_terms x WHERE x.term IN (", len(q.All)))
		b.addTerms(q.Any)
		b.add(") LIMIT 1000) u")
	}
	b.add(" ORDER BY 1")
	rows, err := b.run(ctx, from, "i integer, n bigint")
	counts, err := collect(rows, err, func(rows *sql.Rows) (n int, err error) {
		var i int
		err = rows.Scan(&i, &n)
		return n, err
	})
	if err != nil {
		return false, err
	}
	best := 0
	for i, n := range counts[:len(q.All)] {
		if n < counts[best] {
			best = i
		}
	}
	together := counts[len(counts)-1]
	all := append([]storage.Term{q.All[best]}, q.All[:best]...)
	q.All = append(all, q.All[best+1:]...)
	return len(q.Any) > 0 && together <= counts[best], nil
}

func scanHead(rows *sql.Rows, more ...any) (h storage.Head, err error) {
	var id, tip sql.RawBytes
	if err = rows.Scan(append([]any{&id, &h.Seq, &tip, &h.Due, &h.Data, &h.Private}, more...)...); err != nil {
		return h, err
	}
	if err = fill(h.ID[:], id); err == nil {
		err = fill(h.Tip[:], tip)
	}
	return h, err
}
