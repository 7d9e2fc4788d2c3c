package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// Before a report is a case, somebody reads it: the queue, and a page for each with
// what it resembles and one form that decides and leads to the next.

type queueData struct {
	Rows       []queueRow
	Quarantine bool
	More       bool
	Other      int // in the other list
	OtherMore  bool
	Before     decided
}

type queueRow struct {
	Number, Title, From, Why string
	Received, Due            time.Time
	Late, Asked, Exploited   bool
	Appealed                 bool
	Path                     string
}

const mostQueue = 100

func (q *request) submissions() error { return q.queue(cvd.StageSubmission) }
func (q *request) quarantine() error  { return q.queue(cvd.StageQuarantine) }

// queue shows what waits, the oldest first: by the date of its policy.
func (q *request) queue(stage cvd.Stage) error {
	all, more, err := q.waiting(stage)
	if err != nil {
		return err
	}
	d := queueData{Quarantine: stage == cvd.StageQuarantine, More: more}
	now := q.cfg.Now()
	for _, x := range all {
		c, err := q.svc.View(q.ctx, x.ID, q.viewer())
		if err != nil {
			continue // decided meanwhile, or it cannot be read: the list of cases says so
		}
		r := queueRow{Number: c.Number, Title: c.Title.Display(), Received: c.Opened, Due: x.Due, Late: x.Overdue(now), Asked: !c.Submission.Asked.IsZero(), Appealed: !c.Submission.Appealed.IsZero(),
			Why: c.Submission.Quarantine.Display(), Path: "/submissions/" + c.Number}
		if p, ok := c.Reporter(); ok {
			r.From = whole(c, p.ID)
		}
		if len(c.Reports) > 0 {
			rep := &c.Reports[0]
			r.Received, r.Exploited = rep.Received, rep.Exploited
			if r.Title == "" {
				r.Title = firstLine(rep.Products, rep.Title, rep.Summary)
			}
		}
		d.Rows = append(d.Rows, r)
	}
	other := cvd.StageQuarantine
	if d.Quarantine {
		other = cvd.StageSubmission
	}
	rest, restMore, err := q.waiting(other)
	if err != nil {
		return err
	}
	d.Other, d.OtherMore, d.Before = len(rest), restMore, q.decided()
	title := "Submissions"
	if d.Quarantine {
		title = "Quarantine"
	}
	return q.show(q.w, q.r, http.StatusOK, "submissions", title, d)
}

// firstLine is the beginning of the first text there is.
func firstLine(texts ...cvd.Private) string {
	for _, t := range texts {
		if s := t.Display(); s != "" {
			if r := []rune(s); len(r) > 80 {
				s = string(r[:80]) + "…"
			}
			return s
		}
	}
	return ""
}

// waiting are the submissions of a stage, the first due first. An appeal waits too.
func (q *request) waiting(stage cvd.Stage) (out []cvd.Summary, more bool, err error) {
	p, err := q.svc.Find(q.ctx, q.viewer(), service.Filter{Open: true, Stage: &stage}, "", mostQueue)
	if err != nil {
		return nil, false, err
	}
	out = p.Cases
	slices.SortStableFunc(out, func(a, b cvd.Summary) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return b2i(a.Due.IsZero()) - b2i(b.Due.IsZero())
		}
		if n := a.Due.Compare(b.Due); n != 0 {
			return n
		}
		return a.Opened.Compare(b.Opened)
	})
	return out, p.Next != "", nil
}

type submissionData struct {
	Case     *cvd.Case
	Title    string
	Stage    string
	Why      string
	Reports  []reportView
	Talk     []topicView
	Near     []nearView
	Known    []knownView
	Form     actionView
	Stale    []change
	Problems []actionProblem
	Before   decided
	Dates    []dateView
	Left     int
}

func (q *request) submission() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	if c.Submission.Stage == cvd.StageCase || c.Submission.Stage == cvd.StageMerged {
		http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(c.Number), http.StatusSeeOther)
		return nil
	}
	return q.submissionPage(http.StatusOK, c, nil, nil, nil)
}

