package service_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// press is where the steps of a release bring things out: once for each ID.
type press struct {
	out  []string        // in the order in which they came out
	have map[string]bool // by ID
	runs []cvd.StepRun
	fail map[string]error // of the next try
}

func (p *press) steps(c *cvd.Config) {
	c.Steps = map[string]cvd.ReleaseStep{}
	for _, name := range []string{"csaf", "cve"} {
		c.Steps[name] = func(_ context.Context, r cvd.StepRun) (string, error) {
			p.runs = append(p.runs, r)
			if err := p.fail[name]; err != nil {
				delete(p.fail, name)
				return "", err
			}
			if !p.have[r.ID] {
				p.have[r.ID] = true
				p.out = append(p.out, name)
			}
			return "https://example.org/" + name, nil
		}
	}
}

func newPress() *press { return &press{have: map[string]bool{}, fail: map[string]error{}} }

func (d *desk) runReleases() cvd.ReleaseRun {
	d.t.Helper()
	r, err := d.svc.RunReleases(ctx, 100)
	require.NoError(d.t, err)
	return r
}

func TestReleaseStepsRunInOrder(t *testing.T) {
	p := newPress()
	d := newDesk(t, p.steps)
	d.do(cvd.CaseID{}, cvd.Receive{Title: "another"})
	id := releaseApproved(d)
	r := d.runReleases()
	require.Zero(t, r.Done)
	require.True(t, r.Next.Equal(d.view(id, team).Release.At), "nothing comes out before its instant")
	d.clock.t = r.Next
	p.fail["cve"] = errBroken
	r = d.runReleases()
	require.Equal(t, 1, r.Done)
	require.Len(t, r.Problems, 1)
	require.ErrorIs(t, r.Problems[0].Err, errBroken)
	require.Equal(t, []string{"csaf"}, p.out)
	outs := d.view(id, team).Release.Outputs
	require.Equal(t, "https://example.org/csaf", outs[0].Ref)
	require.Equal(t, errBroken.Error(), string(outs[1].Problem), "the team sees why")
	require.NotContains(t, dump(d.view(id, cvd.Viewer{Party: 2})), errBroken.Error())
	require.Zero(t, d.runReleases().Done, "not before its next try is due")
	d.refused(id, cvd.RuleOnce, cvd.PlanRelease{At: days(90), Outputs: []string{"csaf"}})
	d.clock.t = r.Next
	r = d.runReleases()
	require.Equal(t, 1, r.Done)
	require.Equal(t, []string{"csaf", "cve"}, p.out)
	require.Equal(t, []int{1, 1, 2}, []int{p.runs[0].Try, p.runs[1].Try, p.runs[2].Try})
	require.Equal(t, p.runs[1].ID, p.runs[2].ID, "each try has the same ID")
	require.NotEqual(t, p.runs[0].ID, p.runs[1].ID)
	require.Equal(t, p.runs[1].Command, p.runs[2].Command)
	require.NotEmpty(t, p.runs[0].Case.Title)
	require.Zero(t, d.runReleases())
}

