// Package advisory is one model of a security advisory, from which every format is
// written: CSAF 2.0 and 2.1 (package csaf), CVE records (cve), OSV entries (osv),
// OpenVEX documents (openvex), and the human forms HTML, Markdown and text, which
// are here. Package formats chooses among them by name.
//
// A format rarely holds all that the model holds. Writers return what was left out
// or changed as a list of Loss values, and readers what the model has no place for;
// nothing is lost that is not listed. A loss that would tell more people than the
// advisory's TLP label allows is an error instead: see ErrConfidential.
//
// The model is plain data. It is safe for concurrent reading; who changes it must
// be alone. Times are instants; every writer prints them in UTC.
package advisory
