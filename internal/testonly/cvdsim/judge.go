package cvdsim

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// fact is what the judge knows of a marked text.
type fact struct {
	kind   factKind
	source int   // who wrote it; none: the team
	to     []int // of a message
	step   int
	may    map[int]bool // who may see it
	public bool
	silent bool // of an import: it never goes out
	done   bool // what wrote it was acknowledged
	gone   bool // erased, or replaced
	label  string
}

type factKind int

const (
	ofTeam   factKind = iota
	ofSource          // contact data
	ofReport          // for those who have agreed to secrecy
	ofDetail          // for them, and for whoever began the case
	ofLetter          // for whom it is addressed to
)

const nobody = -1

func mark(n int, field byte) cvd.Private { return cvd.Private(fmt.Sprintf("Z%06d%cZ", n, field)) }

func person(n int) cvd.Private { return cvd.Private(fmt.Sprint("person", n)) }

// personOf reads the address of a person.
func personOf(address string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(address, "person"))
	if err != nil {
		return nobody
	}
	return n
}

// note keeps a fact before its text is given away.
func (w *world) note(text cvd.Private, f fact) {
	if text == "" {
		return
	}
	key := string(text)
	if w.facts[key] != nil {
		return
	}
	f.may = map[int]bool{}
	if f.kind != ofTeam && f.source != nobody {
		f.may[f.source] = true
	}
	for _, p := range f.to {
		f.may[p] = true
	}
	w.facts[key] = &f
}

// intend tells the judge what a step will say, and to whom, before it is done: what
// becomes of it may be unknown for a while.
func (w *world) intend(o *op) {
	k := w.byID[w.labels[o.label]]
	at := fact{step: o.n, label: o.label, silent: o.silent}
	if o.as != "" {
		at.label = o.as
	}
	with := func(kind factKind, source int, to ...int) fact {
		f := at
		f.kind, f.source, f.to = kind, source, to
		return f
	}
	w.note(cvd.Private(o.actor), with(ofTeam, nobody))
	switch x := o.act.(type) {
	case cvd.Receive:
		p := personOf(string(x.Reporter.Identity))
		if k == nil {
			w.note(x.Title, with(ofDetail, p))
		} else {
			w.note(x.Title, with(ofReport, p))
		}
		w.note(x.Summary, with(ofReport, p))
		w.note(x.Wish, with(ofSource, p))
		w.note(x.Reporter.Name, with(ofSource, p))
	case cvd.Invite:
		w.note(x.Contact.Name, with(ofSource, personOf(string(x.Contact.Identity))))
		w.note(x.Reason, with(ofTeam, nobody))
		if k != nil && x.DetailsFirst {
			w.says(k, personOf(string(x.Contact.Identity)))
		}
	case cvd.AnswerInvitation:
		if k != nil && x.Accept {
			w.says(k, k.person(x.Party))
		}
	case cvd.AcceptEmbargo:
		if k != nil {
			w.says(k, k.person(x.Party))
			// Its proposal says yes as well.
			for _, p := range k.view.Embargo.Proposals {
				w.says(k, k.person(p.By))
			}
		}
	case cvd.PostMessage:
		if k == nil {
			return
		}
		to := []int{}
		for _, p := range x.To {
			to = append(to, k.person(p))
		}
		kind := ofLetter
		if len(to) == 0 {
			kind = ofTeam
		}
		w.note(x.Text, with(kind, k.person(x.Party), to...))
	case cvd.AddVulnerability:
		w.note(x.Title, with(ofDetail, nobody))
	case cvd.Triage:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.Close:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.SetGroups:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.LegalHold:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.LiftHold:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.RevokeAccess:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.Dismiss:
		w.note(x.Reason, with(ofTeam, nobody))
	case cvd.Appeal:
		if k != nil {
			w.note(x.Text, with(ofLetter, k.person(2)))
		}
	case cvd.Attach:
		if k != nil {
			w.note(x.Name, with(ofLetter, k.person(x.Party))) // nobody was sent it
		}
	case cvd.Publish:
		if k != nil { // whatever is in it may be public now
			for m := range k.holds {
				w.facts[m].public = w.facts[m].public || w.facts[m].kind == ofDetail
			}
		}
	case cvd.Split:
		w.note(x.Title, with(ofDetail, nobody))
	}
	for m, f := range w.facts {
		if f.step == o.n && k != nil {
			w.holds(k, m)
		}
	}
}

