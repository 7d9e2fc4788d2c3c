package caselog

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// OrAmber is the label of what nobody has labelled.
func OrAmber(l tlp.Label) tlp.Label {
	if l == tlp.Unset {
		return tlp.Amber
	}
	return l
}
