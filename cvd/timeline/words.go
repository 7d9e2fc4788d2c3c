package timeline

import (
	"cmp"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/texts"
)

// word says what the renderer says itself in the language of the timeline. The English
// text is its own key.
func (t Timeline) word(english string, pairs ...string) string {
	return texts.Fill(cmp.Or(t.Texts[english], english), pairs...)
}

func (t Timeline) tag() string { return cmp.Or(t.Language, "en") }

// span says from when to when a band reaches.
func (t Timeline) span(b Band) string {
	return t.word("{from} to {to}", "from", t.when(b.From), "to", t.when(b.To))
}

func (t Timeline) asOf() string {
	if t.Now.IsZero() {
		return ""
	}
	return ", " + t.word("as of {date}", "date", t.when(t.Now))
}

// format is time.Format with the names of months and days in the language.
func (t Timeline) format(at time.Time, layout string) string {
	if t.Texts == nil {
		return at.Format(layout)
	}
	var out []string
	for part := range strings.FieldsSeq(at.Format(layout)) {
		out = append(out, t.word(part))
	}
	return strings.Join(out, " ")
}
