// Package openvex reads, checks and writes OpenVEX documents 0.2.0
// (https://github.com/openvex/spec): for each vulnerability, which products it
// affects.
//
// OpenVEX has no place for a TLP label. FromAdvisory refuses to drop one that is
// stricter than TLP:CLEAR. A Document may be read by many goroutines while none
// changes it.
package openvex
