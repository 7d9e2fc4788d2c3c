// Package rfc2350 reads, checks, renders, signs and verifies RFC 2350 documents:
// the page on which a security team says who it is, whom it serves, how to reach
// it in confidence and how it discloses.
//
// Teams publish these documents as text, HTML or Markdown, often damaged on the
// way: on one line, without numbers, with renumbered sections, with a page of
// navigation around them, clearsigned and reflowed. [Parse] reads them all the
// same way. It maps sections by their titles, in several languages, and keeps the
// printed number as data. What it cannot read it reports as a [Finding]; it never
// guesses a value that the document does not state.
//
// Languages are data: one table each, in folder lang. Those for Swedish and Russian
// are not verified against documents of teams, and say so.
//
// A [Document] is its title lines and its sections. The typed values (contacts,
// keys, dates, hours, the disclosure window) are read from the sections, so
// [Document.Text] needs nothing else, and parsing its output gives an equal
// Document.
//
// [Document.Check] judges a document at a given time against RFC 2350 or against
// what FIRST and the Trusted Introducer ask. [Sign] and [Verify] work on
// clearsigned text. A key is never trusted because the document that it signs
// contains it: the caller brings the keys.
//
// All functions are pure: no clock, no network, no goroutine. A Document that
// nobody writes to may be read by several goroutines at once.
package rfc2350
