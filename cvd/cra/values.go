package cra

import (
	"encoding/json"

	"github.com/cvdkit/cvdkit/cvd"
)

// values are what a submission keeps of its fields, by key: so a draft with a newer
// table still finds them.
type values struct {
	Fields map[string]oneValue `json:"fields"`
}

type oneValue struct {
	Value string `json:"value"`
	Given bool   `json:"given,omitempty"`
}

// values keeps what was in the form.
func (d Draft) values() cvd.Private {
	v := values{Fields: map[string]oneValue{}}
	for _, x := range d.Fields {
		if x.Value != "" && x.State != FieldNotShown && x.State != FieldAutomatic {
			v.Fields[x.Key] = oneValue{x.Value, x.Given}
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "" // strings do not fail
	}
	return cvd.Private(b)
}

// lastValues puts together what the submissions had, the later before the earlier.
// Values that another made are left alone.
func lastValues(p *Procedure) values {
	all := values{Fields: map[string]oneValue{}}
	for _, s := range p.Submissions {
		var v values
		if json.Unmarshal([]byte(s.Values), &v) != nil {
			continue
		}
		for k, x := range v.Fields {
			all.Fields[k] = x
		}
	}
	return all
}
