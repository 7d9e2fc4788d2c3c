package cra

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/plain"
)

// Code says what a field is at a stage, in the letters of the platform.
type Code string

// The codes.
const (
	Obligatory Code = "X" // must be given
	Carried    Code = "C" // is carried from the stage before, and may be changed
	Optional   Code = "O" // may be given
	IfKnown    Code = "I" // must be given if it is known
	Automatic  Code = "A" // the platform fills it
	Absent     Code = "-" // the form does not show it at this stage
)

// Table is the list of fields of the platform's form, in the form's order. It is
// data: a host loads a newer one with ParseTable, without a release of this library.
type Table struct {
	Name    string     `json:"name"`    // what the form is called
	Version string     `json:"version"` // as its source counts
	Date    string     `json:"date"`    // of the version, as 2026-10-01
	Source  string     `json:"source"`  // where it was published
	Fields  []FieldDef `json:"fields"`  // in the form's order
}

// FieldDef is one field of the form.
type FieldDef struct {
	Number string `json:"number"` // as the table counts, such as "v21"
	// Key is the same for the same field in every version; one that this library does
	// not know is shown as missing until somebody gives its value.
	Key   string `json:"key"`
	Label string `json:"label"` // as the form has it
	For   Kind   `json:"for"`   // which procedure has it
	// Codes are those of the early warning, the notification and the final report.
	Codes   []Code   `json:"codes"`
	Max     int      `json:"max,omitempty"`     // characters; 0: no limit is stated
	Choices []string `json:"choices,omitempty"` // of which one is selected
	Help    string   `json:"help,omitempty"`    // what belongs there
}

// Kind is a kind of procedure.
type Kind string

// The kinds. A field can be of both.
const (
	Vulnerability Kind = "vulnerability" // actively exploited: Art. 14(1)
	Incident      Kind = "incident"      // severe: Art. 14(3), (5)
	Both          Kind = "both"
)

// ID names the table with its version, as a submission records it.
func (t Table) ID() string { return t.Name + " " + t.Version }

const (
	tableFormat  = 1
	maxTableFile = 256 << 10
	maxFields    = 200
)

// plainTable has the members of a Table without its methods.
type plainTable Table

type tableFile struct {
	Format int `json:"format"`
	plainTable
}

// MarshalJSON writes what ParseTable reads.
func (t Table) MarshalJSON() ([]byte, error) {
	return json.Marshal(tableFile{tableFormat, plainTable(t)})
}

// UnmarshalJSON is ParseTable.
func (t *Table) UnmarshalJSON(b []byte) (err error) {
	*t, err = ParseTable(b)
	return err
}

// ParseTable reads a table: the members of Table and "format": 1, at most 256 KiB
// and 200 fields. Members that are not known are an error, and so is a field with a
// number or key twice, or without its three codes: the error names it.
func ParseTable(text []byte) (Table, error) {
	if len(text) > maxTableFile {
		return Table{}, fmt.Errorf("cra: table: more than %d bytes", maxTableFile)
	}
	var f tableFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return Table{}, fmt.Errorf("cra: table: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Table{}, errors.New("cra: table: text after the end")
	}
	if f.Format != tableFormat {
		return Table{}, errors.New("cra: table: format is 1; a later format needs a later release")
	}
	t := Table(f.plainTable)
	return t, t.check()
}

var codes = []Code{Obligatory, Carried, Optional, IfKnown, Automatic, Absent}

func (t Table) check() error {
	if !plain.Name(t.Name, ".-") || t.Version == "" || len(t.Version) > 64 || plain.Line(t.Version) != t.Version || t.Source == "" {
		return errors.New("cra: table: it needs a name of lower-case letters, a version and a source")
	}
	if _, err := time.Parse(time.DateOnly, t.Date); err != nil {
		return errors.New("cra: table: date is a day such as 2026-10-01")
	}
	if len(t.Fields) == 0 || len(t.Fields) > maxFields {
		return fmt.Errorf("cra: table: it has 1 to %d fields", maxFields)
	}
	numbers, keys := map[string]bool{}, map[string]bool{}
	for i, f := range t.Fields {
		at := fmt.Sprintf("cra: table: fields[%d]", i)
		switch {
		case f.Number == "" || len(f.Number) > 16 || plain.Line(f.Number) != f.Number || numbers[f.Number]:
			return errors.New(at + ": number is missing, too long or used twice")
		case !plain.Name(f.Key, "-"):
			return errors.New(at + ": key is of lower-case letters, digits and hyphens")
		case f.Label == "" || len(f.Label) > 512:
			return errors.New(at + ": label is missing or too long")
		case f.For != Vulnerability && f.For != Incident && f.For != Both:
			return errors.New(at + `: for is "vulnerability", "incident" or "both"`)
		case len(f.Codes) != 3:
			return errors.New(at + ": codes are three, of the early warning, the notification and the final report")
		case f.Max < 0:
			return errors.New(at + ": max is not negative")
		}
		for _, c := range f.Codes {
			if !slices.Contains(codes, c) {
				return errors.New(at + `: a code is "X", "C", "O", "I", "A" or "-"`)
			}
		}
		for _, k := range []Kind{Vulnerability, Incident} {
			id := string(k) + " " + f.Key
			if f.For != Both && f.For != k {
				continue
			}
			if keys[id] {
				return errors.New(at + ": key is used twice")
			}
			keys[id] = true
		}
		numbers[f.Number] = true
	}
	return nil
}

//go:embed tables/*.json
var tableFiles embed.FS

// Tables returns the tables that this release holds, the newest first.
func Tables() []Table {
	var ts []Table
	names, _ := tableFiles.ReadDir("tables") // embedded: it is there
	for _, n := range names {
		text, _ := tableFiles.ReadFile("tables/" + n.Name())
		if t, err := ParseTable(text); err == nil { // a test reads each
			ts = append(ts, t)
		}
	}
	slices.SortFunc(ts, func(a, b Table) int { return -compare(a.Date, b.Date) })
	return ts
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Newest returns the newest table of this release.
func Newest() Table { return Tables()[0] }

// TableByID returns a table of this release by its ID.
func TableByID(id string) (Table, bool) {
	for _, t := range Tables() {
		if t.ID() == id {
			return t, true
		}
	}
	return Table{}, false
}
