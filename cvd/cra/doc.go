// Package cra prepares, checks and keeps reports under Article 14 of the Cyber
// Resilience Act, Regulation (EU) 2024/2847. They are submitted by people, through
// the form of ENISA's Single Reporting Platform: what a team needs under a clock of
// 24 hours is the right fields, in the form's order, filled from the case, with what
// is missing said at the top.
//
// [Procedures] says which duties a case has: one for each exploited vulnerability,
// and each severe incident, of each manufacturer; since when, for which products,
// with which clocks. [Prepare] makes the [Draft] of a stage, which is shown as JSON,
// Markdown and a printable page; [Draft.Check] says what is missing and what
// differs from the stage before. [Draft.Submission] makes the command that records
// what was submitted.
//
// [PrepareVoluntary] drafts what is reported without a duty (Article 15): it has no
// clocks, and no field that must be given.
//
// The fields are data with a version, a [Table]: the platform changes them within
// weeks. [Suspicions] turns feeds of exploited vulnerabilities into recorded
// suspicions, never into awareness. [YearOf] gives the figures that an authority or a
// board asks for.
//
// The package computes no date: the clocks are those of the policies cra-* of
// package policy. Nothing here is sent anywhere.
package cra
