package arch

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// linkedModules returns the modules of others that a host links by importing
// packages of this module.
func linkedModules(t *testing.T, pkgs ...string) []string {
	t.Helper()
	args := []string{"list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}"}
	for _, p := range pkgs {
		args = append(args, module+"/"+p)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	mods := strings.Fields(string(out))
	slices.Sort(mods)
	mods = slices.Compact(mods)
	return slices.DeleteFunc(mods, func(m string) bool { return m == module })
}

// What a host links is what it must watch for vulnerabilities.
func TestLinkedModules(t *testing.T) {
	for _, p := range []string{"cvd/policy", "cvd/vultron", "cvd/timeline", "cvd/measure", "advisory/tlp"} {
		if ms := linkedModules(t, p); len(ms) > 0 {
			t.Errorf("%s links %s; it uses the standard library only", p, ms)
		}
	}
	if ms := linkedModules(t, "cvd", "cvd/service", "cvd/sqlstore"); len(ms) > 3 {
		t.Errorf("cvd, its service and sqlstore link %s; three modules at most", ms)
	}
	if ms := linkedModules(t, "pgp"); len(ms) == 0 {
		t.Error("pgp links nothing: this test sees nothing")
	}
}
