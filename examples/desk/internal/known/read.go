package known

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/cvd"
)

// Limits of an Index, for all that is read into it. 0 is the default.
type Limits struct {
	Files int   // default 20,000
	Bytes int64 // of all files; default 256 MiB
	File  int64 // of one; default 8 MiB
}

// Index holds what was read. Its methods are safe for concurrent use.
type Index struct {
	limits Limits
	mu     sync.RWMutex
	roots  []*root
}

type root struct {
	path  string
	ours  bool
	files map[string]*file
	ids   map[string][]*entry // by ID in capitals
}

// file is what a file was when it was read.
type file struct {
	size    int64
	changed time.Time
	entry   *entry // nil: it cannot be read
	err     error
}

// entry is what is kept of an advisory.
type entry struct {
	id, title, link string
	ours            bool
	ids             []string
	products        []product
	words           []string // of the title
}

type product struct {
	name  string
	words []string
}

// New returns an Index that holds nothing.
func New(l Limits) *Index {
	if l.Files == 0 {
		l.Files = 20_000
	}
	if l.Bytes == 0 {
		l.Bytes = 256 << 20
	}
	if l.File == 0 {
		l.File = 8 << 20
	}
	return &Index{limits: l}
}

var (
	errFormat  = errors.New("it is no advisory in OSV, CSAF or CVE form")
	errRegular = errors.New("it is no file and no folder")
)

// Read reads an advisory, or all files of a folder and the folders in it whose names
// end in .json and begin with no dot. What was read from the same path before is
// replaced; files that have not changed are not read again. It returns how many
// advisories the path has, and an error for each file that cannot be read; each error
// names its file. ours says that the team has published them: then a file that is no
// advisory, such as the metadata of a provider, is no error.
func (x *Index) Read(path string, ours bool) (n int, errs []error) {
	r := &root{path: path, ours: ours, files: map[string]*file{}, ids: map[string][]*entry{}}
	x.mu.RLock()
	old := map[string]*file{}
	files, bytes := 0, int64(0)
	for _, o := range x.roots {
		if o.path == path {
			old = o.files
			continue
		}
		for _, f := range o.files {
			files, bytes = files+1, bytes+f.size
		}
	}
	x.mu.RUnlock()
	full := func(name string, f fs.FileInfo) error {
		if files++; files > x.limits.Files {
			return fmt.Errorf("%s: it and what follows is not read: there are more than %d files", name, x.limits.Files)
		}
		if bytes += min(f.Size(), x.limits.File); bytes > x.limits.Bytes {
			return fmt.Errorf("%s: it and what follows is not read: there are more than %d bytes", name, x.limits.Bytes)
		}
		return nil
	}
	for name, err := range names(path) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, cause(err)))
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, cause(err)))
			continue
		}
		if info.IsDir() {
			continue // a link to a folder, which may lead in a circle
		}
		if err := full(name, info); err != nil {
			errs = append(errs, err)
			break
		}
		f := old[name]
		if f == nil || f.size != info.Size() || !f.changed.Equal(info.ModTime()) {
			f = &file{size: info.Size(), changed: info.ModTime()}
			f.entry, f.err = x.open(name, info, ours)
		}
		r.files[name] = f
		if f.err != nil {
			if !ours || !errors.Is(f.err, errFormat) {
				errs = append(errs, fmt.Errorf("%s: %w", name, f.err))
			}
			continue
		}
		n++
		for _, id := range f.entry.ids {
			r.ids[id] = append(r.ids[id], f.entry)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.roots = append(slices.DeleteFunc(x.roots, func(o *root) bool { return o.path == path }), r)
	return n, errs
}

// names are the files of a path, in order.
func names(path string) func(yield func(string, error) bool) {
	return func(yield func(string, error) bool) {
		at, err := filepath.EvalSymlinks(path)
		if err != nil {
			yield(path, err)
			return
		}
		filepath.WalkDir(at, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				if !yield(name, err) {
					return fs.SkipAll
				}
			case name != at && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case d.IsDir() || name != at && !strings.EqualFold(filepath.Ext(name), ".json"):
			case !yield(name, nil):
				return fs.SkipAll
			}
			return nil
		})
	}
}

// cause is an error without the name of its file.
func cause(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (x *Index) open(name string, info fs.FileInfo, ours bool) (*entry, error) {
	switch {
	case !info.Mode().IsRegular():
		return nil, errRegular
	case info.Size() > x.limits.File:
		return nil, fmt.Errorf("it has %d bytes, and %d are the most", info.Size(), x.limits.File)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	a, format, _, err := formats.Decode(f)
	switch {
	case errors.Is(err, formats.ErrUnknown) || err == nil && format == formats.OpenVEX:
		return nil, errFormat
	case err != nil:
		return nil, err
	}
	e := entryOf(a)
	if e.ours = ours; e.id == "" {
		return nil, errors.New("it has no ID")
	}
	return e, nil
}

const (
	mostIDs      = 200
	mostProducts = 200
	mostName     = 200 // letters of an ID, a title or a name
)

func entryOf(a *advisory.Advisory) *entry {
	e := &entry{id: line(a.ID), title: line(a.Title)}
	add := func(id string) {
		if id = strings.ToUpper(line(id)); isID(id) && len(e.ids) < mostIDs && !slices.Contains(e.ids, id) {
			e.ids = append(e.ids, id)
		}
	}
	refs := slices.Clone(a.References)
	slices.SortStableFunc(refs, func(a, b advisory.Reference) int { return b2i(b.Self) - b2i(a.Self) })
	add(a.ID)
	for _, id := range a.Aliases {
		add(id)
	}
	for i := range a.Vulnerabilities {
		v := &a.Vulnerabilities[i]
		add(v.CVE)
		for _, id := range v.IDs {
			add(id.Text)
		}
		if e.title == "" {
			if e.title = line(v.Title); e.title == "" {
				e.title = line(v.Description())
			}
		}
		if len(refs) == 0 {
			refs = v.References
		}
	}
	for _, r := range refs {
		if e.link == "" {
			e.link = link(r.URL)
		}
	}
	seen := map[string]bool{}
	for i := range a.Products {
		p := &a.Products[i]
		names := []string{p.Name, p.Package}
		if p.Name == "" && p.Package == "" {
			names[0] = p.Title
		}
		if i := strings.LastIndexByte(p.Package, '/'); i >= 0 {
			names = append(names, p.Package[i+1:])
		}
		for _, name := range names {
			name = line(name)
			// A version in a name is not what a product is known by.
			words := slices.DeleteFunc(words(name, mostName), func(w string) bool { return !strings.ContainsFunc(w, unicode.IsLetter) })
			if key := strings.Join(words, " "); key != "" && !seen[key] && len(e.products) < mostProducts {
				seen[key] = true
				e.products = append(e.products, product{name, words})
			}
		}
	}
	e.words = words(e.title, mostName)
	return e
}

// line is a text as one line that can be shown.
func line(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) > 4*mostName {
		s = strings.ToValidUTF8(s[:4*mostName], "")
	}
	s = cvd.Private(s).Display()
	if r := []rune(s); len(r) > mostName {
		s = string(r[:mostName]) + "…"
	}
	return strings.Clone(s) // it does not keep the whole document in memory
}

// link is an address that a page may lead to; "" for every other.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > 2000 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return u.String()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
