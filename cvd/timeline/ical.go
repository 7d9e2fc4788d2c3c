package timeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"strings"
	"time"
	"unicode/utf8"
)

// ICalendar renders the timeline as an iCalendar object (RFC 5545). Every entry
// is a VEVENT, since few programs show a VTODO; those that are planned carry an
// alarm a day ahead. Instants are in UTC. The UIDs depend only on the case's
// number and the entry's ID, so that an entry replaces its earlier version. All are
// CONFIDENTIAL but in the timeline that Public returns: what may be public is so there,
// without who said it.
func (t Timeline) ICalendar() string {
	var c calendarText
	c.put("BEGIN", "VCALENDAR")
	c.put("VERSION", "2.0")
	c.put("PRODID", "-//cvdkit//cvd timeline//"+strings.ToUpper(t.tag()))
	c.put("CALSCALE", "GREGORIAN")
	c.text("X-WR-CALNAME", t.heading())
	es, left := t.sorted()
	if left > 0 {
		c.text("X-WR-CALDESC", strings.TrimSpace(t.leftOut(left)))
	}
	for _, e := range es {
		t.calendarEntry(&c, e)
	}
	for _, b := range t.Bands {
		if b.From.IsZero() || !b.To.After(b.From) {
			continue
		}
		c.begin(t, "band\x00"+cmp.Or(b.ID, b.Label)+"\x00"+b.From.UTC().Format(time.RFC3339Nano), b.From)
		c.put("DTEND", icalTime(b.To))
		c.text("SUMMARY", prefixed(t.Number, t.band(b)))
		if more := strings.TrimSpace(t.agreed(b)); more != "" {
			c.text("DESCRIPTION", more)
		}
		c.text("CATEGORIES", "embargo")
		c.end(t.forAll)
	}
	c.put("END", "VCALENDAR")
	return c.b.String()
}

func (t Timeline) calendarEntry(c *calendarText, e Entry) {
	id := e.ID
	if id == "" {
		id = e.Label + "\x00" + e.At.UTC().Format(time.RFC3339Nano)
	}
	c.begin(t, id, e.At)
	label := e.Label
	if e.urgent() || e.Void != "" {
		label = t.word(e.status()) + ": " + label
	}
	c.text("SUMMARY", prefixed(t.Number, label))
	c.text("DESCRIPTION", strings.Join(append(append([]string{t.said(e)}, t.about(e)...), t.when(e.At)), "\n"))
	cats := []string{t.word(e.status())}
	for _, s := range []string{e.Kind, e.Lane} {
		if s != "" {
			cats = append(cats, s)
		}
	}
	c.list("CATEGORIES", cats)
	switch {
	case e.Void != "":
		c.put("STATUS", "CANCELLED")
	case e.Planned && !e.Overdue:
		c.put("STATUS", "TENTATIVE")
		c.put("BEGIN", "VALARM")
		c.put("ACTION", "DISPLAY")
		c.put("TRIGGER", "-P1D")
		c.text("DESCRIPTION", prefixed(t.Number, label))
		c.put("END", "VALARM")
	default:
		c.put("STATUS", "CONFIRMED")
	}
	c.end(t.forAll)
}

func prefixed(number, label string) string {
	return strings.TrimSpace(plain.Line(number) + " " + plain.Line(label))
}

// calendarText writes content lines.
type calendarText struct{ b strings.Builder }

func (c *calendarText) begin(t Timeline, id string, at time.Time) {
	stamp := t.Now
	if stamp.IsZero() {
		stamp = at
	}
	sum := sha256.Sum256([]byte(t.Number + "\x00" + id))
	c.put("BEGIN", "VEVENT")
	c.put("UID", "cvd-"+hex.EncodeToString(sum[:16]))
	c.put("DTSTAMP", icalTime(stamp))
	c.put("DTSTART", icalTime(at))
}

func (c *calendarText) end(forAll bool) {
	class := "CONFIDENTIAL"
	if forAll {
		class = "PUBLIC"
	}
	c.put("CLASS", class)
	c.put("TRANSP", "TRANSPARENT")
	c.put("END", "VEVENT")
}

func icalTime(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

var icalEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// text writes a value of type TEXT (RFC 5545, 3.3.11). Its lines are kept, other
// control characters are not.
func (c *calendarText) text(name, value string) {
	lines := strings.Split(value, "\n")
	for i := range lines {
		lines[i] = plain.Line(lines[i])
	}
	c.put(name, icalEscapes.Replace(strings.Join(lines, "\n")))
}

func (c *calendarText) list(name string, values []string) {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = icalEscapes.Replace(plain.Line(v))
	}
	c.put(name, strings.Join(out, ","))
}

// put writes one content line, folded at 75 octets between characters (3.1).
func (c *calendarText) put(name, value string) {
	line := name + ":" + value
	for limit := 75; len(line) > limit; limit = 74 {
		n := limit
		for !utf8.RuneStart(line[n]) {
			n--
		}
		c.b.WriteString(line[:n] + "\r\n ")
		line = line[n:]
	}
	c.b.WriteString(line + "\r\n")
}
