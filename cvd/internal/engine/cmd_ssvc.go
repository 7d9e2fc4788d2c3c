package engine

import (
	"github.com/cvdkit/cvdkit/advisory/ssvc"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideDecideSSVC(x cvd.DecideSSVC) error {
	v, err := d.mustVuln(x.Vuln)
	if err != nil {
		return err
	}
	got, err := ssvc.Decide(x.Table, x.Inputs)
	if err != nil {
		return d.bad("Inputs", "the table and its decision points must be known and answered", err)
	}
	d.emit(&caselog.SsvcDecided{
		Vuln: v, Table: got.TableID, Suggested: suggestion(got),
		Outcome: cvd.Private(got.Outcome.Value.Name), Vector: cvd.Private(got.Vector(d.now.Time())),
	})
	return nil
}

// suggestion maps an outcome to a move of report management: what is not worth
// work now is deferred, everything else accepted. Tables that say nothing of
// the team's own work suggest nothing.
func suggestion(x ssvc.Decision) vultron.RMEvent {
	t, ok := ssvc.Lookup(x.TableID)
	if !ok || len(t.Outcome.Values) == 0 {
		return 0
	}
	mildest := x.Outcome.Value.Key == t.Outcome.Values[0].Key
	switch t.Name {
	case ssvc.Supplier, ssvc.Deployer:
		if mildest {
			return vultron.RMDefer
		}
		return vultron.RMAccept
	case ssvc.Triage: // decline, track, coordinate
		if x.Outcome.Value.Key == t.Outcome.Values[len(t.Outcome.Values)-1].Key {
			return vultron.RMAccept
		}
		return vultron.RMDefer
	}
	return 0
}