// holds puts a text into a case: who has agreed there, sees what is for those.
func (w *world) holds(k *simCase, m string) {
	f := w.facts[m]
	if f.kind != ofReport && f.kind != ofDetail {
		return
	}
	k.holds[m] = true
	if f.step >= 0 && f.label == k.label { // it was written here, not brought by a merge
		for p := range k.agreed {
			f.may[p] = true
		}
		if f.kind == ofDetail {
			for p := range k.began {
				f.may[p] = true
			}
		}
	}
}

// says is somebody's yes: it opens what the case holds.
func (w *world) says(k *simCase, p int) {
	if p == nobody {
		return
	}
	k.agreed[p] = true
	for m := range k.holds {
		w.facts[m].may[p] = true
	}
}

func (k *simCase) person(p cvd.PartyID) int {
	if n, ok := k.who[p]; ok && p > cvd.Owner {
		return n
	}
	return nobody
}

// refused takes back what a step would have said: its texts are in nobody's right.
func (w *world) refused(o *op) {
	for m, f := range w.facts {
		if f.step == o.n {
			f.may, f.gone = map[int]bool{}, true
			for _, k := range w.cases {
				delete(k.holds, m)
			}
		}
	}
}

// done keeps what was acknowledged.
func (w *world) done(o *op, k *simCase) error {
	from := w.byID[w.labels[o.label]]
	switch x := o.act.(type) {
	case cvd.Receive:
		if p := personOf(string(x.Reporter.Identity)); from == nil && p != nobody {
			k.began[p] = true
		}
	case cvd.Merge:
		w.did["merges"]++
		into := w.byID[w.labels[o.other]]
		into.join(from)
	case cvd.Split:
		w.did["splits"]++
		k.join(from)
	case cvd.Reopen:
		w.did["reopened"]++
		k.join(from)
	case cvd.ErasePerson:
		if err := from.mayErase(); err != nil {
			return err
		}
		w.did["erasures"]++
		p := from.person(x.Party)
		for _, f := range w.facts {
			if f.source == p || slices.Contains(f.to, p) || f.kind == ofTeam {
				f.gone = true // what is about the person, too: not judged which
			}
		}
	case cvd.Publish:
		w.did["published"]++
	}
	for m, f := range w.facts {
		if f.step == o.n {
			f.done = true
			if f.label == "" {
				f.label = k.label
			}
			w.holds(k, m)
		}
	}
	w.widened(o, k)
	return nil
}

// join takes over who has agreed and what is there: later texts are for those who
// agreed in either.
func (k *simCase) join(from *simCase) {
	k.joined = true
	k.groups = append(k.groups, from.groups...)
	for p := range from.agreed {
		k.agreed[p] = true
	}
	for p := range from.began {
		k.began[p] = true
	}
	for m := range from.holds {
		k.holds[m] = true
	}
	for p, n := range from.who {
		if _, ok := k.who[p]; !ok && k.view == nil {
			k.who[p] = n
		}
	}
}

// arrives keeps a mail, and judges whether its reader may read it.
func (w *world) arrives(x cvd.Outgoing) {
	w.did["mails"]++
	l := w.letters[x.ID]
	if l == nil {
		l = &letter{to: string(x.To.Address), number: x.Number, notice: x.Notice}
		w.letters[x.ID] = l
	} else {
		w.did["repeats"]++
	}
	l.count++
	p := personOf(string(x.To.Address))
	text := x.Subject + string(x.Text)
	eachMark(text, func(m string) {
		f := w.facts[m]
		if f != nil && f.silent && m[7] == 'm' {
			w.sent = &violation{"something imported was sent", f.label, m + " to " + l.to}
		}
		if f != nil && !f.public && !f.may[p] && l.to != "team" && string(x.Name) != m {
			l.to += " reads " + m // judged in verify
		}
	})
}

