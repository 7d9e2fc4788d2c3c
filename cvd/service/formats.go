package service

import (
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

func (x Filter) Format(f fmt.State, v rune) { type t Filter; inner.Format(f, v, t(x)) }

func (x Page) Format(f fmt.State, v rune) { type t Page; inner.Format(f, v, t(x)) }

func (x Person) Format(f fmt.State, v rune) { type t Person; inner.Format(f, v, t(x)) }

func (x PersonData) Format(f fmt.State, v rune) { type t PersonData; inner.Format(f, v, t(x)) }

func (x SentText) Format(f fmt.State, v rune) { type t SentText; inner.Format(f, v, t(x)) }
