//go:build race

package rfc2350

// The race detector makes everything ten times slower; the cost of large inputs is
// not its business.
const largeInput = 1 << 20

// generatedRuns is how many documents are generated.
const generatedRuns = 100
