package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// CountIn adds a participant to the sums of vendors, if it is one of them. It is for
// the packages beneath cvd.
func (p *Participant) CountIn(_ inner.Only, v *inner.VendorSums) {
	if p.ID == Owner || p.Roles&RoleVendor == 0 || p.Gone() {
		return
	}
	if v.All++; v.Contacted.IsZero() || p.Joined.Before(v.Contacted) {
		v.Contacted = p.Joined
	}
	if p.Answered.IsZero() {
		v.Silent++
	}
	v.Answered = inner.Later(v.Answered, p.Answered)
}

// CountVendors sums up the vendors of a case. It is for the packages beneath cvd.
func (c *Case) CountVendors(inner.Only) (v inner.VendorSums) {
	for i := range c.Participants {
		c.Participants[i].CountIn(inner.Only{}, &v)
	}
	return v
}
