package inner

import (
	"fmt"
)

// Format prints fields for a type that holds a Private. A Private hides itself, but for one case: given a pointer within another value
// and a verb that is not for pointers, such as %s of a []*Case, fmt prints what
// it points to without asking the methods in there. So each type that holds a
// Private formats itself: as its fields, by the same verb. The methods are in
// formats.go, which go generate writes.
func Format(f fmt.State, verb rune, fields any) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), fields)
}
