package sqlstore

import (
	"context"
	"strings"
)

// rows are statements of SQLite that insert rows of one kind. A statement costs more than
// a row, so each has forms that insert several.
type rows int

const (
	newHeads rows = iota
	newRecords
	takenKeys
	newTerms
	newRecent
	numRows
)

// rowForms are how many rows the forms of a statement insert: those of one case are few,
// those of many cases are many.
var rowForms = [...]int{1, 2, 3, 4, 5, 6, 8, 16, 32}

func (kind rows) text(form int) text {
	return numFixed + text(kind)*text(len(rowForms)) + text(form)
}

// inRows sets the forms of a statement. into is a table with its columns. OR FAIL leaves
// the rows that were in before one that fails: who applies a change undoes all of it, and
// SQLite need not copy each page to undo the statement alone.
func (d *dialect) inRows(kind rows, into, end string) {
	row := "(?" + strings.Repeat(", ?", strings.Count(into, ",")) + ")"
	for form, n := range rowForms {
		d.texts[kind.text(form)] = "INSERT OR FAIL INTO " + into + " VALUES " + row + strings.Repeat(", "+row, n-1) + end
	}
}

// insert inserts n rows, whose values follow each other in args. It returns how many
// rows were affected, and the number of the last one.
func (t *session) insert(ctx context.Context, kind rows, n int, args []any) (affected, last int64, err error) {
	if n == 0 {
		return 0, 0, nil
	}
	width := len(args) / n
	for n > 0 {
		form := len(rowForms) - 1
		for rowForms[form] > n {
			form--
		}
		these := rowForms[form] * width
		res, err := t.do(ctx, kind.text(form), args[:these]...)
		if err != nil {
			return affected, last, err
		}
		k, err := res.RowsAffected()
		if err != nil {
			return affected, last, err
		}
		if last, err = res.LastInsertId(); err != nil {
			return affected, last, err
		}
		affected += k
		n, args = n-rowForms[form], args[these:]
	}
	return affected, last, nil
}
