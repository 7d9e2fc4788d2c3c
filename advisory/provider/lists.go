package provider

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
// the same document as line n of the others, newest change first. So a change
// touches one line of each, and 10,000 others are copied without being read.
type lists struct {
	s                       shelf
	index, changes, entries []byte // lines; those of entries end in ",\n"
	dirty                   bool
	// room is what entries is the end of, after a read: a new entry at the front, which
	// is the common case, goes into the space before instead of moving 10 MB.
	room []byte
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
	ls := &lists{s: s}
	feed, ok1 := intact(s, s.feed(), l)
	index, ok2 := intact(s, indexName, l)
	changes, ok3 := intact(s, changesName, l)
	if ok1 && ok2 && ok3 {
		index, changes = index[front:], changes[front:]
		if entries, ok := entriesOf(feed); ok {
			ls.index, ls.changes, ls.entries = index, changes, entries
			if len(entries) > 0 {
				ls.room = feed[:len(feed)-len(entriesEnd)+1] // with the comma that was put in
			}
			return ls, nil
		}
	}
	items, err := p.scan(s)
	if err != nil {
		return nil, err
	}
	for _, i := range items {
		ls.append(i)
	}
	ls.dirty = true
	return ls, nil
}

func intact(s shelf, name string, l *shelfLedger) ([]byte, bool) {
	info, err := os.Stat(s.file(name))
	if err != nil || l.Stamps[name] != stampOf(info) {
		return nil, false
	}
	f, err := os.Open(s.file(name))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	data := make([]byte, front+info.Size()+1)
	n, err := io.ReadFull(f, data[front:])
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) || int64(n) != info.Size() {
		return nil, false
	}
	return data[:front+n], true
}

// front is space before a list that was read, for a line to be put first.
const front = 64 << 10

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
	slices.SortFunc(items, func(a, b item) int {
		if c := b.updated.Compare(a.updated); c != 0 {
			return c
		}
		return strings.Compare(a.path, b.path)
	})
	return items, nil
}

func isYear(s string) bool {
	return len(s) == 4 && strings.Trim(s, "0123456789") == ""
}

func (l *lists) append(i item) {
	l.index = append(l.index, l.indexLine(i)...)
	l.changes = append(l.changes, l.changesLine(i)...)
	l.entries = append(l.entries, l.entryLine(i)...)
}

// set puts the document where its date belongs, instead of the line it had.
func (l *lists) set(i item) {
	l.drop(i.path)
	n, at := 0, 0
	for at < len(l.changes) && l.updatedAt(at).After(i.updated) {
		n++
		at += bytes.IndexByte(l.changes[at:], '\n') + 1
	}
	l.changes = slices.Insert(l.changes, at, []byte(l.changesLine(i))...)
	l.index = slices.Insert(l.index, offset(l.index, n), []byte(l.indexLine(i))...)
	l.insertEntry(n, []byte(l.entryLine(i)))
	l.dirty = true
}

func (l *lists) insertEntry(n int, line []byte) {
	start := len(l.room) - len(l.entries)
	// room and entries end together: entriesOf puts a comma where a line feed was, and
	// a line feed behind it.
	if n == 0 && l.room != nil && start >= len(line) {
		copy(l.room[start-len(line):], line)
		l.entries = l.room[start-len(line):]
		return
	}
	l.room = nil
	l.entries = slices.Insert(l.entries, offset(l.entries, n), line...)
}

// drop removes the document's lines, and reports whether there were any.
func (l *lists) drop(path string) bool {
	at := l.find(path)
	if at < 0 {
		return false
	}
	n := bytes.Count(l.changes[:at], []byte{'\n'})
	for _, list := range []*[]byte{&l.changes, &l.index, &l.entries} {
		from := offset(*list, n)
		*list = slices.Delete(*list, from, from+bytes.IndexByte((*list)[from:], '\n')+1)
	}
	l.room = nil
	l.dirty = true
	return true
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
	at := bytes.Index(l.index, []byte("/"+name+"\n"))
	if at < 4 {
		return "", false
	}
	return string(l.index[at-4:at]) + "/" + name, true
}

func (l *lists) updatedAt(at int) time.Time {
	line := l.changes[at:]
	line = line[:bytes.IndexByte(line, '\n')]
	t, _ := time.Parse(time.RFC3339Nano, strings.Trim(string(line[bytes.LastIndexByte(line, ',')+1:]), `"`))
	return t
}

// offset returns where line n begins.
func offset(text []byte, n int) int {
	at := 0
	for ; n > 0; n-- {
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
	return at
}

func (l *lists) quote(s string) string {
	if l.s.version == csaf.V20 { // 7.1.13: 2.0 quotes, 2.1 does not
		return `"` + s + `"`
	}
	return s
}

func (l *lists) indexLine(i item) string { return i.path + "\n" }

func (l *lists) changesLine(i item) string {
	return l.quote(i.path) + "," + l.quote(stamp(i.updated)) + "\n"
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
	return string(compact(e)) + ",\n"
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
	head, entries, tail := l.feed(led.Updated)
	for _, f := range []struct {
		name  string
		parts [][]byte
	}{{l.s.feed(), [][]byte{head, entries, tail}}, {indexName, [][]byte{l.index}}, {changesName, [][]byte{l.changes}}} {
		if err := c.put(l.s.file(f.name), f.parts...); err != nil {
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
