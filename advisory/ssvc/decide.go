package ssvc

import (
	"errors"
	"strings"
	"time"
)

// The rules that an *Error names.
var (
	ErrTable   = errors.New("ssvc: no such table")
	ErrMissing = errors.New("ssvc: a decision point has no answer")
	ErrPoint   = errors.New("ssvc: not a decision point of the table")
	ErrValue   = errors.New("ssvc: not a value of the decision point")
	ErrVector  = errors.New("ssvc: malformed vector")
)

// Error says which rule an input broke. It never carries the input.
type Error struct {
	Table string // the name of the table, if it is known
	Point string // the key of the decision point, if it is one of the table
	Rule  error  // one of the Err values of this package
}

// Error names the rule, the table and the decision point.
func (e *Error) Error() string {
	s := e.Rule.Error()
	if e.Table != "" {
		s += ", table " + e.Table
	}
	if e.Point != "" {
		s += ", point " + e.Point
	}
	return s
}

// Unwrap returns the rule.
func (e *Error) Unwrap() error { return e.Rule }

// Choice is one point with the value chosen for it.
type Choice struct {
	Point Point // the decision point
	Value Value // one of its Values
}

// Decision is the outcome of a table with the answers that led to it.
type Decision struct {
	Table   string   // the table's name
	TableID string   // such as "ssvc:DT_SP:1.0.0"
	Inputs  []Choice // in the order of the table's points
	Outcome Choice   // what the table says of them
}

// Decide looks an outcome up. Table is a name or ID of a table. Inputs gives every
// decision point of the table one value: the map's keys are keys of points, its
// values keys or names of values; case does not matter. The error is an *Error: the
// table is unknown, a point is missing, unknown or given twice, or a value is
// unknown. There is no default for a missing answer.
func Decide(table string, inputs map[string]string) (Decision, error) {
	t, ok := find(table)
	if !ok {
		return Decision{}, &Error{Rule: ErrTable}
	}
	d := Decision{Table: t.Name, TableID: t.ID}
	row, used := 0, 0
	for _, p := range t.Points {
		answer, n := "", 0
		for key, value := range inputs {
			if strings.EqualFold(key, p.Key) {
				answer = value
				n++
			}
		}
		if n == 0 {
			return Decision{}, &Error{Table: t.Name, Point: p.Key, Rule: ErrMissing}
		}
		i := p.index(answer)
		if i < 0 || n > 1 {
			return Decision{}, &Error{Table: t.Name, Point: p.Key, Rule: ErrValue}
		}
		used++
		row = row*len(p.Values) + i
		d.Inputs = append(d.Inputs, Choice{p.clone(), p.Values[i]})
	}
	if used != len(inputs) {
		return Decision{}, &Error{Table: t.Name, Rule: ErrPoint}
	}
	d.Outcome = Choice{t.Outcome.clone(), t.Outcome.Values[t.rows[row]]}
	return d, nil
}

const vectorPrefix = "SSVCv2/"

// Vector returns the decision in SSVC's vector form: the points, the outcome and the
// time of the decision in UTC to the second, such as
// "SSVCv2/E:A/U:E/TI:T/PSI:M/DSOI:O/2026-05-01T12:00:00Z/". The keys are those of
// the current tables. It is "" for the zero Decision.
func (d Decision) Vector(at time.Time) string {
	if d.TableID == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(vectorPrefix)
	for _, c := range d.Inputs {
		b.WriteString(c.Point.Key + ":" + c.Value.Key + "/")
	}
	b.WriteString(d.Outcome.Point.Key + ":" + d.Outcome.Value.Key + "/")
	b.WriteString(at.UTC().Format("2006-01-02T15:04:05Z") + "/")
	return b.String()
}

// maxVector bounds a vector: the longest that Vector writes has 66 bytes.
const maxVector = 256

// ParseVector reads what Vector writes. The table is found by the keys; the outcome
// must be the one that the table gives. Every error is an *Error.
func ParseVector(s string) (Decision, time.Time, error) {
	bad := func() (Decision, time.Time, error) {
		return Decision{}, time.Time{}, &Error{Rule: ErrVector}
	}
	if len(s) > maxVector || !strings.HasPrefix(s, vectorPrefix) || !strings.HasSuffix(s, "/") {
		return bad()
	}
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, vectorPrefix), "/"), "/")
	if len(parts) < 3 {
		return bad()
	}
	at, err := time.Parse(time.RFC3339, parts[len(parts)-1])
	if err != nil {
		return bad()
	}
	parts = parts[:len(parts)-1]
	tables := load()
	for i := range tables {
		t := &tables[i]
		if len(t.Points) != len(parts)-1 || !t.matches(parts) {
			continue
		}
		inputs := map[string]string{}
		for _, p := range parts[:len(parts)-1] {
			k, v, _ := strings.Cut(p, ":")
			inputs[k] = v
		}
		d, err := Decide(t.Name, inputs)
		if err != nil {
			return Decision{}, time.Time{}, err
		}
		if parts[len(parts)-1] != d.Outcome.Point.Key+":"+d.Outcome.Value.Key {
			return Decision{}, time.Time{}, &Error{Table: t.Name, Point: t.Outcome.Key, Rule: ErrValue}
		}
		return d, at.UTC(), nil
	}
	return bad()
}

// matches reports whether the parts name the table's points and outcome, in order.
func (t *Table) matches(parts []string) bool {
	for i, p := range parts {
		key, _, _ := strings.Cut(p, ":")
		want := t.Outcome.Key
		if i < len(t.Points) {
			want = t.Points[i].Key
		}
		if key != want {
			return false
		}
	}
	return true
}
