package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// other returns the kind of the other end.
func other(k cvd.LinkKind) cvd.LinkKind {
	if k == cvd.LinkRelated {
		return k
	}
	return (k - 1) ^ 1 + 1
}
