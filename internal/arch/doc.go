// Package arch holds tests of the repository as a whole: who may import whom,
// which modules a host inherits, what library code must not do, and that the
// code in README.md compiles. It has no code to import.
package arch
