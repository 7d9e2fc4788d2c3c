package pgp

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// An Expiry is the day from which a certificate can no longer serve.
type Expiry struct {
	// Cert is the certificate; copies of one are merged.
	Cert Cert
	// At is when nobody can encrypt to it any more: when it expires, or the last
	// of its encryption subkeys does. Zero means never.
	At time.Time
	// Over tells that this is past, or that the certificate is revoked or never
	// could be encrypted to.
	Over bool
	// Reason says why it is over, as Cert.CanEncrypt does, or is nil.
	Reason error
}

// Inventory says who expires when: first what is over, then by date, what never
// expires last. It is a pure function of its arguments.
func Inventory(certs []Cert, now time.Time) []Expiry {
	var out []Expiry
	for _, c := range mergeCerts(nil, certs) {
		s, err := c.state()
		if err != nil {
			continue // the zero Cert
		}
		x := Expiry{Cert: c, At: s.lintExpiry(now), Reason: c.CanEncrypt(now, "")}
		x.Over = x.Reason != nil
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b Expiry) int {
		switch {
		case a.Over != b.Over:
			return map[bool]int{true: -1, false: 1}[a.Over]
		case a.At.IsZero() != b.At.IsZero():
			return map[bool]int{true: 1, false: -1}[a.At.IsZero()]
		}
		return a.At.Compare(b.At)
	})
	return out
}

// WriteCalendar writes the dates to come as an iCalendar (RFC 5545) of all-day
// events, each with a reminder that many days before; none if remind is 0. The
// identifiers follow from fingerprints and dates, so a calendar that is imported
// again has every event once.
func WriteCalendar(w io.Writer, list []Expiry, now time.Time, remind int) error {
	var b strings.Builder
	line := func(format string, a ...any) { foldLine(&b, fmt.Sprintf(format, a...)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//cvdkit//pgp//EN")
	for _, x := range list {
		if x.Over || x.At.IsZero() {
			continue
		}
		at := x.At.UTC()
		line("BEGIN:VEVENT")
		line("UID:%s-%s@pgp.cvdkit", x.Cert.fpr, at.Format("20060102"))
		line("DTSTAMP:%s", now.UTC().Format("20060102T150405Z"))
		line("DTSTART;VALUE=DATE:%s", at.Format("20060102"))
		line("SUMMARY:%s", calendarText("OpenPGP key expires: "+x.Cert.String()))
		line("DESCRIPTION:%s", calendarText(fmt.Sprintf("After %s nobody can encrypt to key %s any more. Extend it and publish it, or ask its owner to.",
			at.Format("2006-01-02 15:04 MST"), x.Cert.fpr)))
		line("TRANSP:TRANSPARENT")
		if remind > 0 {
			line("BEGIN:VALARM")
			line("ACTION:DISPLAY")
			line("DESCRIPTION:%s", calendarText("OpenPGP key expires soon: "+x.Cert.String()))
			line("TRIGGER:-P%dD", remind)
			line("END:VALARM")
		}
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

var calendarEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// calendarText escapes a text (RFC 5545, section 3.3.11), which is printable.
func calendarText(s string) string { return calendarEscapes.Replace(Printable(s)) }

// foldLine ends a line, which is no longer than 75 octets (RFC 5545, section
// 3.1) and is cut between characters.
func foldLine(b *strings.Builder, s string) {
	s = strings.ToValidUTF8(s, "\ufffd")
	width := 0
	for _, r := range s {
		n := len(string(r))
		if width+n > 74 {
			b.WriteString("\r\n ")
			width = 1
		}
		b.WriteRune(r)
		width += n
	}
	b.WriteString("\r\n")
}
