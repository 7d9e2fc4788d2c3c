package shape

import (
	"cmp"
	"strconv"
	"strings"
)

// decimal is the exact value 0.digits × 10^exponent of a JSON number. Scores
// are compared as they are written: a float64 would take 10.00000000000000001
// for 10.
type decimal struct {
	negative bool
	digits   string // neither begins nor ends with 0; "" is zero
	exponent int64
}

func newDecimal(literal string) decimal {
	var d decimal
	s, negative := strings.CutPrefix(literal, "-")
	mantissa, exp := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exp = s[:i], s[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	d.exponent = int64(len(whole)) - int64(len(whole)+len(fraction)-len(digits))
	if d.digits = strings.TrimRight(digits, "0"); d.digits == "" {
		return decimal{}
	}
	d.negative = negative
	e, err := strconv.ParseInt(exp, 10, 32)
	if err != nil && exp != "" {
		// Beyond every bound that a schema has.
		e = 1 << 40
		if exp[0] == '-' {
			e = -e
		}
	}
	d.exponent += e
	return d
}

// CompareDecimals compares the values of two JSON numbers exactly.
func CompareDecimals(a, b string) int {
	x, y := newDecimal(a), newDecimal(b)
	if c := cmp.Compare(x.sign(), y.sign()); c != 0 || x.digits == "" {
		return c
	}
	c := cmp.Compare(x.exponent, y.exponent)
	if c == 0 {
		c = strings.Compare(x.digits, y.digits)
	}
	if x.negative {
		return -c
	}
	return c
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// Tenths reports whether the number is a multiple of 0.1.
func Tenths(literal string) bool {
	d := newDecimal(literal)
	return int64(len(d.digits))-d.exponent <= 1
}
