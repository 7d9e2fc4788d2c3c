package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

type newData struct {
	Form     actionView
	Problems []actionProblem
}

// origins are how a case that a member of the team opens came about.
var origins = []struct {
	name, label, hint string
	origin            cvd.Origin
	channel           cvd.Channel
}{
	{"found", "We found it", "nobody has told us", cvd.OriginOutbound, 0},
	{"public", "It is public already", "we read it like everybody", cvd.OriginSurprise, 0},
	{"phone", "Somebody called", "they become the reporter", cvd.OriginReport, cvd.ChannelPhone},
	{"meeting", "Somebody told us in person", "they become the reporter", cvd.OriginReport, cvd.ChannelMeeting},
	{"post", "A letter came", "whoever wrote it becomes the reporter", cvd.OriginReport, cvd.ChannelPost},
}

func newFields() []field {
	how := field{Name: "how", Label: "How it came", Kind: kindRadio, Required: true}
	for _, x := range origins {
		how.Options = append(how.Options, option{x.name, x.label, x.hint})
	}
	fs := []field{
		{Name: "title", Label: "Title", Kind: kindText, Required: true, Focus: true, Hint: "Keep it neutral: it stands in lists."}, how,
		{Name: "products", Label: "What is affected", Kind: kindText, Hint: "Products and versions"},
		{Name: "summary", Label: "What is wrong", Kind: kindArea},
		{Name: "name", Label: "Name of who told us", Kind: kindText}, {Name: "organization", Label: "Organization", Kind: kindText},
		{Name: "email", Label: "E-mail", Kind: kindText, Hint: "Without one nothing is sent: give them a code for the portal afterwards."},
		{Name: "groups", Label: "Groups that see it", Kind: kindText, Hint: "With commas between them. Empty: the whole team. You need to be in one of them."},
	}
	for i := range fs {
		fs[i].ID = "new-" + fs[i].Name
	}
	return fs
}

// showNew is the form for a case that came by no form and no mail.
func (q *request) showNew() error {
	return q.newPage(http.StatusOK, newFields(), newCommand(), nil)
}

func (q *request) newPage(status int, fs []field, command string, problems []problem) error {
	d := newData{Form: actionView{Button: "Open the case", Path: "/new", Fields: fs, Command: command, Open: true, Seq: "0"}}
	if q.cfg.Token != nil {
		d.Form.Csrf = q.cfg.Token(q.r)
	}
	title := "Open a case"
	for _, p := range problems {
		x := actionProblem{Text: p.Text}
		if p.Field != "" {
			x.Field = "new-" + p.Field
		}
		d.Problems = append(d.Problems, x)
	}
	if len(problems) > 0 {
		title = "Not done – " + title
	}
	return q.show(q.w, q.r, status, "new", title, d)
}

// postNew opens a case. The same form, sent twice, opens one.
func (q *request) postNew() error {
	in, err := q.input(nil, false)
	if err != nil {
		return err
	}
	c, err := q.open(in)
	if err != nil {
		return err
	}
	if c == nil {
		fs := newFields()
		fill(fs, in.values, in.problems)
		return q.newPage(http.StatusUnprocessableEntity, fs, in.values.Get("command"), in.problems)
	}
	http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(c.Number), http.StatusSeeOther)
	return nil
}

func (q *request) open(in *input) (*cvd.Case, error) {
	id, ok := readCommand(in.values.Get("command"))
	if !ok {
		in.bad("", "The form was not whole. Send it again.")
		in.values.Set("command", newCommand())
	}
	title := in.need("title", "Enter a title.")
	var first cvd.Command
	for _, x := range origins {
		switch {
		case x.name != in.values.Get("how"):
		case x.origin == cvd.OriginReport:
			who := cvd.Contact{Name: in.text("name"), Organization: in.text("organization"), Email: in.text("email")}
			first = cvd.Receive{Channel: x.channel, Title: title, Products: in.text("products"), Summary: in.text("summary"), Reporter: who}
		default:
			if in.text("name")+in.text("organization")+in.text("email") != "" {
				in.bad("how", "Somebody is named who told us: choose how they did.")
			}
			text := []string{string(in.text("products")), string(in.text("summary"))}
			first = cvd.Open{Origin: x.origin, Title: title, Summary: cvd.Private(strings.TrimSpace(strings.Join(text, "\n\n")))}
		}
	}
	if first == nil {
		in.bad("how", "Choose how it came.")
	}
	cmds := []cvd.Command{first}
	if in.text("groups") != "" {
		groups, mine := in.groups()
		if !mine {
			in.bad("groups", "You are in none of these groups, and would not see the case any more.")
		}
		cmds = append(cmds, cvd.SetGroups{Groups: groups})
	}
	if len(in.problems) > 0 {
		return nil, nil
	}
	c, err := q.svc.DoView(q.ctx, cvd.CaseID{}, cvd.By{ID: id, Actor: cvd.Private(q.who.Name)}, q.viewer(), cmds...)
	if err == nil {
		return c, q.see(c.ID, c.Seq)
	}
	if text, ok := q.explain(&cvd.Case{}, err); ok {
		in.bad("", text)
		return nil, nil
	}
	return nil, err
}

// groups reads names with commas between them, and whether who asks is in one of them.
func (in *input) groups() (names []cvd.Private, mine bool) {
	for _, g := range strings.Split(in.values.Get("groups"), ",") {
		if g = strings.TrimSpace(g); g != "" {
			names = append(names, cvd.Private(g))
			mine = mine || in.q.in(g)
		}
	}
	return names, mine
}
