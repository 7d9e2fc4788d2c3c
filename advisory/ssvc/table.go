package ssvc

import (
	_ "embed"
	"strings"
	"sync"
)

// The names of the tables.
const (
	Supplier           = "supplier"             // how soon a supplier develops a fix
	Deployer           = "deployer"             // how soon a deployer applies it
	Triage             = "triage"               // whether a coordinator takes a report
	Publication        = "publication"          // whether a coordinator publishes
	Utility            = "utility"              // feeds the point U
	HumanImpact        = "human-impact"         // feeds the point HI
	PublicSafetyImpact = "public-safety-impact" // feeds the point PSI
)

// Value is one answer to a decision point.
type Value struct {
	Key  string // such as "N"
	Name string // such as "None"
}

// Point is a decision point, or the outcome of a table, with its values from the
// mildest to the worst.
type Point struct {
	Namespace string  // "ssvc"
	Key       string  // such as "E"
	Version   string  // such as "1.1.0"
	Name      string  // such as "Exploitation"
	Values    []Value // at least two
}

// ID returns the point's identity, such as "ssvc:E:1.1.0".
func (p Point) ID() string { return p.Namespace + ":" + p.Key + ":" + p.Version }

// Table is a decision table. Its outcome depends on nothing but the answers to its
// points.
type Table struct {
	Name    string  // one of the constants
	ID      string  // such as "ssvc:DT_SP:1.0.0"
	Title   string  // such as "Supplier Patch Development Priority"
	Points  []Point // in the order in which they are asked
	Outcome Point   // what is decided

	rows []uint8 // index into Outcome.Values; the last point moves fastest
}

//go:embed tables.txt
var source string

// load reads the tables once, at first use.
var load = sync.OnceValue(func() []Table { return read(source) })

// Tables lists all tables. The caller owns the result.
func Tables() []Table {
	out := make([]Table, len(load()))
	for i, t := range load() {
		out[i] = t.clone()
	}
	return out
}

// Lookup returns the table of a name or an ID, and false if there is none. The
// caller owns the result.
func Lookup(name string) (Table, bool) {
	t, ok := find(name)
	if !ok {
		return Table{}, false
	}
	return t.clone(), true
}

func find(name string) (*Table, bool) {
	tables := load()
	for i := range tables {
		if tables[i].Name == name || tables[i].ID == name {
			return &tables[i], true
		}
	}
	return nil, false
}

func (t Table) clone() Table {
	points := make([]Point, len(t.Points))
	for i, p := range t.Points {
		points[i] = p.clone()
	}
	t.Points, t.Outcome = points, t.Outcome.clone()
	return t
}

func (p Point) clone() Point {
	p.Values = append([]Value(nil), p.Values...)
	return p
}

// read parses the format that the head of tables.txt describes. The file is part of
// the package and tested, so it is not checked again here.
func read(text string) []Table {
	var out []Table
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch kind {
		case "table":
			name, rest, _ := strings.Cut(rest, " ")
			id, title, _ := strings.Cut(rest, " ")
			out = append(out, Table{Name: name, ID: id, Title: title})
		case "point":
			t := &out[len(out)-1]
			t.Points = append(t.Points, readPoint(rest))
		case "outcome":
			out[len(out)-1].Outcome = readPoint(rest)
		case "rows":
			t := &out[len(out)-1]
			for _, key := range strings.Fields(rest) {
				t.rows = append(t.rows, uint8(t.Outcome.index(key)))
			}
		}
	}
	return out
}

func readPoint(s string) Point {
	head, values, _ := strings.Cut(s, " = ")
	id, name, _ := strings.Cut(head, " ")
	parts := strings.SplitN(id, ":", 3)
	p := Point{Namespace: parts[0], Key: parts[1], Version: parts[2], Name: name}
	for _, v := range strings.Split(values, ", ") {
		key, name, _ := strings.Cut(v, " ")
		p.Values = append(p.Values, Value{Key: key, Name: name})
	}
	return p
}

// index finds a value by its key or its name, without regard to case.
func (p *Point) index(s string) int {
	for i, v := range p.Values {
		if strings.EqualFold(v.Key, s) || strings.EqualFold(v.Name, s) {
			return i
		}
	}
	return -1
}
