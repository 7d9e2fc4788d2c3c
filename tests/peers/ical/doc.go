// Package ical reads the timeline's iCalendar form with a second implementation.
package ical
