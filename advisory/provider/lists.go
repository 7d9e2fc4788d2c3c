package provider

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

const (
	indexName   = "index.txt"
	changesName = "changes.csv"
)

// lists are the three lists of a shelf: index.txt, changes.csv and the entries of
// the ROLIE feed. Each has one line for each document, and line n of one is about
// the same document as line n of the others, newest change first. So a change is a
// few lines that go or come, and 10,000 others are copied without being looked at.
type lists struct {
	s              shelf
	index, changes []byte          // as they are on the disk
	entries        span            // of the feed that is on the disk
	add            map[string]item // by path
	names          map[string]string
	gone           map[string]bool // paths of lines that go
	dirty          bool
}

// An item is a document as the lists name it.
type item struct {
	id, title, summary, category string
	path                         string // 2026/x.json
	published, updated           time.Time
}

const timeLayout = "2006-01-02T15:04:05.999999999Z07:00"

func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// readLists returns the lists of a shelf. Lists that are absent, or not as the
// ledger knows them, are made anew from the documents.
func (p *Publisher) readLists(s shelf, l *shelfLedger) (*lists, error) {
	ls := &lists{s: s, add: map[string]item{}, names: map[string]string{}, gone: map[string]bool{}}
	if listsExist(s, l) {
		var err1, err2, err3 error
		ls.index, err1 = os.ReadFile(s.file(indexName))
		ls.changes, err2 = os.ReadFile(s.file(changesName))
		ls.entries, err3 = entriesOf(s.file(s.feed()))
		if err1 == nil && err2 == nil && err3 == nil {
			return ls, nil
		}
		ls.index, ls.changes, ls.entries = nil, nil, span{}
	}
	items, err := p.scan(s)
	if err != nil {
		return nil, err
	}
	for _, i := range items {
		ls.set(i)
	}
	ls.dirty = true
	return ls, nil
}

// listsExist tells whether the lists are there as they were written.
func listsExist(s shelf, l *shelfLedger) bool {
	for _, name := range []string{s.feed(), indexName, changesName} {
		if info, err := os.Stat(s.file(name)); err != nil || l.Stamps[name] != stampOf(info) {
			return false
		}
	}
	return true
}

// stampOf tells a list as we wrote it from one that somebody else touched. A hash
// of 10 MB would cost as much as writing them.
func stampOf(info fs.FileInfo) string {
	return fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// scan reads the documents of a shelf, newest change first.
func (p *Publisher) scan(s shelf) ([]item, error) {
	years, err := os.ReadDir(s.file("."))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var items []item
	for _, y := range years {
		if !y.IsDir() || !isYear(y.Name()) {
			continue
		}
		files, err := os.ReadDir(s.file(y.Name()))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if strings.HasPrefix(f.Name(), ".") || filepath.Ext(f.Name()) != ".json" {
				continue
			}
			path := y.Name() + "/" + f.Name()
			data, err := os.ReadFile(s.file(path))
			if err != nil {
				return nil, err
			}
			d, err := csaf.Parse(data)
			if err != nil {
				return nil, fmt.Errorf("provider: %s/%s: %w", s.path, path, err)
			}
			items = append(items, describe(d, path))
		}
	}
	slices.SortFunc(items, newest)
	return items, nil
}

func isYear(s string) bool {
	return len(s) == 4 && strings.Trim(s, "0123456789") == ""
}

// set puts a document into the lists, instead of the line it had.
func (l *lists) set(i item) {
	l.drop(i.path)
	l.add[i.path], l.names[baseName(i.path)] = i, i.path
	l.dirty = true
}

// drop takes a document out of the lists.
func (l *lists) drop(path string) {
	if _, ok := l.add[path]; ok {
		delete(l.add, path)
		delete(l.names, baseName(path))
	}
	if l.find(path) >= 0 {
		l.gone[path], l.dirty = true, true
	}
}

// has reports whether the lists have a document.
func (l *lists) has(path string) bool {
	_, ok := l.add[path]
	return ok || !l.gone[path] && l.find(path) >= 0
}

// find returns where the line of a document begins in changes, or -1.
func (l *lists) find(path string) int {
	key := []byte(l.quote(path) + ",")
	if bytes.HasPrefix(l.changes, key) {
		return 0
	}
	at := bytes.Index(l.changes, append([]byte{'\n'}, key...))
	if at < 0 {
		return -1
	}
	return at + 1
}

