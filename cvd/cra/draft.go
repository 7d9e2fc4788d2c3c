package cra

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// Options are what a draft needs beside the case.
type Options struct {
	Table   Table   // zero: Newest
	Profile Profile // of the manufacturer
	// Given are values by the key of their field, in the team's own words. They go
	// before what the case says.
	Given map[string]string
	Now   time.Time `json:",omitzero"` // shown; nothing is computed from it
}

// Draft is one stage of a report, as it stands. It is for the team: it holds what
// may be under an agreement with others, and says where.
type Draft struct {
	Case         string          // its public number
	Kind         Kind            // exploited vulnerability or severe incident
	Voluntary    Subject         // of a voluntary report; empty: it is a duty
	Matter       string          // the String of the cvd.Matter
	Manufacturer string          // its organization; may be empty
	Stage        cvd.ReportStage // which report it is
	Table        string          // its ID
	TableSource  string          // where the table was published
	Made         time.Time       `json:",omitzero"` // as of when it stands
	Route        Route           // to which CSIRT it goes
	Fields       []Field         // in the form's order
	Questions    []string        // what a person has to settle before it is submitted
	Procedure    Procedure       // the duty that it serves

	matter cvd.Matter
}

// FieldState says what is to be done about a field.
type FieldState string

// The states of a field.
const (
	FieldFilled    FieldState = "filled"
	FieldMissing   FieldState = "missing"      // must be given at this stage
	FieldIfKnown   FieldState = "if known"     // must be given if it is known: find out
	FieldOptional  FieldState = "optional"     // may be given
	FieldAutomatic FieldState = "automatic"    // the platform fills it
	FieldNotShown  FieldState = "not shown"    // not in the form at this stage
	FieldTooLong   FieldState = "too long"     // the form will cut or refuse it
	FieldNotChoice FieldState = "not a choice" // the form has a list, and this is not on it
)

// Field is one field of a draft.
type Field struct {
	Number, Key, Label, Help string     // these four as in FieldDef
	Code                     Code       // how much the stage needs it
	Max                      int        // how many characters it takes; 0: the table names no limit
	Choices                  []string   // the values that the form takes; none: free text
	Value                    string     // as it would be submitted
	From                     string     // where it came from; empty: nowhere
	State                    FieldState // filled, missing, to be decided …
	// Carried tells that the last submission had the same value; Changed that it had
	// another, which is Before.
	Carried, Changed bool
	Before           string // see Changed
	Marks            []Mark // what in Value is another's to give away
	// Given tells that the value is the team's own words, or was when it was carried.
	Given bool
}

// Mark says that a value holds what is not the manufacturer's to give away.
type Mark struct {
	Party cvd.PartyID // whose it is
	What  string      // without its text or a name of a reporter
	TLP   tlp.Label   // the label that it carries
	// Forbidden tells that the label does not let it out to an authority without its
	// source: submitting it needs a recorded reason.
	Forbidden bool
}

// Prepare makes the draft of a stage from the team's view of a case. A draft always
// prints, whatever is missing. An intermediate report has the form of the
// notification, since the platform publishes none for it.
func Prepare(c *cvd.Case, p Procedure, stage cvd.ReportStage, o Options) Draft {
	if len(o.Table.Fields) == 0 {
		o.Table = Newest()
	}
	d := Draft{
		Case: c.Number, Kind: p.Kind, Matter: p.Matter.String(), Manufacturer: manufacturer(&p, &o),
		Stage: stage, Table: o.Table.ID(), TableSource: o.Table.Source, Made: o.Now, Route: o.Profile.Route(), Procedure: p, matter: p.Matter,
	}
	f := filler{c: c, p: &p, o: &o, stage: stage}
	d.Fields = f.fields(o.Table, map[cvd.ReportStage]int{cvd.StageEarlyWarning: 0, cvd.StageNotification: 1, cvd.StageIntermediate: 1, cvd.StageFinal: 2}[stage])
	d.Questions = f.questions(d.Fields)
	return d
}

// fields are those of a table that the procedure has, filled, with their codes of a
// column.
func (f *filler) fields(t Table, column int) (all []Field) {
	before := lastValues(f.p)
	for _, def := range t.Fields {
		if def.For != Both && def.For != f.p.Kind {
			continue
		}
		x := Field{Number: def.Number, Key: def.Key, Label: def.Label, Help: def.Help, Code: def.Codes[column], Max: def.Max, Choices: def.Choices}
		f.fill(&x, before)
		x.Marks = append(x.Marks, f.secrets(x.Value)...)
		x.State = def.state(x, column)
		all = append(all, x)
	}
	return all
}

