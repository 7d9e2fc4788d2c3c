package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdsim"
)

// A failure of the simulation comes with a script, which runs here: each of its lines is
// one that play knows, and is done as it was there.
func TestScriptOfTheSimulation(t *testing.T) {
	shows := func(c cvd.Command) cvd.Command {
		if x, ok := c.(cvd.Invite); ok {
			x.DetailsFirst, x.Reason = true, "a fault"
			return x
		}
		return c
	}
	for seed := range uint64(4) {
		var f *cvdsim.Failure
		if _, err := cvdsim.Run(t.Context(), cvdsim.Options{Seed: seed + 1, Steps: 300, Tamper: shows}); !errors.As(err, &f) {
			t.Fatalf("seed %d finds nothing: %v", seed+1, err)
		}
		script := strings.Join(f.Script, "\n")
		var out bytes.Buffer
		if err := play(t.Context(), &out, strings.NewReader(script), ""); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for line := range strings.Lines(out.String()) {
			var r struct {
				OK    bool
				Error *problem
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			lines++
			if r.Error != nil && r.Error.Kind != "not_found" { // the fault is not in it, so the last look finds nothing
				t.Errorf("seed %d: %s\n%s", seed+1, line, script)
			}
		}
		if lines < f.Steps {
			t.Errorf("seed %d: %d lines of %d steps", seed+1, lines, f.Steps)
		}
	}
}
