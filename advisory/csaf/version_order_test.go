package csaf

import "testing"

func TestVersionsAreOrdered(t *testing.T) {
	order := []Version{"", "1.2", V20, V21, "2.10", "3"}
	for i, a := range order {
		for j, b := range order {
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q compared with %q is %d", a, b, got)
			}
			if a.AtLeast(b) != (i >= j) {
				t.Errorf("%q at least %q", a, b)
			}
		}
	}
}
