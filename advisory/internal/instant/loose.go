package instant

// ParseLoose reads what real documents have instead of a date and time: one without an
// offset, which is GMT (as the CVE schema says), one with a space for the T, and a
// date alone, which is its beginning. offset reports whether the text named one; ok,
// whether it was understood.
func ParseLoose(s string) (t Instant, offset, ok bool) {
	if t, ok = Parse(s); ok {
		return t, true, true
	}
	if len(s) == 10 {
		s += "T00:00:00"
	}
	if len(s) < 19 || s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return Instant{}, false, false
	}
	s = s[:10] + "T" + s[11:]
	if t, ok = Parse(s); ok {
		return t, true, true
	}
	t, ok = Parse(s + "Z")
	return t, false, ok
}