func (q *request) submissionPage(status int, c *cvd.Case, typed url.Values, problems []problem, stale []change) error {
	d := submissionData{Case: c, Title: c.Title.Display(), Stage: words.State(c.Submission.Stage, c.RM()), Why: c.Submission.Quarantine.Display(), Reports: q.reports(c), Talk: q.talk(c), Stale: stale}
	if d.Title == "" && len(c.Reports) > 0 {
		r := &c.Reports[0]
		d.Title = firstLine(r.Title, r.Products, r.Summary)
	}
	var err error
	if d.Near, err = q.near(c, 3); err != nil {
		return err
	}
	if d.Known, err = q.known(c); err != nil {
		return err
	}
	now := q.cfg.Now()
	ds, _ := q.svc.Deadlines(c, now)
	for _, x := range ds {
		if x.Open() && !x.Due.IsZero() {
			d.Dates = append(d.Dates, dateView{Deadline: x, Due: q.When(x.Due), Bad: x.Due.Before(now)})
		}
	}
	f := decision(q, c, d.Near)
	d.Form = q.form(c, &f)
	d.Form.Path = "/submissions/" + c.Number + "/decide"
	d.Form.Open = true
	if typed != nil {
		fill(d.Form.Fields, typed, problems)
		d.Form.Command = typed.Get("command")
	}
	for _, p := range problems {
		x := actionProblem{Text: p.Text}
		if slices.ContainsFunc(d.Form.Fields, func(f field) bool { return f.Name == p.Field }) {
			x.Field = "decide-" + p.Field
		}
		d.Problems = append(d.Problems, x)
	}
	if typed == nil {
		d.Before = q.decided()
	}
	return q.show(q.w, q.r, status, "submission", c.Number, d)
}

// grounds are those of a dismissal, in words.
var grounds = []struct {
	value string
	why   cvd.Dismissal
	words string
}{
	{"no-flaw", cvd.DismissalNoFlaw, "It is no vulnerability"}, {"not-ours", cvd.DismissalNotOurs, "It is another's: tell above or below whose"}, {"duplicate", cvd.DismissalDuplicate, "It is known: number below"},
	{"incomplete", cvd.DismissalIncomplete, "What we asked for did not come"}, {"scanner", cvd.DismissalScanner, "Output of a scanner that nobody has checked"}, {"spam", cvd.DismissalSpam, "Spam"}, {"test", cvd.DismissalTest, "A test"},
}

var doneWords = map[string]string{"admit": "admitted", "ask": "asked for more", "dismiss": "dismissed", "lift": "taken out of the quarantine", "merge": "put into another case"}

// decided is what was done with the submission before.
type decided struct{ Number, Words string }

func (q *request) decided() (d decided) {
	v := q.r.URL.Query()
	id, err := q.svc.Lookup(q.ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(v.Get("of"))})
	if err != nil {
		return d
	}
	if _, err := q.svc.View(q.ctx, id, q.viewer()); err != nil {
		return d
	}
	if d.Words = doneWords[v.Get("done")]; d.Words != "" {
		d.Number = v.Get("of")
	}
	return d
}

// decision is the one form of a submission.
func decision(q *request, c *cvd.Case, near []nearView) action {
	return action{Name: "decide", Label: "Decide", Button: "Decide, and show the next",
		fields: func(*request, *cvd.Case) []field {
			what := field{Name: "what", Label: "Decision", Kind: kindRadio, Focus: true, Required: true, Options: []option{{"admit", "Admit", "it becomes a case, and the sender is told"}}}
			if c.Submission.Stage == cvd.StageQuarantine {
				what.Options = append(what.Options, option{"lift", "Take it out of the quarantine", "the sender gets a receipt; decide later"})
			}
			if c.Submission.Stage != cvd.StageDismissed {
				what.Options = append(what.Options, option{"ask", "Ask for what is missing", "write below what"})
			}
			what.Options = append(what.Options, option{"merge", "Put it into another case", "its number below: the same matter"})
			if c.Submission.Stage != cvd.StageDismissed || !c.Submission.Appealed.IsZero() {
				what.Options = append(what.Options, option{"dismiss", "Dismiss", "choose a ground below; the sender can appeal once"})
			}
			ground := field{Name: "ground", Label: "Ground of a dismissal", Kind: kindSelect, Options: []option{{Label: "none chosen"}}}
			for _, g := range grounds {
				ground.Options = append(ground.Options, option{Value: g.value, Label: g.words})
			}
			other := field{Name: "other", Label: "Number of the other case", Kind: kindText, Hint: "Of a duplicate."}
			if len(near) > 0 {
				other.Hint = "Of a duplicate. The nearest is " + near[0].Number + "."
			}
			return []field{what, {Name: "text", Label: "To the sender", Kind: kindArea, Hint: "The question, or why not. They read this, but never the ground."}, ground, other, {Name: "reason", Label: "For the team", Kind: kindText, Hint: "The sender does not see it."},
				{Name: "quiet", Label: "Tell the sender nothing of a dismissal", Kind: kindCheck}}
		},
		run: decide,
	}
}

