package csaf

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// ErrNot20 is returned by Upgrade for a document of another version.
var ErrNot20 = errors.New("csaf: only a document of CSAF 2.0 can be upgraded")

// Warning is what the upgrade did that a person should look at. Severity is
// SeverityError where the standard speaks of an error: the result is not valid there.
type Warning struct {
	Severity Severity `json:"severity"`        // SeverityError: the result is not valid there
	Path     string   `json:"path"`            // JSON pointer in the document of 2.0
	Value    string   `json:"value,omitempty"` // what stood there; may be empty
	Message  string   `json:"message"`         // what was done, for people
}

// String returns the warning as a line: its place, what was done, and the value.
func (w Warning) String() string {
	path := w.Path
	if path == "" {
		path = "the document"
	}
	s := path + ": " + w.Message
	if w.Value != "" {
		s += " (it was " + quote(w.Value) + ")"
	}
	return s
}

// Upgrader converts documents of CSAF 2.0 to 2.1 by conformance clause 18 of
// CSAF 2.1. Its zero value takes the defaults of the standard.
type Upgrader struct {
	// Now decides which fixes are available already. The zero time stands for
	// the current release date of the document, so that the same document
	// always becomes the same.
	Now time.Time
	// LabelFromText takes the TLP label from a distribution text that contains
	// "TLP v2.0: TLP:" and a label, instead of translating the label.
	LabelFromText bool
	// OtherIsMultiplier turns the publisher category other into multiplier.
	OtherIsMultiplier bool
	// CompleteNumbers takes model numbers, serial numbers and stock keeping
	// units as complete. By default a star is added to each, since in 2.0 a
	// number was the beginning of one.
	CompleteNumbers bool
	// AllowInvalid returns a result that is not valid without an error. The warnings
	// do not name all of its faults, so validate it.
	AllowInvalid bool
}

// Upgrade converts with the defaults. See [Upgrader.Upgrade].
func Upgrade(d *Document) (*Document, []Warning, error) { return Upgrader{}.Upgrade(d) }

// Upgrade returns the document in CSAF 2.1 and what should be looked at. The
// members of the result are sorted. The given document is not changed. What real
// documents have and 2.1 does not allow is put into its form as far as it is
// understood, and a warning says so: ranges such as "< 4.2", and remediations that
// contradict others or the status of a product.
//
// The error is [ErrNot20], [ErrTooComplex], or an [*InvalidError] if the result does
// not pass the mandatory tests of 2.1, because the document did not pass those of 2.0
// or says what 2.1 does not allow. The result is returned with an InvalidError too, so
// that a person can mend it.
func (u Upgrader) Upgrade(d *Document) (*Document, []Warning, error) {
	if d.version != V20 {
		return nil, nil, ErrNot20
	}
	up := upgrade{Upgrader: u, root: d.root.Clone(), warnings: []Warning{}}
	up.additional(shape20(), up.root, nil)
	if up.Now.IsZero() {
		_, up.Now = (&Document{up.root, V20}).Released()
	}
	up.refresh()
	up.dates()
	up.tree()
	up.refresh()
	up.document()
	up.notes(up.meta.Get("notes"), documentTitles, "/document/notes")
	for i, v := range up.vulns {
		up.vulnerability(i, v)
	}
	up.paths()
	out := &Document{up.root, V21}
	up.refresh()
	up.profile(out)
	if up.work > maxWork {
		return nil, nil, ErrTooComplex
	}
	up.root.SortMembers()
	if u.AllowInvalid {
		return out, up.warnings, nil
	}
	findings, err := mandatory(out)
	if err != nil {
		return nil, nil, err
	}
	if len(findings) > 0 {
		return out, up.warnings, &InvalidError{findings}
	}
	return out, up.warnings, nil
}

// testRun prepares tests that need nothing of a host.
func testRun(d *Document) *run {
	r := &run{v: &Validator{}, doc: d, root: d.root, spec: d.version, rules: rulesOf(d.version)}
	r.build(r.root)
	return r
}

// passes reports whether a document passes the tests.
func passes(d *Document, tests ...string) bool {
	r := testRun(d)
	for i := range r.rules {
		if slices.Contains(tests, r.rules[i].id) {
			r.rule, r.count = &r.rules[i], 0
			r.rule.check(r)
			if r.count > 0 {
				return false
			}
		}
	}
	return true
}

// upgrade is one conversion.
type upgrade struct {
	Upgrader
	root *jsontree.Node
	index
	warnings []Warning
}

func (u *upgrade) refresh() {
	work := u.work
	u.index = index{work: work}
	u.build(u.root)
}

func (u *upgrade) warn(path, value, message string) { u.note(SeverityWarning, path, value, message) }
func (u *upgrade) fail(path, value, message string) { u.note(SeverityError, path, value, message) }

// note counts the bytes of warnings as work, so that a document cannot make
// them grow without end.
func (u *upgrade) note(s Severity, path, value, message string) {
	u.work += (len(path) + len(value)) / 16
	if u.work <= maxWork {
		u.warnings = append(u.warnings, Warning{s, path, value, message})
	}
}

// additional removes members that 2.0 does not define.
func (u *upgrade) additional(s *shape.Shape, n *jsontree.Node, way []any) {
	if s.Choose != nil {
		if s = s.Choose(n); s == nil {
			return
		}
	}
	if s.Members != nil {
		n.DeleteFunc(func(m jsontree.Member) bool {
			if s.Members[m.Name] != nil {
				return false
			}
			u.work++
			u.warn(at(append(way, m.Name)...), string(m.Value.AppendJSON(nil)), "a member that CSAF 2.0 does not define was not converted")
			return true
		})
		for _, m := range n.Members() {
			u.additional(s.Members[m.Name], m.Value, append(way, m.Name))
		}
	}
	if s.Items != nil {
		for i, it := range n.Items() {
			u.additional(s.Items, it, append(way, i))
		}
	}
}

var datePlaces20 = where(
	"/document/tracking/current_release_date",
	"/document/tracking/generator/date",
	"/document/tracking/initial_release_date",
	"/document/tracking/revision_history[]/date",
	"/vulnerabilities[]/release_date",
	"/vulnerabilities[]/discovery_date",
	"/vulnerabilities[]/flags[]/date",
	"/vulnerabilities[]/involvements[]/date",
	"/vulnerabilities[]/remediations[]/date",
	"/vulnerabilities[]/threats[]/date",
)

// dates replaces leap seconds.
func (u *upgrade) dates() {
	r := run{root: u.root, index: u.index}
	r.each(datePlaces20, func(n *jsontree.Node, s *spot) {
		t := n.Text()
		if len(t) < 20 || t[17:19] != "60" {
			return
		}
		zone := strings.TrimLeft(t[19:], "."+digits)
		is := "it was no valid leap second"
		if isDateTime(t) {
			is = "it was a valid leap second"
		}
		n.SetText(t[:17] + "59.999999" + zone)
		u.warn(s.path(), t, "leap seconds are prohibited in CSAF 2.1; the value was replaced; "+is)
	})
}
