package pages

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// action is something that can be done to a case, with its form.
type action struct {
	Name   string
	Label  string
	Hint   string
	Button string
	Sure   string // the button of one that first shows what it will do
	Shows  string // the heading above that
	Group  string
	// when tells whether it is offered; nil: always. next tells that it is what usually
	// comes now.
	when, next func(*cvd.Case) bool
	fields     func(*request, *cvd.Case) []field
	// label says for a case what it is; nil: Label.
	label func(*cvd.Case) string
	// do returns what is to be done. It may set in.shows instead, to be confirmed.
	do func(*input) []cvd.Command
	// run is for what is no command: it is asked instead of do, and returns the case to
	// go on with.
	run func(*input, cvd.By) (*cvd.Case, error)
	// once is shown in the answer, and never again.
	once func(*input, *cvd.Case) messageData
}

// actionView is an action as the page shows it.
type actionView struct {
	Name, Label, Hint, Button, Group string
	Next, Open, Files                bool
	Fields                           []field
	Problems                         []problem
	Shows                            []string // what it will do, to be confirmed
	ShowsHead                        string
	Shown                            string // for what that was said
	Path, Csrf, Command, Seq         string
}

// actions are all, in the order of the page.
var actions = slices.Concat(talkActions, triageActions, partyActions, embargoActions, fixActions, releaseActions, authorityActions, caseActions)

// view makes the forms of what can be done to a case now. typed is what was entered
// in the form of the action with this name.
func (q *request) actions(c *cvd.Case, name string, typed url.Values, problems []problem, shows []string) (out []actionView) {
	for i := range actions {
		a := &actions[i]
		if a.Name == "draft" && q.cfg.Draft == nil || a.when != nil && !a.when(c) && a.Name != name {
			continue
		}
		v := q.form(c, a)
		if v.Open = a.Name == name; v.Open {
			fill(v.Fields, typed, problems)
			v.Problems = problems
			v.Command = typed.Get("command")
			if v.Shows = shows; len(shows) > 0 {
				v.Shown, v.Button, v.ShowsHead = typed.Get("shown"), a.Sure, a.Shows
			}
		}
		out = append(out, v)
	}
	return out
}

// form makes the form of one action.
func (q *request) form(c *cvd.Case, a *action) actionView {
	v := actionView{
		Name: a.Name, Label: a.Label, Hint: a.Hint, Button: a.Button, Group: a.Group, Next: a.next != nil && a.next(c),
		Path: "/cases/" + c.Number + "/do/" + a.Name, Command: newCommand(), Seq: strconv.FormatInt(int64(c.Seq), 10),
	}
	if a.label != nil {
		v.Label = a.label(c)
	}
	if a.Name == "approve" && slices.Contains(approvers(c), q.who.Name) {
		v.Next, v.Hint = false, "You have approved it. Somebody else has to approve it too."
	}
	if v.Button == "" {
		v.Button = v.Label
	}
	if q.cfg.Token != nil {
		v.Csrf = q.cfg.Token(q.r)
	}
	if a.fields != nil {
		v.Fields = a.fields(q, c)
	}
	for i := range v.Fields {
		f := &v.Fields[i]
		f.ID = a.Name + "-" + f.Name
		v.Files = v.Files || f.Kind == kindFile
	}
	return v
}

const mostForm = 8 << 20 // bytes of the texts of a form

// act does what a form of the case page asks for.
func (q *request) act() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(actions, func(a action) bool { return a.Name == q.r.PathValue("action") })
	if i < 0 || actions[i].Name == "draft" && q.cfg.Draft == nil {
		return q.lost()
	}
	a := &actions[i]
	in, err := q.input(c, q.form(c, a).Files)
	defer in.discard()
	if err != nil {
		return err
	}
	again := func(status int, changed []change) error {
		return q.casePage(status, c, a.Name, in.values, in.problems, in.shows, changed)
	}
	done, changed, err := q.try(in, a)
	if err != nil {
		return err
	}
	if done == nil {
		c = in.c
		if len(in.files) > 0 && in.unkept == "" {
			in.bad("files", "The files were not kept. Choose them again.")
		}
		if changed != nil {
			return again(http.StatusConflict, changed)
		}
		if in.shows != nil {
			return again(http.StatusOK, nil)
		}
		return again(http.StatusUnprocessableEntity, nil)
	}
	if a.once != nil {
		m := a.once(in, done)
		m.Back = "/cases/" + done.Number
		return q.show(q.w, q.r, http.StatusOK, "message", a.Label, m)
	}
	http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(done.Number)+"?done="+a.Name, http.StatusSeeOther)
	return nil
}

