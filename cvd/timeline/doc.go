// Package timeline shows what happened in a case and what is planned: as text,
// Markdown, HTML, iCalendar (RFC 5545) and SVG. A [Timeline] is plain data, so that it can
// be made without a case; [Deadlines] turns those of a policy into entries.
//
// [Timeline.Public] leaves out what may not leave the team. All forms escape what
// others wrote.
package timeline
