// Package vultron holds the state machines of the Vultron protocol for coordinated
// vulnerability disclosure (CERT/CC, CMU/SEI-2022-SR-012) as tables: report
// management ([RM]), embargo management ([EM]), the case state ([CS]) and the
// consent of a participant to an embargo ([Consent]), with their events, their
// diagrams and the twelve [Desiderata] for the order of events.
//
// Tables are functions: each call returns a slice of its own. Numeric values are
// stored in logs and never change. The package uses the standard library only.
package vultron
