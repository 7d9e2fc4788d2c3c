package provider

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// A Publisher writes the tree. It is safe for concurrent use.
type Publisher struct {
	cfg        Config
	validator  *csaf.Validator
	mu         sync.Mutex
	beforeStep func(step) // tests
	unsafe     bool       // tests: nothing is fsynced
}

// New checks the configuration. It writes nothing; Publish without documents does.
func New(cfg Config) (*Publisher, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	for _, dir := range []*string{&cfg.Dir, &cfg.State, &cfg.Restricted} {
		if *dir == "" {
			continue
		}
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return nil, err
		}
		*dir = abs // the journal names absolute paths
	}
	p := &Publisher{cfg: cfg, validator: cfg.Validator}
	if p.validator == nil {
		p.validator = &csaf.Validator{}
	}
	return p, nil
}

func (p *Publisher) state(name string) string { return filepath.Join(p.cfg.State, name) }

// change runs f on a staged change with the ledger, after what a crash left was
// finished, and commits what f staged. Without a step nothing is written.
func (p *Publisher) change(f func(*change, *ledger) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := os.MkdirAll(p.cfg.State, 0o700); err != nil {
		return err
	}
	unlock, err := lockFile(p.state("lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := p.recover(); err != nil {
		return err
	}
	l, err := p.readLedger()
	if err != nil {
		return err
	}
	c, err := p.begin()
	if err != nil {
		return err
	}
	err = f(c, l)
	if err == nil && len(c.steps) > 0 {
		err = c.commit()
	}
	if _, e := os.Lstat(p.state("journal")); errors.Is(e, fs.ErrNotExist) {
		os.RemoveAll(c.dir) // else the next call needs what is staged
	}
	return err
}

// Publish publishes documents, or new revisions of them, each in the tree of its
// version, and brings metadata and keys up to date. All are checked before the
// first is written, and they are published as one change. What is published
// already with the same bytes stays as it is. The error wraps one of the errors of
// this package, or is an *InvalidError; then nothing was published.
//
// Without documents it makes the tree, or finishes what a crash left.
func (p *Publisher) Publish(ctx context.Context, docs ...*csaf.Document) error {
	ready, err := p.prepareAll(ctx, docs)
	if err != nil {
		return err
	}
	return p.change(func(c *change, l *ledger) error { return p.stage(ctx, c, l, ready) })
}

// prepareAll checks all documents, and returns the errors of all.
func (p *Publisher) prepareAll(ctx context.Context, docs []*csaf.Document) ([]*publication, error) {
	ready := make([]*publication, 0, len(docs))
	var bad []error
	for _, d := range docs {
		r, err := p.prepare(ctx, d)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		ready = append(ready, r)
	}
	return ready, errors.Join(bad...)
}

// stage stages the publication of documents.
func (p *Publisher) stage(ctx context.Context, c *change, l *ledger, ready []*publication) error {
	u := &update{p: p, c: c, l: l, shelves: map[string]*lists{}}
	for _, r := range ready {
		if err := u.add(ctx, r); err != nil {
			return err
		}
	}
	return u.finish()
}

// An update gathers a change of documents, lists and metadata.
type update struct {
	p       *Publisher
	c       *change
	l       *ledger
	shelves map[string]*lists
	garbage []string
	pages   bool // what the pages show has changed
	credits bool // the credits page is staged
}

func (u *update) lists(s shelf) (*lists, error) {
	if ls := u.shelves[s.path]; ls != nil {
		return ls, nil
	}
	ls, err := u.p.readLists(s, u.l.shelf(s.path))
	if err == nil {
		u.shelves[s.path] = ls
	}
	return ls, err
}

// finish stages keys, lists, pages and metadata after the documents, in the order
// in which they may name each other, and the ledger as the last.
func (u *update) finish() error {
	p, c, l := u.p, u.c, u.l
	now := p.cfg.Now().UTC()
	fpr := strings.ToUpper(p.cfg.Signer.Fingerprint())
	if len(l.Keys) == 0 || l.Keys[len(l.Keys)-1] != fpr {
		l.Keys = append(slices.DeleteFunc(l.Keys, func(k string) bool { return k == fpr }), fpr)
	}
	for _, dir := range []string{p.cfg.Dir, filepath.Join(p.cfg.Dir, "openpgp"), filepath.Join(p.cfg.Dir, "advisories")} {
		u.mkdir(dir)
	}
	if _, err := c.putUnlessSame(filepath.Join(p.cfg.Dir, filepath.FromSlash(keyName(fpr))), p.cfg.Signer.PublicKey()); err != nil {
		return err
	}
	for _, s := range p.cfg.shelves() {
		u.mkdir(s.file("."))
		led := l.shelf(s.path)
		ls := u.shelves[s.path]
		if ls == nil && !listsExist(s, led) {
			var err error
			if ls, err = u.lists(s); err != nil {
				return err
			}
		}
		if ls != nil && ls.dirty {
			led.Updated = later(now, led.Updated)
			if err := c.stageLists(ls, led); err != nil {
				return err
			}
		}
		if _, err := c.putUnlessSame(s.file(s.category()), categoryDocument(s.version)); err != nil {
			return err
		}
	}
	for _, t := range trees {
		u.mkdir(filepath.Join(p.cfg.Dir, t.dir))
		dirs := []string{t.dir}
		if t.version == p.top() {
			dirs = append(dirs, "") // next to the metadata at the top (7.1.16)
		}
		for _, dir := range dirs {
			if _, err := c.putUnlessSame(filepath.Join(p.cfg.Dir, dir, serviceName), p.serviceDocument(t)); err != nil {
				return err
			}
		}
	}
	if err := u.stagePages(); err != nil {
		return err
	}
	if err := u.stageMetadata(now); err != nil {
		return err
	}
	if len(c.steps) == 0 {
		return nil
	}
	for _, g := range l.Garbage {
		c.remove(g)
	}
	l.Garbage = u.garbage
	return c.put(p.state("ledger.json"), indent(l))
}

func (u *update) mkdir(dir string) {
	if !isDir(dir) {
		u.c.mkdir(dir)
	}
}

// stageMetadata writes the metadata of a tree if it says something else than what is
// there, or is absent; the one at the top is a copy. CSAF 2.1 states when each feed
// was updated, CSAF 2.0 does not: a document there leaves the metadata as it is.
func (u *update) stageMetadata(now time.Time) error {
	for _, t := range trees {
		names := []string{filepath.Join(u.p.cfg.Dir, t.dir, MetadataName)}
		if t.version == u.p.top() {
			names = append(names, filepath.Join(u.p.cfg.Dir, MetadataName))
		}
		data := string(u.p.metadata(t, u.l))
		if !slices.ContainsFunc(names, func(n string) bool {
			old, err := os.ReadFile(n)
			return err != nil || string(old) != data
		}) {
			continue
		}
		u.l.Updated[t.dir] = later(now, u.l.Updated[t.dir])
		for _, n := range names {
			if err := u.c.put(n, u.p.metadata(t, u.l)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Publisher) top() csaf.Version {
	if p.cfg.Top == "" {
		return csaf.V20
	}
	return p.cfg.Top
}
