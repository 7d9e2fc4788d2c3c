package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ledger is what the publisher remembers between calls, in State/ledger.json. All of
// it can be found again from the tree, but the retired keys' order and the dates.
type ledger struct {
	// Keys are the fingerprints of the keys in the metadata, the current one last.
	Keys    []string                `json:"keys"`
	Shelves map[string]*shelfLedger `json:"shelves"` // by path
	Recent  []recent                `json:"recent"`  // CLEAR, newest first
	Updated map[string]time.Time    `json:"updated"` // of the metadata, by tree
	// Garbage is removed by the next change: readers may still come for it.
	Garbage []string `json:"garbage,omitempty"`
}

type shelfLedger struct {
	// Stamps are size and time of the lists as written, by file name. A list that
	// differs was touched by somebody else, and is made anew from the documents.
	Stamps  map[string]string `json:"stamps"`
	Updated time.Time         `json:"updated"`
}

// A recent is an advisory on the pages for people.
type recent struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Summary   string    `json:"summary,omitempty"`
	Published time.Time `json:"published"`
	Updated   time.Time `json:"updated"`
	Page      string    `json:"page"`  // advisories/x.html
	Files     []string  `json:"files"` // v2.0/white/2026/x.json
}

// maxRecent bounds the pages for people; the lists for programs are complete.
const maxRecent = 100

func (p *Publisher) readLedger() (*ledger, error) {
	l := &ledger{Shelves: map[string]*shelfLedger{}, Updated: map[string]time.Time{}}
	data, err := os.ReadFile(p.state("ledger.json"))
	if errors.Is(err, fs.ErrNotExist) {
		// A tree whose ledger was lost still says which keys its signatures need.
		l.Keys = p.publishedKeys()
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, l); err != nil {
		return nil, fmt.Errorf("provider: ledger.json in the state folder is damaged (remove it to have it made anew): %w", err)
	}
	if l.Shelves == nil {
		l.Shelves = map[string]*shelfLedger{}
	}
	if l.Updated == nil {
		l.Updated = map[string]time.Time{}
	}
	return l, nil
}

// publishedKeys reads the fingerprints of the keys in the metadata that is there.
func (p *Publisher) publishedKeys() []string {
	data, err := os.ReadFile(filepath.Join(p.cfg.Dir, MetadataName))
	if err != nil {
		return nil
	}
	var m Metadata
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	var list []string
	for _, k := range m.Keys {
		if _, err := os.Stat(filepath.Join(p.cfg.Dir, filepath.FromSlash(keyName(k.Fingerprint)))); err == nil {
			list = append(list, strings.ToUpper(k.Fingerprint))
		}
	}
	return list
}

func (l *ledger) shelf(path string) *shelfLedger {
	s := l.Shelves[path]
	if s == nil {
		s = &shelfLedger{Stamps: map[string]string{}}
		l.Shelves[path] = s
	}
	return s
}

// note puts an advisory on the pages for people, or moves it to where its date is.
func (l *ledger) note(r recent) {
	i := slices.IndexFunc(l.Recent, func(o recent) bool { return o.Page == r.Page })
	if i >= 0 {
		for _, f := range l.Recent[i].Files {
			if !slices.Contains(r.Files, f) {
				r.Files = append(r.Files, f)
			}
		}
		l.Recent = slices.Delete(l.Recent, i, i+1)
	}
	slices.Sort(r.Files)
	at := slices.IndexFunc(l.Recent, func(o recent) bool { return !o.Updated.After(r.Updated) })
	if at < 0 {
		at = len(l.Recent)
	}
	l.Recent = slices.Insert(l.Recent, at, r)
	if len(l.Recent) > maxRecent {
		l.Recent = l.Recent[:maxRecent]
	}
}
