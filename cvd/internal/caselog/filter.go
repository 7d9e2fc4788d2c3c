package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Standing is how far a case has come.
type Standing struct {
	Stage cvd.Stage
	Rm    vultron.RM
}

func (x Standing) Open() bool { return x.Stage.Open(x.Rm) }
