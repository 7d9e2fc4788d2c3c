// Package osv reads, checks and writes entries of the Open Source Vulnerability format
// 1.7 (OpenSSF, https://ossf.github.io/osv-schema/).
//
// An entry is public. FromAdvisory refuses an advisory that is not labelled
// TLP:CLEAR. An Entry may be read by many goroutines while none changes it.
package osv