func decide(in *input, by cvd.By) (*cvd.Case, error) {
	text, reason := in.text("text"), in.text("reason")
	var cmds []cvd.Command
	switch in.values.Get("what") {
	case "admit":
		cmds = []cvd.Command{cvd.Admit{}}
		if r, ok := in.c.Reporter(); ok && text != "" {
			cmds = append(cmds, cvd.PostMessage{To: []cvd.PartyID{r.ID}, Text: text})
		}
	case "lift":
		cmds = []cvd.Command{cvd.Acknowledge{Text: text}}
	case "ask":
		cmds = []cvd.Command{cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: in.need("text", "Write what is missing."), Reason: reason}}
		if in.c.Submission.Stage == cvd.StageQuarantine {
			cmds = slices.Insert(cmds, 0, cvd.Command(cvd.Acknowledge{}))
		}
	case "merge":
		in.values.Set("into", in.values.Get("other"))
		other := in.otherCase("other")
		if other == nil {
			return nil, nil
		}
		return merge(in, by)
	case "dismiss":
		x := cvd.Dismiss{Reason: reason, Reply: text, Quiet: in.values.Get("quiet") != ""}
		for _, g := range grounds {
			if g.value == in.values.Get("ground") {
				x.Why = g.why
			}
		}
		if x.Why == cvd.DismissalUnstated {
			in.bad("ground", "Choose a ground.")
		}
		if x.Why == cvd.DismissalDuplicate && strings.TrimSpace(in.values.Get("other")) != "" {
			if other := in.otherCase("other"); other != nil {
				x.DuplicateOf = other.ID
			}
		}
		cmds = []cvd.Command{x}
	default:
		in.bad("what", "Choose what becomes of it.")
	}
	if len(in.problems) > 0 {
		return nil, nil
	}
	return in.q.svc.DoView(in.q.ctx, in.c.ID, by, in.q.viewer(), cmds...)
}

// postDecision decides on a submission, and leads to the next one of its list.
func (q *request) postDecision() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	in, err := q.input(c, false)
	if err != nil {
		return err
	}
	f := decision(q, c, nil)
	stage := c.Submission.Stage
	done, changed, err := q.try(in, &f)
	switch {
	case err != nil:
		return err
	case changed != nil:
		return q.submissionPage(http.StatusConflict, in.c, in.values, nil, changed)
	case done == nil:
		return q.submissionPage(http.StatusUnprocessableEntity, in.c, in.values, in.problems, nil)
	}
	if stage != cvd.StageQuarantine {
		stage = cvd.StageSubmission
	}
	rest, _, err := q.waiting(stage)
	if err != nil {
		return err
	}
	what := url.Values{"done": {in.values.Get("what")}, "of": {c.Number}}.Encode()
	for _, x := range rest {
		if x.ID != c.ID {
			http.Redirect(q.w, q.r, "/submissions/"+url.PathEscape(x.Number)+"?"+what, http.StatusSeeOther)
			return nil
		}
	}
	path := "/submissions"
	if stage == cvd.StageQuarantine {
		path = "/quarantine"
	}
	http.Redirect(q.w, q.r, path+"?"+what, http.StatusSeeOther)
	return nil
}