// named returns the path of the document with a file name, whatever its year.
func (l *lists) named(name string) (path string, ok bool) {
	if path, ok := l.names[name]; ok {
		return path, true
	}
	at := bytes.Index(l.index, []byte("/"+name+"\n"))
	if at < 4 {
		return "", false
	}
	path = string(l.index[at-4:at]) + "/" + name
	return path, !l.gone[path]
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// paths returns the documents, in no order.
func (l *lists) paths() []string {
	list := slices.Sorted(maps.Keys(l.add))
	for line := range strings.Lines(string(l.index)) {
		if path := strings.TrimSuffix(line, "\n"); !l.gone[path] {
			list = append(list, path)
		}
	}
	return list
}

// edits returns what is done to the lines that are on the disk.
func (l *lists) edits() []edit {
	var list []edit
	for path := range l.gone {
		list = append(list, edit{line: bytes.Count(l.changes[:l.find(path)], []byte{'\n'})})
	}
	for _, i := range l.add {
		list = append(list, edit{line: l.place(i.updated), item: &i})
	}
	slices.SortFunc(list, func(a, b edit) int {
		switch {
		case a.line != b.line:
			return a.line - b.line
		case a.item == nil: // what comes, comes before
			return 1
		case b.item == nil:
			return -1
		}
		return newest(*a.item, *b.item)
	})
	return list
}

// newest orders items as the lists do.
func newest(a, b item) int {
	return cmp.Or(b.updated.Compare(a.updated), strings.Compare(a.path, b.path))
}

// place returns the line before which a change of a time belongs.
func (l *lists) place(at time.Time) int {
	low, high := 0, len(l.changes) // begins of lines; all before low are after at
	for low < high {
		mid := bytes.LastIndexByte(l.changes[:(low+high)/2], '\n') + 1
		next := mid + bytes.IndexByte(l.changes[mid:], '\n') + 1
		if l.updatedAt(mid).After(at) {
			low = next
		} else {
			high = max(mid, low)
		}
	}
	return bytes.Count(l.changes[:low], []byte{'\n'})
}

func (l *lists) updatedAt(at int) time.Time {
	line := l.changes[at:]
	line = line[:bytes.IndexByte(line, '\n')]
	t, _ := time.Parse(time.RFC3339Nano, strings.Trim(string(line[bytes.LastIndexByte(line, ',')+1:]), `"`))
	return t
}

func (l *lists) quote(s string) string {
	if l.s.version == csaf.V20 { // 7.1.13: 2.0 quotes, 2.1 does not
		return `"` + s + `"`
	}
	return s
}

func (l *lists) indexLine(i item) string { return i.path }

func (l *lists) changesLine(i item) string {
	return l.quote(i.path) + "," + l.quote(stamp(i.updated))
}

func (l *lists) entryLine(i item) string {
	self := l.s.url + i.path
	e := entry{
		ID: i.id, Title: i.title,
		Link: []link{
			{"self", self}, {"hash", self + ".sha256"}, {"hash", self + ".sha512"}, {"signature", self + ".asc"},
		},
		Published: stamp(i.published), Updated: stamp(i.updated),
		Content: content{"application/json", self},
		Format:  format{schemaOf(l.s.version), string(l.s.version)},
	}
	if i.summary != "" {
		e.Summary = &summary{i.summary}
	}
	if i.category != "" {
		e.Category = []category{{Term: i.category}}
	}
	return string(compact(e))
}

func compact(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // plain structs of strings
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// stageLists stages the lists that changed, and notes their stamps.
func (c *change) stageLists(l *lists, led *shelfLedger) error {
	edits := l.edits()
	head := l.feedHead(led.Updated)
	for _, f := range []struct {
		name string
		text text
	}{
		{l.s.feed(), text{l.entries, ",\n", l.entryLine, head, []byte(entriesEnd)}},
		{indexName, text{span{end: int64(len(l.index))}, "\n", l.indexLine, nil, nil}},
		{changesName, text{span{end: int64(len(l.changes))}, "\n", l.changesLine, nil, nil}},
	} {
		to := l.s.file(f.name)
		err := c.putFunc(to, func(dst *os.File) error { return f.text.write(dst, to, edits) })
		if err != nil {
			return err
		}
		// A rename keeps the time of the file.
		info, err := os.Stat(filepath.Join(c.dir, c.steps[len(c.steps)-1].From))
		if err != nil {
			return err
		}
		led.Stamps[f.name] = stampOf(info)
	}
	return nil
}
