package cvdjson

import (
	"strings"
	"unicode"
)

// snake is the JSON name of a Go field: ReportID is report_id, SHA256 is sha256,
// IDs is ids.
func snake(name string) string {
	rs := []rune(strings.ReplaceAll(name, "IDs", "Ids"))
	var b strings.Builder
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 {
			after := !unicode.IsUpper(rs[i-1]) // the end of a word
			before := i+1 < len(rs) && unicode.IsLower(rs[i+1])
			if after || before {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Pointer returns the JSON pointer (RFC 6901) of a command's field as a
// [cvd.InputError] names it: of "Reporter.Email" it is "/reporter/email".
func Pointer(field string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(field, ".") {
		if part != "" {
			b.WriteByte('/')
			b.WriteString(escape(snake(part)))
		}
	}
	return b.String()
}

// escape makes a token of a JSON pointer.
func escape(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}
