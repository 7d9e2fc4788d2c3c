package securitytxt

import (
	"encoding/json"
	"slices"
)

// Severity says what a finding does to a file. Only errors make it invalid.
type Severity string

// The severities. An error breaks a MUST of RFC 9116 or of the IANA registry, or
// leaves a signature without worth. A warning breaks a SHOULD. A notice only
// informs.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityNotice  Severity = "notice"
)

// A Finding is one departure from a rule. It holds no text of the file but the
// name of a field, which an attacker can choose: quote it before display.
type Finding struct {
	// Code names the rule.
	Code Code
	// Line counts from 1; 0 means the file as a whole, or its delivery.
	Line int
	// Field is the registered spelling of a known field, the name as written
	// for an unknown one, and empty where no field is concerned.
	Field string
	// Suggestion is what was probably meant: a field's registered name or a
	// language tag. Mostly it is empty.
	Suggestion string
}

// Rule returns the rule that the finding is about.
func (f Finding) Rule() Rule { return f.Code.Rule() }

// Severity is short for f.Rule().Severity.
func (f Finding) Severity() Severity { return f.Code.Rule().Severity }

// findingJSON is the JSON form of a Finding. What follows from the code is
// written for readers without the table, and not read back.
type findingJSON struct {
	Code       Code     `json:"code"`
	Severity   Severity `json:"severity"`
	Line       int      `json:"line"`
	Field      string   `json:"field"`
	Section    string   `json:"section"`
	Message    string   `json:"message"`
	Hint       string   `json:"hint"`
	Suggestion string   `json:"suggestion,omitempty"`
}

// MarshalJSON writes code, severity, line, field, section, message and hint, and
// the suggestion if there is one.
func (f Finding) MarshalJSON() ([]byte, error) {
	r := f.Rule()
	return json.Marshal(findingJSON{f.Code, r.Severity, f.Line, f.Field, r.Section, r.Message, r.Hint, f.Suggestion})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Finding) UnmarshalJSON(b []byte) error {
	var v findingJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*f = Finding{Code: v.Code, Line: v.Line, Field: v.Field, Suggestion: v.Suggestion}
	return nil
}

// Valid reports whether no finding is an error.
func Valid(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity() == SeverityError })
}

// sortFindings orders by line; findings of the whole file come last, in the
// order in which they were made.
func sortFindings(fs []Finding) {
	byLine := func(a, b Finding) int {
		switch {
		case a.Line == b.Line:
			return 0
		case a.Line == 0:
			return 1
		case b.Line == 0:
			return -1
		}
		return a.Line - b.Line
	}
	if !slices.IsSortedFunc(fs, byLine) { // mostly it is, at any length
		slices.SortStableFunc(fs, byLine)
	}
}