func (def FieldDef) state(x Field, column int) FieldState {
	// What had to be given at an earlier stage is still owed where it was skipped.
	owed := x.Code == Obligatory || x.Code == Carried && slices.Contains(def.Codes[:column], Obligatory)
	switch {
	case x.Code == Automatic:
		return FieldAutomatic
	case x.Code == Absent:
		return FieldNotShown
	case x.Value == "" && owed:
		return FieldMissing
	case x.Value == "" && (x.Code == IfKnown || x.Code == Carried && slices.Contains(def.Codes[:column], IfKnown)):
		return FieldIfKnown
	case x.Value == "":
		return FieldOptional
	case def.Max > 0 && utf8.RuneCountInString(x.Value) > def.Max:
		return FieldTooLong
	case len(def.Choices) > 0 && !slices.Contains(def.Choices, x.Value):
		return FieldNotChoice
	}
	return FieldFilled
}

// fill gives a field its value: the team's own words, what the case says, what the
// last submission had.
func (f *filler) fill(x *Field, before values) {
	old, had := before.Fields[x.Key]
	given, own := f.o.Given[x.Key]
	value, from, marks := "", "", []Mark(nil)
	if own {
		value, from, x.Given = strings.TrimSpace(given), "the team", true
	} else if had && old.Given {
		value, from, x.Given = old.Value, "the last submission, in the team's words", true
	} else if value, from, marks = f.value(x.Key); value == "" && had && x.Code != Absent {
		value, from = old.Value, "the last submission"
	}
	if x.Code == Absent {
		value, from, marks = "", "", nil
	}
	x.Value, x.From, x.Marks = value, from, marks
	if had && x.Code != Absent {
		x.Carried, x.Changed, x.Before = old.Value == value, old.Value != value, old.Value
		if x.Carried {
			x.Before = ""
		}
	}
}

// FindingKind parts what Check says.
type FindingKind string

// The kinds of findings.
const (
	ToGive       FindingKind = "to give"      // missing, to be found out, or not as the form takes it
	Differs      FindingKind = "differs"      // from the last submission
	Confidential FindingKind = "confidential" // not the manufacturer's to give away
)

// Finding is what Check says of one field.
type Finding struct {
	Kind               FindingKind // what sort of problem it is
	Number, Key, Label string      // these three as in FieldDef
	State              FieldState  // of the field
	Say                string      // what to do, in words
}

// Check lists what keeps the draft from being complete: what is missing at this
// stage, or has to be found out, or does not fit the form; then what differs from
// the last submission; then what is not the manufacturer's to give away. It never
// keeps a team from submitting (Art. 14(2)(b): as available).
func (d Draft) Check() []Finding {
	var missing, changed, marked []Finding
	for _, x := range d.Fields {
		add := func(to *[]Finding, say string) {
			kind := map[*[]Finding]FindingKind{&missing: ToGive, &changed: Differs, &marked: Confidential}[to]
			*to = append(*to, Finding{Kind: kind, Number: x.Number, Key: x.Key, Label: x.Label, State: x.State, Say: say})
		}
		switch x.State {
		case FieldMissing:
			add(&missing, "is missing")
		case FieldIfKnown:
			if d.Voluntary != "" {
				add(&missing, "helps who reads it: give it if you know it")
			} else {
				add(&missing, "must be given if it is known")
			}
		case FieldTooLong:
			add(&missing, "is longer than the form takes")
		case FieldNotChoice:
			add(&missing, "is not one of: "+strings.Join(x.Choices, ", "))
		}
		if x.Changed {
			add(&changed, "differs from the last submission")
		}
		for _, m := range x.Marks {
			say := m.What
			if m.Forbidden {
				say += ": its label does not let it out; record the reason"
			}
			add(&marked, say)
		}
	}
	return append(append(missing, changed...), marked...)
}

// Complete reports whether nothing that must be given is missing.
func (d Draft) Complete() bool {
	return !slices.ContainsFunc(d.Fields, func(x Field) bool {
		return x.State == FieldMissing || x.State == FieldTooLong || x.State == FieldNotChoice
	})
}

// Forbidden returns the numbers of the fields that hold what a label does not let
// out.
func (d Draft) Forbidden() (numbers []string) {
	for _, x := range d.Fields {
		if slices.ContainsFunc(x.Marks, func(m Mark) bool { return m.Forbidden }) {
			numbers = append(numbers, x.Number)
		}
	}
	return numbers
}

// Submission makes the command that records that the draft was submitted. The caller
// adds the receipt, the bytes, a reason where Forbidden names fields, and further
// stages that the submission served.
func (d Draft) Submission() cvd.RecordSubmission {
	return cvd.RecordSubmission{
		Matter: d.matter, Stages: []cvd.ReportStage{d.Stage}, Table: d.Table, Values: d.values(), Forbidden: d.Forbidden(), Authority: cvd.Private(d.Authority()),
	}
}
