package service

//go:generate go test . -run ^TestFormats$ -update-formats

import (
	"fmt"
	"io"
)

// Format prints no field: fmt cannot ask the Secret in there to hide itself.
func (s Service) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "cvd.Service") }
