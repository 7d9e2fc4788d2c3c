package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/cvdkit/cvdkit/cvd"
)

func Panicked(where string, value any) error {
	return &cvd.PanicError{Where: where, Type: fmt.Sprintf("%T", value), Stack: debug.Stack()}
}
