package engine

import (
	"context"
	"errors"
	"maps"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// answers are what a decision is made of besides the case. A decision does no I/O and
// has no context to do any with: what it needs to know and nobody has looked up yet it
// notes as a question, and goes on with the zero answer. When it is through, the
// questions are answered and it is made again from the start, until none is open. So a
// command says what it needs where it needs it, and deciding is a pure function, of
// chance too: what was drawn is drawn again.
//
// The answers are of one version of the case: a conflict begins with none, but for the
// files that were copied.
type answers struct {
	owners map[storage.Key]cvd.CaseID     // whose a key is; zero: nobody's
	there  map[cvd.CaseID]bool            // whether there is such a case
	logs   map[cvd.CaseID]*caseLog        // all private parts of a case
	whole  map[cvd.CaseID]*caselog.Folded // a case with its texts
	checks map[int]error                  // what Config.CheckAdvisory said, in the order of asking
	files  carriedFiles                   // copies of files of another case
	random []byte                         // what was drawn
	drawn  int                            // of it in this pass
	asked  int                            // of Config.CheckAdvisory in this pass
	open   []func(context.Context) error
}

// caseLog is what walk finds.
type caseLog struct {
	records []logged
	ledger  *caselog.Ledger
}

type logged struct {
	x  caselog.Entry
	ev *cvd.Event
}

// errAsks ends a pass that cannot go on with a guess.
var errAsks = errors.New("cvd: a decision waits for an answer")

func newAnswers(files carriedFiles) *answers {
	return &answers{
		owners: map[storage.Key]cvd.CaseID{}, there: map[cvd.CaseID]bool{}, logs: map[cvd.CaseID]*caseLog{},
		whole: map[cvd.CaseID]*caselog.Folded{}, checks: map[int]error{}, files: files,
	}
}

// settle makes a decision until it has no question left, and returns its error.
func (g *answers) settle(ctx context.Context, decide func() error) error {
	for {
		g.open, g.drawn, g.asked = nil, 0, 0
		err := g.pass(decide)
		if len(g.open) == 0 {
			return err
		}
		for _, find := range g.open {
			if err := find(ctx); err != nil {
				return err
			}
		}
	}
}

// pass is the one place in which decisions run: TestDecisionsDoNoIO looks for it.
func (g *answers) pass(decide func() error) error { return decide() }

// ask returns what is known, or notes the question and returns zero.
func ask[K comparable, V any](g *answers, known map[K]V, key K, find func(context.Context) (V, error)) V {
	v, ok := known[key]
	if !ok {
		g.open = append(g.open, func(ctx context.Context) error {
			if _, ok := known[key]; ok {
				return nil // it was asked twice
			}
			v, err := find(ctx)
			if err == nil {
				known[key] = v
			}
			return err
		})
	}
	return v
}

// owner returns the case that has a key; zero: none has it.
func (d *Decision) owner(k storage.Key) cvd.CaseID {
	return ask(d.got, d.got.owners, k, func(ctx context.Context) (cvd.CaseID, error) {
		id, err := d.s.Cfg.Store.Lookup(ctx, k)
		if errors.Is(err, cvd.ErrNotFound) {
			return cvd.CaseID{}, nil
		}
		return id, err
	})
}

// mustExist returns ErrNotFound for a case that is named and is not there.
func (d *Decision) mustExist(id cvd.CaseID) error {
	if id == (cvd.CaseID{}) || ask(d.got, d.got.there, id, func(ctx context.Context) (bool, error) {
		rs, err := d.s.Cfg.Store.Load(ctx, id, 0, 1, false)
		return len(rs) > 0, err
	}) {
		return nil
	}
	return cvd.ErrNotFound
}

// log returns what the case had in private before this decision.
func (d *Decision) log() *caseLog {
	log := ask(d.got, d.got.logs, d.before.ID, func(ctx context.Context) (*caseLog, error) {
		out := &caseLog{}
		var err error
		out.ledger, err = d.s.Walk(ctx, d.before, func(x caselog.Entry, ev *cvd.Event) {
			out.records = append(out.records, logged{x, ev})
		})
		return out, err
	})
	if log == nil {
		return &caseLog{ledger: d.s.NewLedger()}
	}
	return log
}

// full returns the case with its texts, as it was before this decision.
func (d *Decision) full() (*caselog.Folded, error) {
	c := ask(d.got, d.got.whole, d.before.ID, func(ctx context.Context) (*caselog.Folded, error) {
		c, err := d.s.WholeCase(ctx, d.before.ID)
		if err == nil && c.Seq != d.before.Seq {
			err = cvd.ErrConflict // it has changed since
		}
		return c, err
	})
	if c == nil {
		return nil, errAsks
	}
	return c, nil
}

// hostCheck returns what Config.CheckAdvisory says.
func (d *Decision) hostCheck(a *advisory.Advisory) error {
	d.got.asked++
	return ask(d.got, d.got.checks, d.got.asked, func(ctx context.Context) (error, error) {
		return d.s.Cfg.CheckAdvisory(ctx, a), nil
	})
}

// random fills b from Config.Rand, in each pass alike.
func (d *Decision) random(b []byte) {
	g := d.got
	if have := len(g.random) - g.drawn; have < len(b) {
		more := make([]byte, len(b)-have)
		if err := d.s.Random(more); err != nil {
			d.failed = err
			return
		}
		g.random = append(g.random, more...)
	}
	g.drawn += copy(b, g.random[g.drawn:])
}

// carriedFiles are the blobs that were copied for a decision, by what they are copies of:
// once each, however often it is made again. A Sealer has another key for each case,
// so a blob cannot be shared.
type carriedFiles map[storage.BlobID]storedFile

// copyOf returns the copy of a file of another case.
func (d *Decision) copyOf(from cvd.CaseID, blob storage.BlobID) storedFile {
	return ask(d.got, d.got.files, blob, func(ctx context.Context) (storedFile, error) {
		src, err := d.s.Opener(from, blob)(ctx)
		if err != nil {
			return storedFile{}, err
		}
		defer src.Close()
		return d.s.StoreFile(ctx, d.c.ID, "Carry", "Original", src)
	})
}

// drop removes copies that no record names.
func (f carriedFiles) drop(ctx context.Context, s *Engine) {
	for stored := range maps.Values(f) {
		s.dropFiles(ctx, []storedFile{stored})
	}
}
