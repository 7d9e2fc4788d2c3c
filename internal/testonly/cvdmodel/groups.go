package cvdmodel

import (
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
)

// open to groups: what is open to these already is not opened again.
func (m *model) openTo(groups uint8) bool {
	if m.groups == groups {
		return false
	}
	m.groups = groups
	return true
}

var groupNames = []cvd.Private{"one", "two", "three"}

func named(groups uint8) (out []cvd.Private) {
	for i, g := range groupNames {
		if groups>>i&1 == 1 {
			out = append(out, g)
		}
	}
	return out
}

func (d *driver) groups() (cvd.Command, bool) {
	groups := uint8(d.IntN(8))
	return cvd.SetGroups{Groups: named(groups)}, d.m.openTo(groups)
}

// compareGroups asks for each viewer of the team whether it may see the case.
func (d *driver) compareGroups(c *cvd.Case) error {
	for v := range uint8(8) {
		want := d.m.groups == 0 || d.m.groups&v != 0
		if got := d.svc.MaySee(c, cvd.Viewer{Team: true, Groups: named(v)}); got != want {
			return fmt.Errorf("a viewer of the groups %b sees the case: %v, the model has %b", v, got, d.m.groups)
		}
	}
	return nil
}
