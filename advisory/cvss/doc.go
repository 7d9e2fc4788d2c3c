// Package cvss parses and scores vectors of the Common Vulnerability Scoring
// System 2.0, 3.0, 3.1 and 4.0 (FIRST, https://www.first.org/cvss/).
//
// Scores of 3.0 and 3.1 come from github.com/pandatix/go-cvss, whose results agree
// with exact arithmetic. Versions 2.0 and 4.0 are scored here without floating point
// and rounded half up, as their specifications want: go-cvss v0.6.4 is 0.1 low on
// 450 of the 104,976 base vectors of 4.0, and on some temporal and environmental
// scores of 2.0 that fall on a half. Tests name these and fail as soon as upstream
// changes.
//
// Vectors are values: comparable, immutable, safe for concurrent use.
package cvss
