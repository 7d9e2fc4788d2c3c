// Package engine decides on commands: [Decision] applies each to a working copy of a case,
// refuses what a rule forbids, and emits the records that it leads to; [Engine] repeats
// that until the records are appended. A decision does no I/O: what it has to know besides
// the case it asks of its answers.
package engine
