// Package demo fills a database with demonstration cases, one of each kind that a desk
// meets: what waits to be looked at, what is under embargo, what is attacked, what
// is published, what is late. Everything goes in through the public API, as the team,
// the reporters and the vendors would do it, on a clock of its own that runs from
// some months ago up to now.
//
// Demonstration data never mix with real ones: Claim marks a database as one or the
// other, once and for all, and refuses the other.
package demo
