package csaf

import (
	"context"
	"errors"
	"time"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Severity says what a failed test means: a document with an error is not
// valid.
type Severity string

// The severities, after the group of the test.
const (
	SeverityError   Severity = "error"   // schema and mandatory tests
	SeverityWarning Severity = "warning" // optional (2.0) or recommended (2.1) tests
	SeverityInfo    Severity = "info"    // informative tests
)

// TestSchema is the Test of a finding about the structure.
const TestSchema = "schema"

// Finding is one place at which a test failed.
type Finding struct {
	Test     string   `json:"test"`     // its number, such as 6.1.1, or TestSchema
	Severity Severity `json:"severity"` // that of the test
	Path     string   `json:"path"`     // JSON pointer of the instance, "" for the whole document
	Message  string   `json:"message"`  // what is wrong, for people
}

// Preset is a set of tests.
type Preset string

// The presets. Schema to Full are those of the standard (CSAF 2.1, section 6.4;
// the validators of CSAF 2.0, section 7.1). All is every test that this package
// has for the version, which is the same as Full for both.
const (
	Schema   Preset = "schema"
	Basic    Preset = "basic"    // schema and mandatory tests
	Extended Preset = "extended" // basic and optional or recommended tests
	Full     Preset = "full"     // extended and informative tests
	All      Preset = "all"
)

// ErrPreset is returned for a preset that does not exist.
var ErrPreset = errors.New("csaf: the preset is none of schema, basic, extended, full, all")

// ErrTooComplex is returned for a document whose product groups or version
// ranges would need more than 20 million steps.
var ErrTooComplex = errors.New("csaf: the product groups and version ranges of the document are too many to check")

// Report is the result of a validation.
type Report struct {
	Version  Version   `json:"version"`  // by which the document was tested
	Findings []Finding `json:"findings"` // empty: none failed
	// NotRun lists the tests of the preset that did not run, for want of a
	// checker or of a clock. Such a test neither passed nor failed.
	NotRun []string `json:"not_run"`
	// Truncated lists the tests that found more than is reported: a test
	// reports 1,000 findings at most, and all tests 16 MiB.
	Truncated []string `json:"truncated,omitempty"`
	// Unsupported names what tests could not judge: the $schema of extensions
	// and the types of version ranges.
	Unsupported []string `json:"unsupported,omitempty"`
}

// Valid reports whether no finding is an error.
func (r Report) Valid() bool {
	for _, f := range r.Findings {
		if f.Severity == SeverityError {
			return false
		}
	}
	return true
}

// Validator runs tests on documents. Its zero value works and runs all tests
// but 6.3.6, 6.3.7 and 6.3.8, and in 2.1 also 6.3.16 and 6.2.33.
type Validator struct {
	// CheckURL returns the HTTP status of a request to an absolute URL, for
	// tests 6.3.6 and 6.3.7. An error counts as a URL that does not resolve.
	// A host should fetch only https URLs with public addresses, since the
	// document chooses them. It is called once for each URL of a document.
	CheckURL func(ctx context.Context, url string) (status int, err error)
	// CheckSpelling returns the words of a text that are wrong in a language
	// (a tag of RFC 5646), for test 6.3.8, or ErrLanguage if it does not know
	// the language.
	CheckSpelling func(ctx context.Context, lang, text string) (wrong []string, err error)
	// CheckGrammar returns what is wrong with the grammar of a text, for test
	// 6.3.16, or ErrLanguage.
	CheckGrammar func(ctx context.Context, lang, text string) (wrong []string, err error)
	// Now is the clock for test 6.2.33 of 2.1.
	Now func() time.Time
	// Extensions are the extensions of CSAF 2.1 that the host knows, by the
	// value of their $schema.
	Extensions map[string]Extension
	// Limits bound the documents that Validate parses.
	Limits jsontree.Limits
}

// ErrLanguage is returned by a spelling or grammar checker for a language that
// it does not know. Tests 6.3.8 and 6.3.16 then fail, as the standard wants.
var ErrLanguage = errors.New("csaf: the language is not supported")

// Extension describes an extension of CSAF 2.1 to tests 6.1.60.2, 6.1.60.3,
// 6.2.20, 6.2.54.1, 6.2.54.2, 6.2.54.4 and 6.3.21.2.
type Extension struct {
	Class ExtensionClass // of CSAF 2.1, section 2.4.1
	// Check returns the faults of the content against the schema of the
	// extension, each as a JSON pointer below the extension and a sentence. A
	// nil Check accepts every content.
	Check func(extension []byte) []ExtensionFault
	// MaxOccurrence is the metadata: how often the extension may stand at each
	// of the locations, written as in the metadata, such as
	// "$.document.x_extensions". A location that is not named allows none. Nil
	// means that nothing is known and nothing is refused.
	MaxOccurrence map[string]int
	// Incompatible lists the $schema of extensions that may not be in the same
	// document.
	Incompatible []string
}

// ExtensionFault is what an extension's own check finds.
type ExtensionFault struct{ Path, Message string }

// ExtensionClass is one of the classes of CSAF 2.1, section 2.4.1.
type ExtensionClass int

// The classes. An extension that the host does not name is experimental, unless
// its $schema belongs to OASIS.
const (
	Experimental ExtensionClass = iota
	Registered
	Official
)

// Validate parses and checks a document. It returns an error only for a text
// that is no CSAF document ([*jsontree.SyntaxError], [ErrNotCSAF]), for an unknown preset
// ([ErrPreset]), for a document that is too costly to check ([ErrTooComplex]), and
// when ctx ends or a checker of the host fails; whatever is wrong with a document is a finding.
func (v *Validator) Validate(ctx context.Context, text []byte, preset Preset) (Report, error) {
	root, err := jsontree.Parse(text, v.Limits)
	if err != nil {
		return Report{}, err
	}
	d, err := FromTree(root)
	if err != nil {
		return Report{}, err
	}
	return v.Check(ctx, d, preset)
}

// Check is Validate for a document that is parsed.
func (v *Validator) Check(ctx context.Context, d *Document, preset Preset) (Report, error) {
	last, ok := map[Preset]Group{
		Schema: GroupSchema, Basic: Mandatory, Extended: Recommended, Full: Informative, All: Informative,
	}[preset]
	if !ok {
		return Report{}, ErrPreset
	}
	r := newRun(ctx, v, d)
	for i := range r.rules {
		if r.rules[i].group <= last {
			if err := r.execute(&r.rules[i]); err != nil {
				return Report{}, err
			}
		}
	}
	return r.report, nil
}

// CheckTests runs the tests with the given numbers only. Numbers that the
// version does not have are ignored.
func (v *Validator) CheckTests(ctx context.Context, d *Document, tests ...string) (Report, error) {
	want := map[string]bool{}
	for _, t := range tests {
		want[t] = true
	}
	r := newRun(ctx, v, d)
	for i := range r.rules {
		if want[r.rules[i].id] {
			if err := r.execute(&r.rules[i]); err != nil {
				return Report{}, err
			}
		}
	}
	return r.report, nil
}

// String returns the finding as a line: the test, the place and the message.
func (f Finding) String() string {
	path := f.Path
	if path == "" {
		path = "the document"
	}
	return "test " + f.Test + " at " + path + ": " + f.Message
}
