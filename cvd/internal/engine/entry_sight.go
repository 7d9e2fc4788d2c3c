package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// partly reports whether a participant is bound by the terms, and does not see all
// that came with another case: a yes of its own is missing.
func partly(p *cvd.Participant) bool {
	return p.Consent == vultron.Signatory && len(p.Kept(inner.Only{}).Hidden)+len(p.Kept(inner.Only{}).Bare) > 0
}
