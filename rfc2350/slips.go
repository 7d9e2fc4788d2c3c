package rfc2350

import (
	"math/bits"
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
	at, ok := n.find(words[0])
	if ok {
		if f := nearestFrom(n.kids[at], words[1:], slips); f != nil {
			return f
		}
	}
	if slips == 0 {
		return nil
	}
	for at > 0 && n.kids[at-1].text[0] == words[0][0] { // the first letter is seldom wrong
		at--
	}
	var best *node
	letters := lettersOf(words[0])
	for _, m := range n.kids[at:] {
		if m.text[0] != words[0][0] {
			break
		}
		// A slip changes two letters of the set at most.
		if bits.OnesCount32(m.letters^letters) > 4 || m.text == words[0] || len(m.text) < 5 || !within2(m.text, words[0]) {
			continue
		}
		if f := nearestFrom(m, words[1:], slips-1); f != nil && (best == nil || f.id < best.id) {
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
