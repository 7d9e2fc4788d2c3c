package rfc2350

// Certainty says how sure a value is.
type Certainty uint8

// Certainties. A Certain value stands in the document in a form that has one
// reading. A Likely one was told apart from its surroundings by words that may
// mislead, such as a membership in a sentence. A Settled one could be read in two
// ways, and another place of the document decided.
const (
	Certain Certainty = iota
	Likely
	Settled
)

// String returns "certain", "likely" or "settled".
func (c Certainty) String() string {
	switch c {
	case Likely:
		return "likely"
	case Settled:
		return "settled"
	}
	return "certain"
}

// MarshalText gives the name, for JSON.
func (c Certainty) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Origin says where a value was read. Start and End are bytes of the Body of
// Sections[Index]; Index -1 is the text of the Preamble, its lines joined by "\n".
// Line is that of the section's heading in the source plus the lines before Start;
// it is 0 in a composed document, and only near where line ends were lost.
type Origin struct {
	Field   string    `json:"field"`             // as in JSON: "team.phones", "updated", …
	Value   string    `json:"value"`             // the value, as the field has it
	Section SectionID `json:"section,omitempty"` // where it was read
	Index   int       `json:"index"`             // into Sections; -1: the preamble
	Line    int       `json:"line,omitempty"`    // of the source, from 1; 0 if it has none
	Start   int       `json:"start"`             // the first byte
	End     int       `json:"end"`               // the byte after the last
	Sure    Certainty `json:"sure"`              // how far it can be relied on
}
