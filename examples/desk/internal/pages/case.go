package pages

import (
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/examples/desk/internal/numbers"
)

// caseData is what the page of a case shows.
type caseData struct {
	Case     *cvd.Case
	Row      row
	Seen     bool // who looks has marked it as read before
	News     []change
	Stale    []change // what changed since the form was made
	Done     string
	From     string // the number by which it was asked for, if that is of a case that was merged into it
	Approved string // who has approved the release
	Waits    bool   // who looks has approved it, and somebody else has not
	Form     string // the name of the action whose form was refused
	Problems []actionProblem
	Sure     string // the action that waits to be confirmed; "": none
	Next     []actionView
	Groups   []actionGroup
	Dates    []dateView
	Met      []dateView // that are over
	Drafts   []cvd.Draft
	Reports  []reportView
	Talk     []topicView
	Parties  []partyView
	Near     []nearView
	Links    []linkView
	Vulns    []vulnView
	Claims   []string
	Timeline template.HTML
	Csrf     string
	Zone     string
}

type actionProblem struct{ Field, Text string }

type actionGroup struct {
	Name    string
	Actions []actionView
}

type dateView struct {
	policy.Deadline
	Due  string
	Bad  bool
	Why  string
	Open bool
}

// find returns the case of the address, as who makes the request may see it.
func (q *request) find() (*cvd.Case, error) {
	c, number, err := q.byNumber(q.r.PathValue("number"))
	q.asked = number
	return c, err
}

// byNumber returns the case that a number, whole or short, stands for.
func (q *request) byNumber(text string) (*cvd.Case, string, error) {
	return numbers.Find(q.ctx, q.svc, q.viewer(), text, q.cfg.Now())
}

func (q *request) showCase() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	if n := q.r.PathValue("number"); q.asked == c.Number && n != c.Number {
		http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(c.Number), http.StatusSeeOther)
		return nil
	}
	return q.casePage(http.StatusOK, c, "", nil, nil, nil, nil)
}

// casePage shows a case; typed is what was entered into the form of the action name, and
// shows what that will do.
func (q *request) casePage(status int, c *cvd.Case, name string, typed url.Values, problems []problem, shows []string, stale []change) error {
	now := q.cfg.Now()
	sum := summaryOf(c)
	ds, _ := q.svc.Deadlines(c, now)
	for _, x := range ds {
		if x.Open() && !x.Due.IsZero() && (sum.Due.IsZero() || x.Due.Before(sum.Due)) {
			sum.Due = x.Due
		}
	}
	d := caseData{Case: c, Row: q.rowOf(sum, c), Stale: stale, Vulns: q.vulns(c), Zone: q.cfg.Zone.String()}
	d.Row.Due, d.Row.DueWhat, d.Row.Late = time.Time{}, "", false
	if q.asked != c.Number {
		d.From = q.asked
	}
	by := approvers(c)
	d.Approved, d.Waits, d.Form = strings.Join(by, " and "), len(by) == 1 && by[0] == q.who.Name, name
	if q.cfg.Token != nil {
		d.Csrf = q.cfg.Token(q.r)
	}
	if seen := q.seen(c.ID); seen > 0 {
		d.Seen, d.News = true, q.changes(c, seen)
	}
	for _, p := range problems {
		d.Problems = append(d.Problems, actionProblem{Text: p.Text, Field: fieldID(name, p.Field, q, c)})
	}
	all := q.actions(c, name, typed, problems, shows)
	for _, a := range all {
		if len(a.Shows) > 0 {
			d.Sure = a.Name
		}
		if a.Next || a.Open {
			d.Next = append(d.Next, a)
			continue
		}
		if n := len(d.Groups); n == 0 || d.Groups[n-1].Name != a.Group {
			d.Groups = append(d.Groups, actionGroup{Name: a.Group})
		}
		g := &d.Groups[len(d.Groups)-1]
		g.Actions = append(g.Actions, a)
	}
	// What somebody is filling in stands before what comes next.
	slices.SortStableFunc(d.Next, func(a, b actionView) int { return b2i(b.Open) - b2i(a.Open) })
	if done := q.r.URL.Query().Get("done"); done != "" && name == "" {
		if i := slices.IndexFunc(actions, func(a action) bool { return a.Name == done }); i >= 0 {
			d.Done = actions[i].Label + ": done."
		}
	}
	for _, x := range ds {
		v := dateView{Deadline: x, Due: q.When(x.Due), Why: x.Explain(), Open: x.Open(), Bad: x.State == policy.DeadlineOverdue}
		if x.State == policy.DeadlineNotOwed || x.State == policy.DeadlineCancelled {
			continue
		}
		if x.Due.IsZero() {
			v.Due = ""
		}
		if v.Open && !x.Due.IsZero() && (d.Row.Due.IsZero() || x.Due.Before(d.Row.Due)) {
			d.Row.Due, d.Row.DueWhat, d.Row.Late = x.Due, x.Title, v.Bad
		}
		if v.Open {
			d.Dates = append(d.Dates, v)
		} else {
			d.Met = append(d.Met, v)
		}
	}
	slices.SortStableFunc(d.Dates, func(a, b dateView) int {
		if a.Deadline.Due.IsZero() != b.Deadline.Due.IsZero() {
			return b2i(a.Deadline.Due.IsZero()) - b2i(b.Deadline.Due.IsZero())
		}
		return a.Deadline.Due.Compare(b.Deadline.Due)
	})
	d.Drafts = c.Drafts
	d.Reports, d.Talk, d.Parties, d.Links = q.reports(c), q.talk(c), q.parties(c, now), q.links(c)
	for _, x := range c.OpenClaims() {
		d.Claims = append(d.Claims, claimWords(c, x))
	}
	if isCase(c) || c.Submission.Stage == cvd.StageSubmission || c.Submission.Stage == cvd.StageQuarantine {
		var err error
		if d.Near, err = q.near(c, 5); err != nil {
			return err
		}
	}
	t := q.svc.Timeline(c)
	t.Zone, t.Actors = q.cfg.Zone, true
	d.Timeline = template.HTML(t.HTMLList()) // package timeline escapes
	title := c.Number
	if len(stale) > 0 {
		title = "It has changed – " + title
	} else if len(problems) > 0 {
		title = "Not done – " + title
	} else if d.Sure != "" {
		title = "To be confirmed – " + title
	}
	return q.show(q.w, q.r, status, "case", title, d)
}

