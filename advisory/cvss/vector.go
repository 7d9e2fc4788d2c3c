package cvss

import "strings"

// Metric is one metric of a vector by its short names, such as {"AV", "N"}.
type Metric struct{ Name, Value string }

// IsZero reports whether v is the zero Vector.
func (v Vector) IsZero() bool { return v.scheme == nil }

// Version returns "2.0", "3.0", "3.1" or "4.0", and "" for the zero Vector.
func (v Vector) Version() string {
	if v.scheme == nil {
		return ""
	}
	return v.scheme.version
}

// String returns the vector as it was given to Parse.
func (v Vector) String() string { return v.text }

// Canonical returns the vector with its metrics in the order of the specification
// and without those that are not defined. Vectors that mean the same have the same
// canonical form. In 2.0 a group with a defined metric stays whole, since its
// grammar wants that.
func (v Vector) Canonical() string {
	if v.scheme == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(v.scheme.prefix, "/"))
	for i, m := range v.scheme.metrics {
		if !v.defined(i) && (!v.scheme.whole || !v.sets(m.group)) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('/')
		}
		b.WriteString(m.name + ":" + v.value(i))
	}
	return b.String()
}

// Metrics lists the defined metrics in the order of the specification. The caller
// owns the slice.
func (v Vector) Metrics() []Metric {
	if v.scheme == nil {
		return nil
	}
	var out []Metric
	for i, m := range v.scheme.metrics {
		if v.defined(i) {
			out = append(out, Metric{m.name, v.value(i)})
		}
	}
	return out
}

// Metric returns the value of a metric by its short name. The value is "X" ("ND" in
// 2.0) where the vector does not define it; ok is false where the version has no
// such metric.
func (v Vector) Metric(name string) (value string, ok bool) {
	if v.scheme == nil {
		return "", false
	}
	i := v.scheme.index(name)
	if i < 0 {
		return "", false
	}
	return v.value(i), true
}

func (v *Vector) value(i int) string {
	if v.values[i] == 0 {
		return v.scheme.unset
	}
	return v.scheme.metrics[i].values[v.values[i]-1]
}

// defined reports whether metric i has a value other than "not defined".
func (v *Vector) defined(i int) bool {
	return v.values[i] != 0 && v.value(i) != v.scheme.unset
}

// sets reports whether a metric of the group is defined.
func (v *Vector) sets(g group) bool {
	for i, m := range v.scheme.metrics {
		if m.group == g && v.defined(i) {
			return true
		}
	}
	return false
}

// MarshalText returns String.
func (v Vector) MarshalText() ([]byte, error) { return []byte(v.text), nil }

// UnmarshalText reads what Parse reads, and an empty text as the zero Vector. On an
// error v is left as it was.
func (v *Vector) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Vector{}
		return nil
	}
	got, err := Parse(string(text))
	if err != nil {
		return err
	}
	*v = got
	return nil
}
