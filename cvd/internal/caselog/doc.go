// Package caselog has the log of a case: its records, one type each ([Entry]), their form
// on the wire, and the fold that makes a case of them ([Folded]). It knows the keys and the
// index terms that follow from a log ([Book]), and one function decides who sees what of
// it ([Sight]). Nothing here decides whether something may happen.
package caselog
