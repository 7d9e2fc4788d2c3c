// Package cvdsim simulates a team for a long time: one seed drives several processes on
// one store with faults in it, people who report, answer and read, recipients whose mail
// server fails, and clocks that differ. It is all one goroutine, so that a seed always
// does the same; what runs at the same time elsewhere runs here within another's
// Append.
//
// It keeps what was acknowledged, and judges by a few facts of its own what may be seen:
// nothing acknowledged is lost, nobody sees what nobody gave it, every message goes out
// at least once under one ID, every reminder comes once, every chain verifies and every
// row is what the log says.
//
// A failure comes with its seed, and with the fewest lines for examples/play that still
// lead to it.
package cvdsim