// input reads a form; files says whether it has a place for files. The caller discards
// those that no record names in the end.
func (q *request) input(c *cvd.Case, files bool) (*input, error) {
	in := &input{q: q, c: c}
	if kind, _, _ := mime.ParseMediaType(q.r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		most := int64(2 * mostForm)
		if files {
			most += 4 * q.uploadLimit() // what is too large is read too, so that the answer arrives
		}
		q.r.Body = http.MaxBytesReader(q.w, q.r.Body, most)
		return in, in.readParts(files)
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, mostForm)
	err := q.r.ParseForm()
	in.values = q.r.PostForm
	return in, err
}

// try does an action. It returns the case afterwards; or nil, with in.problems, with
// in.shows, or with what has changed since the form was made.
func (q *request) try(in *input, a *action) (*cvd.Case, []change, error) {
	made, _ := strconv.ParseInt(in.values.Get("seq"), 10, 64)
	id, ok := readCommand(in.values.Get("command"))
	if !ok || made <= 0 {
		in.bad("", "The form was not whole. Send it again.")
		return nil, nil, nil
	}
	by := cvd.By{ID: id, Actor: cvd.Private(q.who.Name)}
	for range 5 {
		// What the library itself has recorded meanwhile, such as that a mail was sent,
		// changes nothing that a decision stands on.
		changed := q.changes(in.c, cvd.Seq(made))
		if by.If = in.c.Seq; len(changed) > 0 {
			by.If = cvd.Seq(made)
		}
		in.problems, in.shows = nil, nil
		done, err := q.once(in, a, by)
		switch {
		case len(in.problems) > 0:
			return nil, nil, nil
		case in.shows != nil && len(changed) > 0:
			in.shows = nil
			return nil, changed, nil
		case in.shows != nil:
			return nil, nil, nil
		case err == nil:
			return done, nil, q.keepSeen(in.c, done)
		case errors.Is(err, cvd.ErrStale):
			if len(changed) > 0 {
				return nil, changed, nil
			}
			if in.c, err = q.svc.View(q.ctx, in.c.ID, q.viewer()); err != nil {
				return nil, nil, err
			}
			continue
		}
		if text, ok := q.explain(in.c, err); ok {
			field := ""
			if bad := (*cvd.InputError)(nil); errors.As(err, &bad) {
				field = strings.ToLower(bad.Field)
			}
			in.bad(field, text)
			return nil, nil, nil
		}
		return nil, nil, err
	}
	in.bad("", "The case changes all the time. Send it again.")
	return nil, nil, nil
}

func (q *request) once(in *input, a *action, by cvd.By) (*cvd.Case, error) {
	if a.run != nil {
		return a.run(in, by)
	}
	cmds := a.do(in)
	if len(in.problems) > 0 || in.shows != nil {
		return nil, nil
	}
	return q.svc.DoView(q.ctx, in.c.ID, by, q.viewer(), cmds...)
}

// explain says why a command was not taken, in words for who gave it.
func (q *request) explain(c *cvd.Case, err error) (string, bool) {
	if no := (*cvd.Refusal)(nil); errors.As(err, &no) {
		return q.refused(c, no), true
	}
	if bad := (*cvd.InputError)(nil); errors.As(err, &bad) {
		return bad.Field + ": " + bad.Problem + ".", true
	}
	if errors.Is(err, cvd.ErrDenied) {
		return "You may not do that.", true
	}
	if twice := (*cvd.DuplicateError)(nil); errors.As(err, &twice) {
		return "This identifier belongs to another case already.", true
	}
	return "", false
}

// keepSeen keeps a case read to who had read it all before acting.
func (q *request) keepSeen(before, after *cvd.Case) error {
	seen := q.seen(after.ID)
	for i := range before.Events {
		if e := &before.Events[i]; e.Seq > seen && fromOthers(before, e) {
			return nil
		}
	}
	return q.see(after.ID, after.Seq)
}

// newCommand names what a form asks for, so that one that is sent twice acts once.
func newCommand() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func readCommand(s string) (id cvd.CommandID, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, false
	}
	copy(id[:], b)
	return id, id != cvd.CommandID{}
}
