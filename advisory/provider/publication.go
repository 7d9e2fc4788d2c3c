package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// A publication is a document that may be published as far as it alone can tell.
type publication struct {
	item
	s        shelf
	name     string // x.json
	revision string
	text     []byte
	adv      *advisory.Advisory
}

// prepare checks a document against all rules that need no look at the tree.
func (p *Publisher) prepare(ctx context.Context, d *csaf.Document) (*publication, error) {
	id := d.ID()
	if d.Status() != "final" && d.Status() != "interim" {
		return nil, docError(id, ErrDraft)
	}
	s, path, err := p.place(d)
	if err != nil {
		return nil, err
	}
	initial, current := d.Released()
	if now := p.cfg.Now(); current.After(now) || initial.After(now) {
		return nil, docError(id, ErrEmbargo)
	}
	text := d.JSON()
	r, err := p.validator.Validate(ctx, text, csaf.Basic)
	if err != nil {
		return nil, docError(id, err)
	}
	if err := invalid(id, r); err != nil {
		return nil, err
	}
	adv, _ := d.Advisory()
	pub := &publication{
		item: describe(d, path), s: s, name: d.Filename(), revision: d.Revision(), text: text, adv: adv,
	}
	if p.cfg.Approve != nil {
		if err := p.cfg.Approve(ctx, d); err != nil {
			return nil, fmt.Errorf("provider: %s was not approved: %w", id, err)
		}
	}
	return pub, nil
}

// place returns the shelf of a document, and its path there.
func (p *Publisher) place(d *csaf.Document) (shelf, string, error) {
	t, ok := treeOf(d.Version())
	if !ok {
		return shelf{}, "", docError(d.ID(), csaf.ErrNotCSAF)
	}
	s, ok := p.cfg.shelf(t, d.TLP())
	if !ok {
		return shelf{}, "", fmt.Errorf("%w: %s is TLP:%s, and Config.Labels has no such feed", ErrTLP, d.ID(), d.TLP().Name())
	}
	initial, _ := d.Released()
	return s, initial.UTC().Format("2006") + "/" + d.Filename(), nil
}

// URLOf returns where a document is once it is published: the folder of its version of CSAF,
// its label and the year of its first release (CSAF 2.0, section 7.1.11). A draft gets its
// reference to itself by it. The document may be one that Publish refuses still, such as a
// draft or one under an embargo; an error says that there is no place for it at all.
func (p *Publisher) URLOf(d *csaf.Document) (string, error) {
	s, path, err := p.place(d)
	if err != nil {
		return "", err
	}
	return s.url + path, nil
}

func invalid(id string, r csaf.Report) error {
	e := &InvalidError{ID: id}
	for _, f := range r.Findings {
		if f.Severity == csaf.SeverityError {
			e.Findings = append(e.Findings, f)
		}
	}
	if len(e.Findings) > 0 {
		return e
	}
	return nil
}

// describe reads what the lists say about a document.
func describe(d *csaf.Document, path string) item {
	i := item{id: d.ID(), title: d.Title(), category: d.Category(), path: path}
	i.published, i.updated = d.Released()
	a, _ := d.Advisory()
	for _, n := range a.Notes {
		if n.Category == advisory.NoteSummary {
			i.summary = shorten(n.Text, 1000)
			break
		}
	}
	return i
}

// shorten cuts a text at a space before max bytes.
func shorten(s string, max int) string {
	s = strings.TrimSpace(s)
	if len(s) <= max {
		return s
	}
	cut := strings.ToValidUTF8(s[:max], "")
	if at := strings.LastIndexAny(cut, " \n\t"); at > max/2 {
		cut = cut[:at]
	}
	return strings.TrimSpace(cut) + " …"
}

// add stages a publication, after a look at what is published already.
func (u *update) add(ctx context.Context, r *publication) error {
	ls, err := u.lists(r.s)
	if err != nil {
		return err
	}
	if old, ok := ls.named(r.name); ok && old != r.path {
		return fmt.Errorf("%w: %s is published as %s", ErrTaken, r.id, old)
	}
	same, err := u.compare(r)
	if err != nil || same {
		return err
	}
	if err := u.leaveOthers(r); err != nil {
		return err
	}
	sig, err := u.p.sign(ctx, r.text)
	if err != nil {
		return docError(r.id, err)
	}
	if err := u.place(r.s, r.path, r.text, sig); err != nil {
		return err
	}
	ls.set(r.item)
	if r.s.tlp != tlp.Clear {
		return nil
	}
	return u.addPage(r)
}

