// Package wire is what the formats share to read and write their JSON: a reader that
// knows which values nobody took, so that losses are complete by construction, and
// makers of members that leave out what is empty.
package wire
