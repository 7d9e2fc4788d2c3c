// Package ssvc holds the decision tables of the Stakeholder-Specific Vulnerability
// Categorization (CERT/CC, https://certcc.github.io/SSVC/): what a supplier, a
// deployer or a coordinator does about a vulnerability, and how soon.
//
// The tables are data, embedded from tables.txt, which names its source and
// release. A test checks that each covers every combination of its decision
// points, and that a worse input never gives a milder outcome.
//
// Everything here is read-only and safe for concurrent use.
package ssvc
