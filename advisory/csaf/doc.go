// Package csaf reads, checks, upgrades and writes documents of the Common
// Security Advisory Framework, versions 2.0 and 2.1 (OASIS).
//
// A [Document] keeps every member, their order and the text of numbers, so a
// document that is parsed and printed has lost nothing.
//
// A [Validator] runs the tests of section 6 of the standard in process: the
// structure that the JSON schemas prescribe, all 74 tests of 2.0 and all 177 of
// 2.1. Each [Finding] has the number of its test, the JSON pointer of the place
// and a severity. Some tests need what a library must not do on its own: 6.3.6
// and 6.3.7 make requests, 6.3.8 and in 2.1 6.3.16 need a dictionary, and 6.2.33
// of 2.1 needs a clock. The host injects them; without them the tests are
// listed in [Report].NotRun and never count as passed.
//
// [URLChecker] makes the requests of 6.3.6 and 6.3.7 to public addresses only.
//
// [Upgrade] turns a 2.0 document into a 2.1 document as conformance clause 18
// of CSAF 2.1 says. A result that is not valid comes with an [InvalidError], which
// names the places.
//
// # Data
//
// The tests about weaknesses, languages, licences and SSVC decision points rest
// on lists of the CWE catalogues 1.0 to 4.20, the IANA language subtag registry
// of 2025-08-25, the types of package URLs (package-url/purl-spec of 2026-08-21), the SPDX licence list (npm spdx-license-ids 3.0.24), ScanCode
// LicenseDB of 2026-02-24 and the SSVC repository of 2026-07-20. They are
// embedded as text and read at the first use of a test that needs them.
//
// # Concurrency
//
// A Validator may be used by many goroutines. A Document may be read by many
// goroutines as long as none changes it.
package csaf
