package cvd

import (
	"fmt"
	"io"
)

// Format prints no field: what a Store or a Transport holds is not known here.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "cvd.Config") }