// approvers are who of the team has approved the planned release.
func approvers(c *cvd.Case) (out []string) {
	for _, a := range c.Release.Approvals {
		out = append(out, c.Actor(a.Actor).Display())
	}
	return out
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fieldID is where a problem is mended, if there is such a field.
func fieldID(name, fieldName string, q *request, c *cvd.Case) string {
	for i := range actions {
		if a := &actions[i]; a.Name == name && a.fields != nil {
			for _, f := range a.fields(q, c) {
				if f.Name == fieldName {
					return name + "-" + fieldName
				}
			}
		}
	}
	return ""
}

func summaryOf(c *cvd.Case) cvd.Summary {
	ends, _ := c.Embargo.Ends()
	x := cvd.Summary{ID: c.ID, Number: c.Number, Kind: c.Kind, Stage: c.Submission.Stage, Title: c.Title, RM: c.RM(), EM: c.Embargo.State, Rating: c.Rating(), Opened: c.Opened, Ends: ends, Seq: c.Seq, Assignee: c.Assignee}
	for _, v := range c.Vulnerabilities {
		for _, s := range v.Severity {
			x.Score = max(x.Score, s.Score)
		}
	}
	return x
}

// postSeen marks a case as read by who asks, up to the version of the page.
func (q *request) postSeen() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, 1<<16)
	upto, err := strconv.ParseInt(q.r.PostFormValue("seq"), 10, 64)
	if err != nil {
		return q.lost()
	}
	if err := q.see(c.ID, min(cvd.Seq(upto), c.Seq)); err != nil {
		return err
	}
	http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(c.Number), http.StatusSeeOther)
	return nil
}

// picture is the timeline as a picture. It styles itself, and nothing else.
func (q *request) picture() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	t := q.svc.Timeline(c)
	t.Zone, t.Actors = q.cfg.Zone, true
	q.w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	q.w.Header().Set("Content-Type", "image/svg+xml")
	_, err = io.WriteString(q.w, t.SVG())
	return err
}

// file sends an attachment, for download only: nobody has looked into it.
func (q *request) file() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(q.r.PathValue("file"), 10, 32)
	if err != nil {
		return q.lost()
	}
	i := slices.IndexFunc(c.Attachments, func(a cvd.Attachment) bool { return a.ID == cvd.AttachmentID(n) })
	if i < 0 {
		return q.lost()
	}
	src, err := q.svc.Attachment(q.ctx, c.ID, q.viewer(), c.Attachments[i].ID)
	if err != nil {
		return err
	}
	defer src.Close()
	h := q.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Disposition", disposition(c.Attachments[i].Name.Display()))
	h.Set("Content-Length", strconv.FormatInt(c.Attachments[i].Size, 10))
	_, err = io.Copy(q.w, src)
	if err != nil {
		panic(http.ErrAbortHandler) // what was sent is not whole: the browser is to see that
	}
	return nil
}

// disposition names a file for the browser to keep.
func disposition(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if s := mime.FormatMediaType("attachment", map[string]string{"filename": name}); s != "" {
		return s
	}
	return "attachment"
}
