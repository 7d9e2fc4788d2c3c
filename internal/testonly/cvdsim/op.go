package cvdsim

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
)

// op is one step. It names cases by labels, so that it means the same where steps
// before it were left out.
type op struct {
	n     int           // its number, which names what it writes
	pass  time.Duration // before it
	host  int           // the process that does it
	verb  string        // do, merge, split, link, reopen, erase, tick, relay, releases, sync, adds, sweep or restart
	label string        // of the case
	as    string        // of the case that it makes
	other string        // the case that it goes into, or is linked to
	actor string
	act   cvd.Action
	// silent is for an import: nothing goes out for it.
	silent bool

	fault  fault
	during *op // what another process does within this one's first Append
}

// fault is what fails in a step.
type fault struct {
	kind faultKind
	at   int           // the Append, Claim or mail that it meets, from 1
	jump time.Duration // by which the clock of this process is wrong
}

type faultKind int

const (
	noFault      faultKind = iota
	notWritten             // the database fails before it writes
	written                // it fails after it has written: the outcome is unknown
	claimFails             // likewise
	claimedFails           // it has leased deliveries and nobody hears of it
	mailRefused            // the mail server does not take it
	mailUnknown            // it takes it, and the answer is lost
)

func (f fault) String() string {
	s := map[faultKind]string{
		notWritten: "the database fails before write %d", written: "the answer to write %d is lost",
		claimFails: "claim %d fails", claimedFails: "the answer to claim %d is lost",
		mailRefused: "mail %d is refused", mailUnknown: "the answer to mail %d is lost",
	}[f.kind]
	if s != "" {
		s = fmt.Sprintf(s, f.at)
	}
	if f.jump != 0 {
		s += fmt.Sprintf(" the clock of process is wrong by %s", f.jump)
	}
	return s
}

// lines writes the step for examples/play: what it cannot do there is a comment.
func (o *op) lines(now time.Time) (out []string) {
	if s := o.fault.String(); s != "" {
		out = append(out, "# process "+fmt.Sprint(o.host+1)+": "+s)
	}
	if o.silent {
		out = append(out, "# an import, By.Silent")
	}
	if o.during != nil {
		out = append(out, "# the next line comes while the one after it is written")
		out = append(out, o.during.lines(now)...)
	}
	m := map[string]json.RawMessage{}
	put := func(name string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // texts and numbers have a form
		}
		m[name] = b
	}
	put("at", now.Format(time.RFC3339Nano))
	switch o.verb {
	case "restart", "releases", "sync", "adds", "sweep":
		return append(out, "# process "+fmt.Sprint(o.host+1)+": "+o.verb)
	case "tick", "relay":
		put(o.verb, struct{}{})
	case "do":
		b, err := cvdjson.MarshalCommand(o.act)
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			return append(out, fmt.Sprintf("# %T cannot be written: %v", o.act, err))
		}
	case "merge":
		put("merge", map[string]any{"into": o.other})
	case "link":
		put("link", map[string]any{"to": o.other})
	case "reopen":
		put("reopen", map[string]any{"reason": string(o.act.(cvd.Reopen).Reason)})
	case "split":
		x := o.act.(cvd.Split)
		parts := map[string]any{"title": string(x.Title)}
		if len(x.Reports) > 0 {
			parts["reports"] = x.Reports
		}
		if len(x.Vulnerabilities) > 0 {
			parts["vulnerabilities"] = x.Vulnerabilities
		}
		if len(x.Participants) > 0 {
			parts["participants"] = x.Participants
		}
		put("split", parts)
	case "erase":
		put("erase", map[string]any{"party": o.act.(cvd.ErasePerson).Party})
	}
	for name, s := range map[string]string{"case": o.label, "as": o.as, "by": o.actor} {
		if s != "" {
			put(name, s)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // so has a map of them
	}
	return append(out, string(b))
}