// Whoever dies before a step, in it, or before its end is recorded leaves it to the
// next call: nothing comes out twice, nothing is left out.
func TestReleaseStepsSurviveEveryFault(t *testing.T) {
	for name, breaks := range map[string]func(*faulty, *press, *int) func(cvd.ReleaseStep) cvd.ReleaseStep{
		"before it is recorded": func(f *faulty, _ *press, _ *int) func(cvd.ReleaseStep) cvd.ReleaseStep {
			f.before = errBroken
			return nil
		},
		"after that, unknown": func(f *faulty, _ *press, _ *int) func(cvd.ReleaseStep) cvd.ReleaseStep {
			f.after = errBroken
			return nil
		},
		"in the step, nothing out": func(_ *faulty, p *press, _ *int) func(cvd.ReleaseStep) cvd.ReleaseStep {
			p.fail["csaf"] = errBroken
			return nil
		},
		"in the step, by a panic": func(_ *faulty, _ *press, n *int) func(cvd.ReleaseStep) cvd.ReleaseStep {
			return func(s cvd.ReleaseStep) cvd.ReleaseStep {
				return func(ctx context.Context, r cvd.StepRun) (string, error) {
					if *n++; *n == 1 {
						panic("the host's")
					}
					return s(ctx, r)
				}
			}
		},
		"it is out, its end is lost": func(f *faulty, _ *press, n *int) func(cvd.ReleaseStep) cvd.ReleaseStep {
			return func(s cvd.ReleaseStep) cvd.ReleaseStep {
				return func(ctx context.Context, r cvd.StepRun) (string, error) {
					ref, err := s(ctx, r)
					if *n++; *n == 1 {
						f.before = errBroken
					}
					return ref, err
				}
			}
		},
		"it is out, its end is recorded and unknown": func(f *faulty, _ *press, n *int) func(cvd.ReleaseStep) cvd.ReleaseStep {
			return func(s cvd.ReleaseStep) cvd.ReleaseStep {
				return func(ctx context.Context, r cvd.StepRun) (string, error) {
					ref, err := s(ctx, r)
					if *n++; *n == 1 {
						f.after = errBroken
					}
					return ref, err
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, p, n := &faulty{Store: memstore.New()}, newPress(), 0
			var wrap func(cvd.ReleaseStep) cvd.ReleaseStep
			d := newDesk(t, p.steps, func(c *cvd.Config) {
				c.Store = f
				for name, s := range c.Steps {
					c.Steps[name] = func(ctx context.Context, r cvd.StepRun) (string, error) {
						if wrap != nil {
							return wrap(s)(ctx, r)
						}
						return s(ctx, r)
					}
				}
			})
			id := releaseDue(d)
			wrap = breaks(f, p, &n)
			d.runReleases()
			for range 5 { // other processes, later
				d.clock.pass(10 * time.Minute)
				d = d.another()
				d.runReleases()
			}
			require.Equal(t, []string{"csaf", "cve"}, p.out)
			_, left := d.view(id, team).Release.Next()
			require.False(t, left)
		})
	}
}

// While one process runs a step, no other does; a cancellation in between is heeded,
// and what came out all the same is not forgotten.
func TestReleaseStepsAreRunByOne(t *testing.T) {
	p := newPress()
	var during func(cvd.StepRun)
	d := newDesk(t, p.steps, func(c *cvd.Config) {
		csaf := c.Steps["csaf"]
		c.Steps["csaf"] = func(ctx context.Context, r cvd.StepRun) (string, error) {
			if during != nil {
				f := during
				during = nil
				f(r)
			}
			return csaf(ctx, r)
		}
	})
	id := releaseDue(d)
	during = func(r cvd.StepRun) {
		other := d.another().runReleases()
		require.Zero(t, other.Done)
		require.False(t, other.Next.IsZero())
		d.do(id, cvd.CancelRelease{Reason: "stop"})
	}
	d.runReleases()
	require.Equal(t, []string{"csaf"}, p.out)
	c := d.view(id, team)
	require.Contains(t, string(c.Messages[len(c.Messages)-1].Text), "https://example.org/csaf")
	require.Zero(t, d.runReleases())
}

func TestOutputsWithoutAStepWait(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Steps = map[string]cvd.ReleaseStep{"cve": func(context.Context, cvd.StepRun) (string, error) { return "CVE-1900-0001", nil }}
	})
	id := releaseDue(d)
	require.Equal(t, []cvd.CaseID{id}, d.runReleases().Waiting)
	d.do(id, cvd.RecordOutput{Output: "csaf"})
	require.Equal(t, 1, d.runReleases().Done)
}

// released is a release whose second step failed once.
func released(d *desk) cvd.CaseID {
	id := releaseDue(d)
	p := newPress()
	p.fail["cve"] = errBroken
	e := d.another(p.steps)
	e.runReleases()
	d.clock.pass(time.Hour)
	e.runReleases()
	return id
}

// A release with three steps, of which the second fails once.
func ExampleService_RunReleases() {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	down := true
	var svc *service.Service
	svc, err := service.New(cvd.Config{
		Store: memstore.New(), Secret: make([]byte, 32), Now: func() time.Time { return now },
		Steps: map[string]cvd.ReleaseStep{
			"csaf": func(_ context.Context, r cvd.StepRun) (string, error) {
				fmt.Println("advisory, try", r.Try)
				return "https://example.org/1.json", nil
			},
			"cve": func(_ context.Context, r cvd.StepRun) (string, error) {
				fmt.Println("CVE record, try", r.Try)
				if down {
					return "", errors.New("the CVE service is down")
				}
				return "CVE-1900-0001", nil
			},
			"mails": func(ctx context.Context, r cvd.StepRun) (string, error) {
				fmt.Println("mails, try", r.Try)
				_, err := svc.Do(ctx, r.Case.ID, cvd.By{ID: r.Command}, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Advisories: []string{"https://example.org/1.json"}})
				return "", err
			},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"}, cvd.Open{Origin: cvd.OriginOutbound, Title: "Overflow in frobd"},
		cvd.Accept{}, cvd.PlanRelease{At: now.Add(time.Hour), Outputs: []string{"csaf", "cve", "mails"}}, cvd.ApproveRelease{})
	if err == nil {
		_, err = svc.Do(ctx, c.ID, cvd.By{Actor: "bob"}, cvd.ApproveRelease{})
	}
	for range 3 {
		if err != nil {
			fmt.Println(err)
			return
		}
		var run cvd.ReleaseRun
		run, err = svc.RunReleases(ctx, 10)
		for _, p := range run.Problems {
			fmt.Println(p.Output, "failed:", p.Err)
			down = false
		}
		now = now.Add(time.Hour) // a host calls it every minute, or at run.Next
	}
	// Output:
	// advisory, try 1
	// CVE record, try 1
	// cve failed: the CVE service is down
	// CVE record, try 2
	// mails, try 1
}