// look judges one case: what was acknowledged is in it, and each person sees only what
// it may.
func (w *world) look(ctx context.Context, id cvd.CaseID) error { return w.lookAt(ctx, id, false) }

// lookAt looks again, if again is set, at a case that has not changed: time passes.
func (w *world) lookAt(ctx context.Context, id cvd.CaseID, again bool) error {
	k := w.byID[id]
	if k == nil {
		return nil
	}
	c, err := w.judge.View(ctx, id, everybody)
	if err != nil {
		return err
	}
	if c.Seq < k.acked {
		return &violation{"something acknowledged is lost", k.label, fmt.Sprintf("it has %d records, and %d were acknowledged", c.Seq, k.acked)}
	}
	if !again && k.view != nil && k.view.Seq == c.Seq {
		return w.rows(ctx, k) // nobody sees more of it than before
	}
	k.view = c
	for i := range c.Participants {
		if p := c.Participants[i]; len(p.Routes) > 0 {
			k.who[p.ID] = personOf(string(p.Routes[0].Address))
		}
	}
	look := map[int]bool{nobody: true, int(c.Seq) % people: true} // the public, and one who may have no part in it
	for _, who := range k.who {
		look[who] = true
	}
	for who := nobody; who < people; who++ {
		if !look[who] {
			continue
		}
		v := cvd.Viewer{}
		if who != nobody {
			v.Identity = person(who)
		}
		x, err := w.judge.View(ctx, id, v)
		if errors.Is(err, cvd.ErrNotFound) || errors.Is(err, cvd.ErrDenied) {
			continue
		}
		if err != nil {
			return err
		}
		if m := w.unseen(x, who); m != "" {
			return &violation{"somebody sees what nobody gave it", k.label, fmt.Sprintf("%q reads %s", string(v.Identity), m)}
		}
	}
	if err := errors.Join(w.teams(ctx, k), w.opened(ctx, k)); err != nil {
		return err
	}
	return w.rows(ctx, k)
}

// unseen is a text that somebody reads and nobody gave it, the first by name.
func (w *world) unseen(x any, who int) (first string) {
	w.texts.of(x, func(m string) {
		w.did["seen"]++
		if f := w.facts[m]; (f == nil || !f.public && !f.may[who]) && (first == "" || m < first) {
			first = m
		}
	})
	return first
}

// rows judges that the chain of a case verifies and that its rows are what it says,
// unless they are those that were judged last.
func (w *world) rows(ctx context.Context, k *simCase) error {
	rows, err := cvdmodel.RowsOf(ctx, w.store, k.id)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(rows, k.rows) {
		return nil
	}
	k.rows = rows
	if err := cvdmodel.RebuiltCase(ctx, w.judge, w.store, rows, w.late[k.id]); err != nil {
		return &violation{"the rows are not what the logs say", k.label, err.Error()}
	}
	return nil
}

func (w *world) lookAll(ctx context.Context, again bool) error {
	for _, k := range w.cases {
		if err := w.lookAt(ctx, k.id, again); err != nil {
			return err
		}
	}
	return nil
}

// contents judges that every text that was acknowledged and not erased is in a case:
// its own, or one into which it was merged or parted.
func (w *world) contents(ctx context.Context) error {
	there := map[string]bool{}
	for _, k := range w.cases {
		c, err := w.judge.View(ctx, k.id, everybody)
		if err != nil {
			return err
		}
		w.texts.of(c, func(m string) { there[m] = true })
	}
	for m, f := range w.facts {
		known := m[7] == 'n' // the contact of who was known already is not taken again
		if f.done && !f.gone && !known && !there[m] {
			return &violation{"something acknowledged is lost", f.label, fmt.Sprintf("text %s of step %d", m, f.step)}
		}
	}
	return nil
}
