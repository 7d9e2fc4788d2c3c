package cvd

import (
	"fmt"
	"io"
)

//go:generate go test . -run ^TestFormats$ -update-formats

// Private hides itself, but for one case: given a pointer within another value
// and a verb that is not for pointers, such as %s of a []*Case, fmt prints what
// it points to without asking the methods in there. So each type that holds a
// Private formats itself: as its fields, by the same verb. The methods are in
// formats.go, which go generate writes.
func format(f fmt.State, verb rune, fields any) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), fields)
}

// Format prints no field: fmt cannot ask the Secret in there to hide itself.
func (s Service) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "cvd.Service") }

// Format prints no field: what a Store or a Transport holds is not known here.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "cvd.Config") }
