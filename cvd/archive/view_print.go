package archive

import (
	"encoding/json"
	"fmt"
)

// A view holds what nobody may print by accident: fmt, log/slog and encoding/json get
// numbers only. RevealJSON writes it on purpose.

func (v View) line() string { return fmt.Sprintf("archive.View of case %s, record %d", v.Case, v.Seq) }

// Format prints no text of the case.
func (v View) Format(f fmt.State, _ rune) { fmt.Fprint(f, v.line()) }

// MarshalJSON writes no text of the case.
func (v View) MarshalJSON() ([]byte, error) { return json.Marshal(v.line()) }

func number[T ~uint32](f fmt.State, what string, n T) { fmt.Fprintf(f, "archive.%s %d", what, n) }

// Format prints the number only.
func (p Participant) Format(f fmt.State, _ rune) { number(f, "Participant", p.ID) }

// Format prints the number only.
func (r Report) Format(f fmt.State, _ rune) { number(f, "Report", r.ID) }

// Format prints the number only.
func (v Vulnerability) Format(f fmt.State, _ rune) { number(f, "Vulnerability", v.ID) }

// Format prints who assessed it only.
func (s Severity) Format(f fmt.State, _ rune) { number(f, "Severity by", s.By) }

// Format prints the number only.
func (p Product) Format(f fmt.State, _ rune) { number(f, "Product", p.ID) }

// Format prints whose it is only.
func (s Status) Format(f fmt.State, _ rune) { number(f, "Status of vendor", s.Vendor) }

// Format prints the number only.
func (m Message) Format(f fmt.State, _ rune) { number(f, "Message", m.ID) }

// Format prints the number only.
func (a Attachment) Format(f fmt.State, _ rune) { number(f, "Attachment", a.ID) }
