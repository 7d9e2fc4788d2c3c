package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

// sentRecord is a record with texts as they went out, while an erasure is planned.
type sentRecord struct {
	seq   cvd.Seq
	texts []caselog.SentText
}

// eraseSent removes the texts that went to the persons of an erasure, and those in
// which their names or addresses stand; the others of the same records are kept in one
// that follows.
func (d *Decision) eraseSent(e caselog.Erasure, records []sentRecord, words [][]byte) (gone []cvd.Seq) {
	keep := &caselog.SentKept{}
	for _, r := range records {
		named := e.All || slices.Contains(e.Records, r.seq)
		var left []caselog.SentText
		for _, t := range r.texts {
			if !named && !slices.Contains(e.Parties, t.Party) && !t.Mentions(words) {
				left = append(left, t)
			}
		}
		if len(left) == len(r.texts) {
			continue
		}
		gone = append(gone, r.seq)
		for _, t := range left {
			keep.Items = append(keep.Items, caselog.KeptItem{Message: t.Message, Party: t.Party})
			keep.Texts.Add(&t.SentFrame)
		}
	}
	if len(keep.Items) > 0 {
		d.emit(keep)
	}
	return gone
}