// compare reports whether the same text is published already. It refuses what is
// not newer than what is published.
func (u *update) compare(r *publication) (same bool, err error) {
	old, err := os.ReadFile(r.s.file(r.path))
	if err != nil {
		return false, nil // not published, or damaged: written anew
	}
	if bytes.Equal(old, r.text) {
		return u.shelves[r.s.path].has(r.path) && u.p.whole(r.s, r.path), nil
	}
	d, err := csaf.Parse(old)
	if err != nil {
		return false, nil // somebody damaged it
	}
	if d.ID() != r.id {
		return false, fmt.Errorf("%w: %s has the file name of %s", ErrTaken, r.id, d.ID())
	}
	if _, was := d.Released(); !r.updated.After(was) || d.Revision() == r.revision {
		return false, docError(r.id, ErrStale)
	}
	return false, nil
}

// whole reports whether a document has all that belongs to it.
func (p *Publisher) whole(s shelf, path string) bool {
	for _, ext := range sidecars {
		if _, err := os.Stat(s.file(path + ext)); err != nil {
			return false
		}
	}
	return true
}

// leaveOthers takes the document out of the lists of stricter labels. A document
// that was published under a less strict label cannot be called back.
func (u *update) leaveOthers(r *publication) error {
	for _, s := range u.p.cfg.shelves() {
		if s.tree != r.s.tree || s.tlp == r.s.tlp {
			continue
		}
		ls, err := u.lists(s)
		if err != nil {
			return err
		}
		path, ok := ls.named(r.name)
		if !ok {
			continue
		}
		if r.s.tlp.Stricter(s.tlp) {
			return fmt.Errorf("%w: %s was published as TLP:%s", ErrTLP, r.id, s.name)
		}
		if path != r.path {
			return fmt.Errorf("%w: %s is published as %s", ErrTaken, r.id, path)
		}
		if old, err := os.ReadFile(s.file(path)); err == nil {
			if d, err := csaf.Parse(old); err == nil && d.ID() != r.id {
				return fmt.Errorf("%w: %s has the file name of %s", ErrTaken, r.id, d.ID())
			}
		}
		ls.drop(path)
		dir := filepath.Dir(s.file(path))
		for _, ext := range append([]string{""}, sidecars[:]...) {
			u.garbage = append(u.garbage, filepath.Join(dir, r.name+ext))
		}
		u.garbage = append(u.garbage, filepath.Join(dir, "."+r.name))
	}
	return nil
}

// sidecars are what belongs to a document, by what is appended to its name.
var sidecars = [...]string{".asc", ".sha256", ".sha512"}

// sign makes the signature of a text.
func (p *Publisher) sign(ctx context.Context, text []byte) ([]byte, error) {
	if e := p.cfg.Signer.Expires(); !e.IsZero() && e.Before(p.cfg.Now().Add(MinValidity)) {
		return nil, ErrKey
	}
	var sig bytes.Buffer
	if err := p.cfg.Signer.SignDetached(ctx, &sig, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(sig.Bytes(), []byte("-----BEGIN PGP SIGNATURE-----")) {
		return nil, fmt.Errorf("provider: the signature is not armored (CSAF 7.1.19)")
	}
	return sig.Bytes(), nil
}

// place stages a revision in a folder of its own, and the one rename that makes it
// current. The names of a new document are links that stay.
func (u *update) place(s shelf, path string, text, sig []byte) error {
	file := s.file(path)
	dir, name := filepath.Dir(file), filepath.Base(file)
	revs := filepath.Join(dir, "."+name)
	s256, s512 := sha256.Sum256(text), sha512.Sum512(text)
	id := sha256.Sum256(append(s256[:], sig...))
	rev := "r" + hex.EncodeToString(id[:10])
	old, _ := os.Readlink(filepath.Join(revs, "current"))

	u.mkdir(dir)
	if entries, err := os.ReadDir(revs); err == nil {
		// The revision before the current one waits here for readers that came for it.
		for _, e := range entries {
			if n := e.Name(); e.IsDir() && n != old && n != rev {
				u.c.remove(filepath.Join(revs, n))
			}
		}
	}
	u.c.mkdir(revs)
	if err := u.c.folder(filepath.Join(revs, rev), map[string][]byte{
		name:             text,
		name + ".asc":    sig,
		name + ".sha256": fmt.Appendf(nil, "%x  %s\n", s256, name),
		name + ".sha512": fmt.Appendf(nil, "%x  %s\n", s512, name),
		"signer":         fmt.Appendf(nil, "%s %s\n", strings.ToUpper(u.p.cfg.Signer.Fingerprint()), stamp(u.p.cfg.Now())),
	}); err != nil {
		return err
	}
	u.c.link(rev, filepath.Join(revs, "current"))
	// Lists name a document after its folder is on the disk; the document itself is
	// named after what belongs to it.
	for _, ext := range append(sidecars[:], "") {
		at := filepath.Join(dir, name+ext)
		want := filepath.Join("."+name, "current", name+ext)
		if got, err := os.Readlink(at); err != nil || got != want {
			u.c.link(want, at)
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
