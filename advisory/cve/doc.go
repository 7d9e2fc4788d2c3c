// Package cve reads, checks and writes records of the CVE Record Format 5.1 and 5.2
// (CVE Program, https://cveproject.github.io/cve-schema/schema/): the CNA container
// in full, and every other member kept as it was.
//
// A CVE record is public. FromAdvisory refuses an advisory that is not labelled
// TLP:CLEAR. A Record may be read by many goroutines while none changes it.
package cve
