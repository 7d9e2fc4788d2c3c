//go:build !race

package rfc2350

const largeInput = 10 << 20
