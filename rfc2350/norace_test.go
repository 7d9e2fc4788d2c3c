//go:build !race

package rfc2350

const largeInput = 3 << 20

// generatedRuns is how many documents are generated.
const generatedRuns = 800
