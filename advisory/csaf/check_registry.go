package csaf

import "github.com/cvdkit/cvdkit/advisory/jsontree"

// idSystem is an entry of the Registry for Vulnerability ID Systems for CSAF
// (RVISC, registry version 1).
type idSystem struct {
	name  string // system_name
	match func(string) bool
}

var idSystems = []idSystem{
	{"https://github.com/oasis-tcs/csaf", pattern(`^#[1-9]\d*$`)},
	{"https://euvd.enisa.europa.eu", pattern(`^EUVD-[1-9][0-9]{3}-[0-9]{4,}$`)},
}

func findIDSystem(name string) *idSystem {
	for i := range idSystems {
		if idSystems[i].name == name {
			return &idSystems[i]
		}
	}
	return nil
}

func checkIDText(r *run) {
	r.each(idPlaces, func(n *jsontree.Node, s *spot) {
		if sys := findIDSystem(n.Text("system_name")); sys != nil && !sys.match(n.Text("text")) {
			r.add(s.path()+"/text", "is not an ID of the registered system "+sys.name)
		}
	})
}

func checkIDSystem(r *run) {
	r.each(idPlaces, func(n *jsontree.Node, s *spot) {
		if findIDSystem(n.Text("system_name")) == nil {
			r.add(s.path()+"/system_name", "the ID system is not registered")
		}
	})
}
