package rfc2350

import (
	"strings"
	"sync"
)

// workspace is the memory that one Parse lends to the next. It holds nothing of a document
// between them. What each Parse made anew would drive the vocabulary out of the memory
// that is near.
type workspace struct {
	lines  []line // of the source
	page   []line // that a page shows
	tokens []htmlToken
	heads  []heading // candidates
	kept   []heading // of them, by one rule after the other
	nodes  []*node   // titles of the sections
	cutter cutter
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// end gives the memory back, unless a huge document made it large.
func (w *workspace) end() {
	const most = 1 << 12
	if cap(w.lines)+cap(w.page)+cap(w.tokens)+cap(w.heads)+cap(w.kept)+cap(w.cutter.lines)+cap(w.cutter.out) > most {
		return
	}
	clear(w.lines)
	clear(w.tokens)
	clear(w.heads)
	clear(w.kept)
	clear(w.page[:cap(w.page)])
	clear(w.cutter.lines[:cap(w.cutter.lines)])
	clear(w.cutter.out[:cap(w.cutter.out)])
	w.cutter.text = strings.Builder{}
	w.lines, w.page, w.tokens, w.heads, w.kept = w.lines[:0], w.page[:0], w.tokens[:0], w.heads[:0], w.kept[:0]
	workspaces.Put(w)
}
