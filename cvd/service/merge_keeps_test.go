package service_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// kept counts what must neither get lost nor double when cases are sorted.
type kept struct {
	reports, vulns, severities int
	agreed                     map[cvd.Private]bool // who has agreed to an embargo
	policies                   map[string]bool      // those of no subject
}

func keptBy(cases ...*cvd.Case) kept {
	k := kept{agreed: map[cvd.Private]bool{}, policies: map[string]bool{}}
	for _, c := range cases {
		for _, r := range c.Reports {
			if r.MovedTo == (cvd.CaseID{}) {
				k.reports++
			}
		}
		for _, v := range c.Vulnerabilities {
			if v.MovedTo == (cvd.CaseID{}) {
				k.vulns++
				k.severities += len(v.Severity)
			}
		}
		for _, p := range c.Participants[1:] {
			if p.Consent == vultron.Signatory {
				// A person has one number, and one address, in both cases of a pair.
				// One without an address is known by the number, which a merge may change.
				who := cvd.Private(fmt.Sprint("#", p.ID))
				if len(p.Routes) > 0 {
					who = p.Routes[0].Address
				}
				k.agreed[who] = true
			}
		}
		for _, a := range c.Adopted {
			if a.Subject == "" {
				k.policies[a.Policy] = true
			}
		}
	}
	return k
}

// agreedBefore requires that whoever agrees now has agreed before.
func agreedBefore(t *testing.T, was, is kept, seed uint64) {
	for who := range is.agreed {
		if who[0] != '#' {
			require.True(t, was.agreed[who] || was.agreed["#"+who], "%s has not agreed, seed %d", string(who), seed)
		}
	}
}

// lists reports whether a list has a case.
func (d *desk) lists(f service.Filter, id cvd.CaseID) bool {
	page, err := d.svc.Find(ctx, team, f, "", 1000)
	require.NoError(d.t, err)
	for _, x := range page.Cases {
		if x.ID == id {
			return true
		}
	}
	return false
}

// A merge and a split of cases with random histories lose no report, no
// vulnerability, no assessment and no policy, double none, and let nobody agree to
// what it did not agree to. CVD_TEST_LARGE=1 tries 2,000 pairs.
func TestMergesAndSplitsKeep(t *testing.T) {
	pairs := 60
	if os.Getenv("CVD_TEST_LARGE") != "" {
		pairs = 2000
	}
	merges, splits := 0, 0
	active := vultron.EMActive
	for seed := range uint64(pairs) {
		d, ws := pair(t, seed+9000)
		a, b := ws[0].id, ws[1].id
		ca, cb := d.view(a, team), d.view(b, team)
		was := keptBy(ca, cb)
		if _, err := d.svc.Merge(ctx, a, cvd.By{}, cvd.Merge{Into: b}); err == nil {
			merges++
			is := keptBy(d.view(b, team))
			require.Equal(t, was.reports, is.reports, "reports, seed %d", seed)
			// The same vulnerability in both is one.
			require.LessOrEqual(t, is.vulns, was.vulns, "vulnerabilities, seed %d", seed)
			require.GreaterOrEqual(t, is.vulns, max(keptBy(ca).vulns, keptBy(cb).vulns), "vulnerabilities, seed %d", seed)
			require.Equal(t, was.severities, is.severities, "assessments, seed %d", seed)
			require.Subset(t, is.policies, was.policies, "policies, seed %d", seed)
			agreedBefore(t, was, is, seed)
			require.False(t, d.lists(service.Filter{EM: &active}, a), "seed %d: its embargo holds in the other", seed)
		}
		parent := d.view(b, team)
		was = keptBy(parent)
		x := cvd.Split{Title: "a part"}
		for _, v := range parent.Vulnerabilities {
			if ws[0].r.IntN(2) == 0 {
				x.Vulnerabilities = append(x.Vulnerabilities, v.ID)
			}
		}
		for _, r := range parent.Reports {
			if ws[0].r.IntN(2) == 0 {
				x.Reports = append(x.Reports, r.ID)
			}
		}
		child, err := d.svc.Split(ctx, b, cvd.By{}, x)
		if err != nil {
			continue
		}
		splits++
		is, apart := keptBy(d.view(b, team), d.view(child.ID, team)), keptBy(d.view(child.ID, team))
		require.Equal(t, was.reports, is.reports, "reports, seed %d", seed)
		fresh := 0 // a part of reports alone has a vulnerability of its own
		if len(x.Vulnerabilities) == 0 {
			fresh = 1
		}
		require.Equal(t, was.vulns+fresh, is.vulns, "vulnerabilities, seed %d", seed)
		require.Equal(t, was.severities, is.severities, "assessments, seed %d", seed)
		require.Subset(t, apart.policies, was.policies, "policies, seed %d", seed)
		agreedBefore(t, was, apart, seed)
	}
	t.Logf("%d merges, %d splits", merges, splits)
	require.Greater(t, merges, pairs/3)
	require.Greater(t, splits, pairs/3)
}
