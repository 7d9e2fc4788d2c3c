package main

import (
	"fmt"
	"slices"
)

// holds tells whether what came of a line holds what its script expects, and else
// where it does not: a JSON pointer. Of an object only the expected members are
// looked at, null is one that must not be there; a list must have as many elements.
func holds(have, want any, at string) (string, bool) {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return at, false
		}
		names := make([]string, 0, len(w))
		for name := range w {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			x, there := h[name]
			if w[name] == nil {
				if there {
					return at + "/" + name, false
				}
				continue
			}
			if at, ok := holds(x, w[name], at+"/"+name); !ok {
				return at, false
			}
		}
		return "", true
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) != len(w) {
			return at, false
		}
		for i := range w {
			if at, ok := holds(h[i], w[i], fmt.Sprintf("%s/%d", at, i)); !ok {
				return at, false
			}
		}
		return "", true
	}
	return at, have == want
}
