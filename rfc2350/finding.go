package rfc2350

import "fmt"

// Severity grades a Finding.
type Severity uint8

// Severities. Info is a hint; a Warning should be looked at; an Error means that
// the document misleads or cannot be used for what it is there for.
const (
	Info Severity = iota
	Warning
	Error
)

// String returns "info", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText gives the name, for JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name that MarshalText writes.
func (s *Severity) UnmarshalText(b []byte) error {
	for _, v := range []Severity{Info, Warning, Error} {
		if v.String() == string(b) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("rfc2350: unknown severity")
}

// Finding is one remark about a document. Code is stable and made for programs;
// Message is made for people and quotes at most a short value of the document.
type Finding struct {
	Code     string    `json:"code"`              // stable, for programs
	Severity Severity  `json:"severity"`          // how bad it is
	Section  SectionID `json:"section,omitempty"` // where it is; empty: the whole document
	Line     int       `json:"line,omitempty"`    // of the source, from 1; 0 if it has no place
	Message  string    `json:"message"`           // for people
	Source   string    `json:"source,omitempty"`  // who asks for it, such as "RFC 2350 section 3.3.2"
}

// maxFindings bounds what one document can make us report.
const maxFindings = 200

// formCodes are findings about the outer form, which Text does not reproduce.
var formCodes = map[string]bool{
	"not-utf8": true, "text-outside-signature": true, "page-residue": true, "toc-removed": true,
	"one-line": true, "list-numbers": true, "signature-damaged": true, "signature-unverified": true,
	"too-many-sections": true,
}

func (s *source) add(code string, sev Severity, sec SectionID, line int, msg string) {
	s.findings = append(s.findings, Finding{Code: code, Severity: sev, Section: sec, Line: line, Message: msg})
}

func (d *Document) add(code string, sev Severity, sec SectionID, line int, msg string) {
	if len(d.Findings) < maxFindings {
		d.Findings = append(d.Findings, Finding{Code: code, Severity: sev, Section: sec, Line: line, Message: msg})
	}
}
