package svg

import "strings"

// Wrap breaks text into lines of a width, at spaces; a word that is too long for a
// line is cut with an ellipsis, and so is the last line if there is more.
func Wrap(s string, size, width float64, lines int) []string {
	var out []string
	line := ""
	words := strings.Fields(s)
	for i := len(words) - 1; i > 0; i-- {
		if words[i] == "·" { // ends a line rather than beginning one
			words[i-1] += " ·"
			words = append(words[:i], words[i+1:]...)
		}
	}
	for i, w := range words {
		next := w
		if line != "" {
			next = line + " " + w
		}
		if line == "" || TextWidth(next, size) <= width {
			line = next
			continue
		}
		if len(out)+1 == lines {
			return append(out, Shorten(line+" "+strings.Join(words[i:], " "), size, width))
		}
		out, line = append(out, Shorten(line, size, width)), w
	}
	if line != "" || len(out) == 0 {
		out = append(out, Shorten(line, size, width))
	}
	return out
}
