// Package tlp holds the labels of the Traffic Light Protocol 2.0 (FIRST,
// https://www.first.org/tlp/): who may be told what a document says.
//
// The zero Label is Unset: nobody stated a label. Unset is not a synonym of
// Clear. Every comparison reads it the safe way: a document without a label is
// stricter than Red, and a ceiling without a label admits only Clear.
//
// The package depends on the standard library only. Labels are plain values and
// safe for concurrent use.
package tlp
