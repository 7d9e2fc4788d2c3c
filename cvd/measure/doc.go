// Package measure computes how a team does from figures of its cases: how long the
// stages took, how old the open cases are, which deadlines were met, and in which
// order events happened, against the desiderata of package vultron. A [Case] names
// nobody; [Of] makes the figures of a [Team], which render as CSV and SVG.
package measure
