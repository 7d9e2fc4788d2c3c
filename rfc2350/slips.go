package rfc2350

import (
	"math/bits"
	"slices"
	"strings"
)

// nearest finds the title of at least twelve letters within two slips, word by
// word: "eletronic mail adress". Only one word may differ, so the walk is short.
func nearest(words string) *node {
	if len(words) < 12 {
		return nil
	}
	return nearestFrom(&titleTree().nodes[0], strings.Fields(words), 1)
}

func nearestFrom(n *node, words []string, slips int) *node {
	if len(words) == 0 {
		if n.id == "" {
			return nil
		}
		return n
	}
	w := wordShape(words[0])
	first, _ := slices.BinarySearchFunc(n.shapes, w, func(s, w shape) int { return int(s.first) - int(w.first) })
	for i := first; i < len(n.shapes) && n.shapes[i].first == w.first; i++ {
		if n.shapes[i] == w && n.kids[i].text == words[0] {
			if f := nearestFrom(n.kids[i], words[1:], slips); f != nil {
				return f
			}
			break
		}
	}
	if slips == 0 {
		return nil
	}
	var best *node
	for i := first; i < len(n.shapes) && n.shapes[i].first == w.first; i++ { // the first letter is seldom wrong
		// A slip changes two letters of the set at most, and the length by two.
		s := n.shapes[i]
		if d := int(s.size) - int(w.size); bits.OnesCount32(s.letters^w.letters) > 4 || s.size < 5 || d > 2 || d < -2 {
			continue
		}
		if m := n.kids[i]; m.text == words[0] || !within2(m.text, words[0]) {
			continue
		}
		if f := nearestFrom(n.kids[i], words[1:], slips-1); f != nil && (best == nil || f.id < best.id) {
			best = f
		}
	}
	return best
}

// within2 reports whether two words are at most two edits apart.
func within2(a, b string) bool {
	if d := len(a) - len(b); d > 2 || d < -2 || len(a) > maxTitleWord || len(b) > maxTitleWord {
		return false
	}
	var rows [2][maxTitleWord + 2]uint8
	prev, cur := &rows[0], &rows[1]
	for j := 0; j <= len(b); j++ {
		prev[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = uint8(i)
		for j := 1; j <= len(b); j++ {
			c := prev[j-1]
			if a[i-1] != b[j-1] {
				c++
			}
			cur[j] = min(c, prev[j]+1, cur[j-1]+1)
		}
		prev, cur = cur, prev
	}
	return prev[len(b)] <= 2
}
