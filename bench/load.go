package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// vocabulary is of made words; texts take the first of them most often, as texts do.
var vocabulary = func() []string {
	r := rand.New(rand.NewPCG(1, 2))
	v := make([]string, 20_000)
	for i := range v {
		b := make([]byte, 4+r.IntN(6))
		for j := range b {
			b[j] = 'a' + byte(r.IntN(26))
		}
		v[i] = string(b)
	}
	return v
}()

func words(r *rand.Rand, n int) []string {
	z := rand.NewZipf(r, 1.1, 20, uint64(len(vocabulary)-1))
	w := make([]string, n)
	for i := range w {
		w[i] = vocabulary[z.Uint64()]
	}
	return w
}

// Every so many cases one is the report of an earlier case again, with a tenth of
// its words replaced. Both stay open.
const (
	copyEvery = 200
	copyAt    = 199
	copyOf    = 100 // so many before it
)

// report is that of case n.
func report(n int) cvd.Receive {
	from := n
	if n%copyEvery == copyAt {
		from = n - copyOf
	}
	w := words(rand.New(rand.NewPCG(uint64(from), 7)), 108)
	if from != n {
		r := rand.New(rand.NewPCG(uint64(n), 8))
		for i := range w {
			if r.IntN(10) == 0 {
				w[i] = vocabulary[r.IntN(len(vocabulary))]
			}
		}
	}
	text := func(from, to int) cvd.Private { return cvd.Private(strings.Join(w[from:to], " ")) }
	return cvd.Receive{
		IDs:      []cvd.ExternalID{messageID(n)},
		Reporter: cvd.Contact{Email: cvd.Private(fmt.Sprintf("r%d@finder.example", n%5000))},
		Title:    text(0, 8), Summary: text(8, 48), Observations: text(48, 108),
	}
}

func messageID(n int) cvd.ExternalID {
	return cvd.ExternalID{Kind: cvd.IDMessage, Value: cvd.Private(fmt.Sprintf("<%d@finder.example>", n))}
}

// file opens case n and brings it as far as cases come: two of three are noise.
func file(ctx context.Context, svc *service.Service, n int) (cvd.CaseID, error) {
	cmds := []cvd.Command{report(n), cvd.Acknowledge{}, cvd.PostMessage{Text: "a note of the team"}}
	keep := n%copyEvery == copyAt || n%copyEvery == copyAt-copyOf
	r := rand.New(rand.NewPCG(uint64(n), 9))
	switch x := r.IntN(100); {
	case x < 66 && !keep:
		cmds = append(cmds, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	case x < 90:
		cmds = append(cmds, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.SetSeverity{Rating: cvd.Rating(1 + r.IntN(5))})
		if x%2 == 0 {
			cmds = append(cmds, cvd.Accept{}, cvd.Assign{To: cvd.Private(fmt.Sprintf("member%d@psirt.example", r.IntN(8)))})
		}
	}
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice@psirt.example"}, cmds...)
	if err != nil {
		return cvd.CaseID{}, fmt.Errorf("case %d: %w", n, err)
	}
	return c.ID, nil
}
