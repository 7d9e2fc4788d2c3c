package service_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// Random commands: the Service accepts and refuses exactly what a small second
// description of the protocol does, and every state that a participant reaches
// is legal. CVD_TEST_LARGE=1 gives a million commands to each kind of team.
func TestModel(t *testing.T) {
	n := 20_000
	if os.Getenv("CVD_TEST_LARGE") != "" {
		n = 1_000_000
	}
	for name, o := range map[string]cvdmodel.Options{
		"by default":         {Seed: 1},
		"the owner decides":  {Seed: 2, Rules: cvd.EmbargoRules{Resolve: cvd.ResolveOwner}},
		"unanimous":          {Seed: 3, Rules: cvd.EmbargoRules{Resolve: cvd.ResolveUnanimous, Quorum: 50}},
		"a standing embargo": {Seed: 4, Standing: 10},
		"standing, of all":   {Seed: 5, Standing: 10, Rules: cvd.EmbargoRules{Resolve: cvd.ResolveUnanimous}},
	} {
		t.Run(name, func(t *testing.T) { againstModel(t, o, n) })
	}
}

func againstModel(t *testing.T, o cvdmodel.Options, n int) {
	start := time.Now()
	o.Commands = n
	o.New = func(cfg cvd.Config) (*service.Service, error) {
		cfg.Store, cfg.Secret, cfg.Rand = memstore.New(), []byte(strings.Repeat("s", 32)), &seeded{n: 1}
		return service.New(cfg)
	}
	r, err := cvdmodel.Run(ctx, o)
	require.NoError(t, err)
	require.Equal(t, n, r.Commands)
	t.Logf("%d commands on %d cases, %d accepted, %d refused, %d states of participants, %.1f µs each",
		r.Commands, r.Cases, r.Accepted, r.Refused, len(r.States), float64(time.Since(start).Microseconds())/float64(n))
	for name, x := range r.ByName {
		t.Logf("%-18s accepted %7d refused %7d", name, x[0], x[1])
		require.NotZero(t, x[0], "%s was never accepted", name)
		if name != "AddVulnerability" { // refused in a closed case only
			require.NotZero(t, x[1], "%s was never refused", name)
		}
	}
	require.Greater(t, r.Refused, n/10)
	require.Greater(t, r.Accepted, n/3)
}

// The sizes of a participant's state space that the Vultron protocol publishes
// (reference/formal_protocol/states): counted from our tables, by its
// restrictions. RM Start and Closed make everything else irrelevant; what is
// public makes the embargo irrelevant; a public exploit is public.
func TestPublishedStateCounts(t *testing.T) {
	vendorPaths := func(paths ...vultron.CS) map[vultron.CS]bool {
		m := map[vultron.CS]bool{}
		for _, p := range paths {
			m[p] = true
		}
		return m
	}
	const vfd = vultron.CSVendorAware | vultron.CSFixReady | vultron.CSFixDeployed
	aware, ready, deployed := vultron.CSVendorAware, vultron.CSVendorAware|vultron.CSFixReady, vfd
	states := func(nulls bool, unprioritized, prioritized map[vultron.CS]bool) int {
		seen := map[[3]int]bool{}
		for rm := range vultron.RM(7) {
			for em := range vultron.EM(5) {
				for s := range vultron.CS(64) {
					paths := prioritized
					if rm.Progress() < vultron.RMAccepted.Progress() {
						paths = unprioritized
					}
					world := s &^ vfd
					e, vendor := int(em), int(s&vfd)
					switch {
					case !s.Valid() || world.Has(vultron.CSExploitPublic) && !world.Has(vultron.CSPublicAware):
						continue
					case rm == vultron.RMStart || rm.Final():
						seen[[3]int{int(rm), -1, -1}] = true
						continue
					case world.Has(vultron.CSPublicAware):
						e = -1
					}
					if paths[s&vfd] {
						seen[[3]int{int(rm), e, int(world) | vendor}] = true
					}
					if nulls { // no place on the path of fixes
						seen[[3]int{int(rm), e, int(world) | 1<<10}] = true
					}
				}
			}
		}
		return len(seen)
	}
	all := vendorPaths(0, aware, ready, deployed)
	require.Equal(t, 352, states(true, all, all), "any participant")
	require.Equal(t, 128, states(false, vendorPaths(aware), vendorPaths(aware, ready, deployed)), "vendor with deployment")
	require.Equal(t, 100, states(false, vendorPaths(aware), vendorPaths(aware, ready)), "vendor")
	require.Equal(t, 72, states(true, nil, nil), "coordinator, finder, other")
	require.Len(t, vultron.RMTransitions(), 11)
}
