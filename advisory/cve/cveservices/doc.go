// Package cveservices is a client of CVE Services, the REST API (2.x) by which a CVE
// Numbering Authority (CNA) reserves CVE IDs and publishes records.
//
// A record is checked before it is sent: against the schema, for items that are
// there twice, and for a date of publication in the future. Publish is one
// idempotent call; it looks, and then creates, updates or does nothing.
//
// A Pool keeps reserved IDs in a small store of the host, so that none is forgotten:
// what a crash leaves behind is taken in by the next call. Pool.Release is for the
// step of a staged release that publishes a record after its advisory, and never
// before: once under an ID of the host, however often it is called.
//
// A Client and a Pool start no goroutine, read no clock but Config.Now, and are safe
// for concurrent use. Keys print as [redacted].
package cveservices
