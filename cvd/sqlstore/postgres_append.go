package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// The outcomes of cvd_append_1.
const (
	outcomeApplied = iota
	outcomeConflict
	outcomeDuplicate
	outcomeLeaseLost
)

// call applies changes by one statement. durable has the commit wait for the disk,
// also where the host does without.
func call(ctx context.Context, t *session, changes []storage.Change, durable bool) error {
	for i := range changes {
		if c := &changes[i]; c.After == 0 && c.Tip != (storage.Hash{}) {
			return storage.ErrConflict // a case that does not exist ends nowhere
		}
	}
	if len(changes) == 1 && isRecord(&changes[0]) {
		return callRecord(ctx, t, &changes[0], durable)
	}
	query, args := t.d.appendCall(changes, durable)
	rows, err := t.built(ctx, query, args...)
	type answer struct {
		outcome    int
		key, owner []byte
	}
	got, err := collect(rows, err, func(rows *sql.Rows) (a answer, err error) {
		err = rows.Scan(&a.outcome, &a.key, &a.owner)
		return a, err
	})
	if err != nil {
		return err
	}
	if len(got) != 1 {
		return errIncomplete
	}
	switch got[0].outcome {
	case outcomeApplied:
		return nil
	case outcomeConflict:
		return storage.ErrConflict
	case outcomeLeaseLost:
		return storage.ErrLeaseLost
	case outcomeDuplicate:
		dup := &storage.DuplicateError{}
		if err := fill(dup.Key[:], got[0].key); err != nil {
			return err
		}
		if err := fill(dup.Owner[:], got[0].owner); err != nil {
			return err
		}
		return dup
	}
	return fmt.Errorf("the database answers with the unknown outcome %d", got[0].outcome)
}

// isRecord tells whether a change adds one record to a case, and nothing else.
func isRecord(c *storage.Change) bool {
	return c.After != 0 && c.Head.Seq != 0 && len(c.Records) == 1 && len(c.Erase)+len(c.Drop)+len(c.Take)+
		len(c.Untag)+len(c.Tag)+len(c.Enqueue)+len(c.Settle) == 0
}

func callRecord(ctx context.Context, t *session, c *storage.Change, durable bool) error {
	r := &c.Records[0]
	rows, err := t.fixed(ctx, appendRecord, durable, c.ID[:], int64(c.After), c.Tip[:],
		int64(c.Head.Seq), c.Head.Tip[:], orNull(c.Head.Due), blob(c.Head.Data), blob(c.Head.Private),
		int64(r.Seq), blob(r.Body), private(r))
	done, err := collect(rows, err, func(rows *sql.Rows) (ok bool, err error) {
		err = rows.Scan(&ok)
		return ok, err
	})
	switch {
	case sqlState(err) == stateNoCase:
		return storage.ErrConflict
	case err != nil:
		return err
	case len(done) != 1:
		return errIncomplete
	case !done[0]:
		return storage.ErrConflict
	}
	return nil
}

// appendCall writes the rows of all changes as columns.
func (d *dialect) appendCall(changes []storage.Change, durable bool) (string, []any) {
	var k columns
	for i := range changes {
		c, of := &changes[i], int64(i+1)
		k.id.add(c.ID[:])
		k.after.add(int64(c.After))
		k.tip.add(c.Tip[:])
		k.newSeq.add(int64(c.Head.Seq))
		k.newTip.add(c.Head.Tip[:])
		k.newDue.add(int64(c.Head.Due))
		k.newData.add(c.Head.Data)
		k.newPrivate.add(c.Head.Private)
		for j := range c.Records {
			r := &c.Records[j]
			k.recordOf.add(of)
			k.recordSeq.add(int64(r.Seq))
			k.recordBody.add(r.Body)
			k.recordPrivate.add(r.Private)
		}
		for _, seq := range c.Erase {
			k.eraseOf.add(of)
			k.eraseSeq.add(int64(seq))
		}
		for j := range c.Drop {
			k.dropOf.add(of)
			k.dropKey.add(c.Drop[j][:])
		}
		for j := range c.Take {
			if slices.Contains(c.Take[:j], c.Take[j]) {
				continue
			}
			k.takeOf.add(of)
			k.takeKey.add(c.Take[j][:])
		}
		for _, t := range c.Untag {
			k.untagOf.add(of)
			k.untagTerm.add([]byte(t))
		}
		for _, t := range c.Tag {
			k.tagOf.add(of)
			k.tagTerm.add([]byte(t))
		}
		for j := range c.Settle {
			s := &c.Settle[j]
			k.settleLane.add(s.Lane[:])
			k.settleRef.add(int64(s.Ref))
			k.settleToken.add(s.Token)
		}
		for j := range c.Enqueue {
			q := &c.Enqueue[j]
			k.queueOf.add(of)
			k.queueLane.add(q.Lane[:])
			k.queueRef.add(int64(q.Ref))
			k.queueAt.add(int64(q.At))
		}
	}
	isZero := func(i int) bool { return k.newDue[i] == 0 }
	isNil := func(i int) bool { return k.recordPrivate[i] == nil }
	return d.texts[appendAny], []any{durable,
		k.id.array(), k.after.array(), k.tip.array(),
		k.newSeq.array(), k.newTip.array(), numberArray(k.newDue, isZero), k.newData.array(), k.newPrivate.array(),
		k.recordOf.array(), k.recordSeq.array(), k.recordBody.array(), bytesArray(k.recordPrivate, isNil),
		k.eraseOf.array(), k.eraseSeq.array(),
		k.dropOf.array(), k.dropKey.array(), k.takeOf.array(), k.takeKey.array(),
		k.untagOf.array(), k.untagTerm.array(), k.tagOf.array(), k.tagTerm.array(),
		k.settleLane.array(), k.settleRef.array(), k.settleToken.array(),
		k.queueOf.array(), k.queueLane.array(), k.queueRef.array(), k.queueAt.array(),
	}
}

// appendTypes are the types of the arrays that appendCall passes.
const appendTypes = "bnb nbnbb nnbb nn nbnb nbnb bnn nbnn"

// appendText is the call with a placeholder for each argument of appendCall. They
// are sent as text, which takes drivers less than to look for an encoding.
func appendText() string {
	var b strings.Builder
	b.WriteString("SELECT * FROM cvd_append_1($1")
	n := 1
	for _, t := range strings.ReplaceAll(appendTypes, " ", "") {
		n++
		fmt.Fprintf(&b, ", $%d::text::%s[]", n, map[rune]string{'b': "bytea", 'n': "bigint"}[t])
	}
	return b.String() + ")"
}

// columns are the arguments of cvd_append_1.
type columns struct {
	id, tip, newTip, newData, newPrivate               byteColumn
	after, newSeq, newDue                              numberColumn
	recordBody, recordPrivate                          byteColumn
	recordOf, recordSeq, eraseOf, eraseSeq             numberColumn
	dropKey, takeKey, untagTerm, tagTerm               byteColumn
	dropOf, takeOf, untagOf, tagOf                     numberColumn
	settleLane, queueLane                              byteColumn
	settleRef, settleToken, queueOf, queueRef, queueAt numberColumn
}

type byteColumn [][]byte

func (c *byteColumn) add(b []byte)  { *c = append(*c, b) }
func (c *byteColumn) array() string { return bytesArray(*c, nil) }

type numberColumn []int64

func (c *numberColumn) add(n int64)   { *c = append(*c, n) }
func (c *numberColumn) array() string { return numberArray(*c, nil) }
