package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

const purposeCase = "case"

// casePage is the data of the template case.
type casePage struct {
	Number  string
	Heading string
	Status  string
	Own     bool // who came has reported it
	Reports []reportView
	Talk    []messageView
	Fields  []fieldView // of the reply
	Limit   string
	Done    string // what was just done

	Secrecy  secrecyView
	Vendor   vendorView
	Release  releaseView
	Appeal   []fieldView // of the appeal, if one is possible
	Timeline timelineView
	Others   []caseLine // that the same code opens
}

type reportView struct {
	Heading, Products, Summary, More string
	Received                         string
	Files                            []fileView
}

type messageView struct {
	From  string
	Name  string // who wrote it for From, unchecked
	Mine  bool
	At    string // for people
	Text  string
	Files []fileView
}

type fileView struct {
	ID   uint32
	Name string
	Size string
	Keys []string
}

// visit is the session and the case of a request. Without one it shows how to come
// in, and returns nil.
func (q *request) visit() (*cvd.Case, error) {
	s, err := q.session(q.r)
	if err != nil {
		return nil, err
	}
	if s != nil {
		c, err := q.svc.View(q.ctx, s.Place.Case, s.viewer())
		if !errors.Is(err, cvd.ErrNotFound) {
			q.sess = s
			return c, err
		}
		// The code was revoked meanwhile.
		if err := q.end(q.ctx, s); err != nil {
			return nil, err
		}
	}
	if _, err := q.r.Cookie(q.cookieName(cookieSession)); err == nil {
		q.forget(q.w, cookieSession)
		return nil, q.openForm(http.StatusForbidden, "", "", q.lang.text("error.ended"))
	}
	return nil, q.openForm(http.StatusForbidden, "", "", q.lang.text("error.closed"))
}

func (q *request) showCase() error {
	c, err := q.visit()
	if err != nil || c == nil {
		return err
	}
	return q.casePage(http.StatusOK, c, map[string]string{}, nil)
}

func (q *request) casePage(status int, c *cvd.Case, values map[string]string, problems []problem) error {
	tok, err := q.newToken(purposeCase, q.sess.place())
	if err != nil {
		return err
	}
	me, _ := c.Party(c.You)
	d := casePage{
		Number: c.Number, Heading: q.lang.text("case.title", c.Number),
		Status: q.lang.text(statusKey(c)), Own: me.Roles&cvd.RoleReporter != 0,
		Talk: q.talk(c), Fields: q.lang.view(replyFields, values, problems), Limit: q.lang.size(q.uploadLimit()),
		Secrecy: q.secrecy(c), Vendor: q.vendor(c, values, problems), Release: q.release(c, values, problems),
		Timeline: q.timeline(c),
	}
	if key := "done." + q.r.URL.Query().Get("done"); q.lang.texts[key] != "" && len(problems) == 0 {
		d.Done = q.lang.text(key)
	}
	d.Secrecy.Fields = q.lang.view(counterField, values, problems)
	for i := range d.Secrecy.Open {
		p := &d.Secrecy.Open[i]
		mine := values
		if values["proposal"] != p.ID {
			mine = nil
		}
		p.Fields = q.lang.view(reasonFields("embargoreason"), mine, nil)
		for j := range p.Fields {
			p.Fields[j].ID += p.ID
			p.Fields[j].describe()
		}
	}
	if d.Others, err = q.others(); err != nil {
		return err
	}
	if d.Own && c.Submission.Stage == cvd.StageDismissed && c.Submission.Appealed.IsZero() {
		d.Appeal = q.lang.view(appealFields, values, problems)
	}
	for i := range c.Reports {
		d.Reports = append(d.Reports, q.report(c, &c.Reports[i]))
	}
	if err := q.show(status, "case", page{Title: d.Heading, Errors: problems, Token: tok, In: true, Data: d}); err != nil {
		return err
	}
	q.markRead(c)
	return nil
}

// markRead notes what was shown. That it fails hinders nobody.
func (q *request) markRead(c *cvd.Case) {
	if len(c.UnreadBy(c.You).Messages) == 0 || q.r.Method == http.MethodHead {
		return
	}
	_, err := q.svc.Do(q.ctx, c.ID, cvd.By{}, cvd.MarkRead{Party: c.You, Upto: c.Seq, Over: cvd.ProtectPortal})
	if err != nil && !errors.Is(err, cvd.ErrRefused) {
		q.problem(q.ctx, err)
	}
}

// statusKey is the text that says in plain words how far the case is.
func statusKey(c *cvd.Case) string {
	switch c.Submission.Stage {
	case cvd.StageSubmission, cvd.StageQuarantine:
		if !c.Submission.Asked.IsZero() {
			return "status.asked"
		}
		return "status.waiting"
	case cvd.StageDismissed:
		if !c.Submission.Appealed.IsZero() && c.Submission.Appealed.After(c.Submission.Decided) {
			return "status.appealed"
		}
		return "status.dismissed"
	case cvd.StageMerged:
		return "status.merged"
	}
	if len(c.Publications) > 0 {
		return "status.published"
	}
	switch c.RM() {
	case vultron.RMInvalid:
		return "status.invalid"
	case vultron.RMValid:
		return "status.valid"
	case vultron.RMDeferred:
		return "status.deferred"
	case vultron.RMAccepted:
		return "status.accepted"
	case vultron.RMClosed:
		return "status.closed"
	}
	return "status.received"
}

func (q *request) report(c *cvd.Case, r *cvd.Report) reportView {
	v := reportView{
		Heading:  r.Title.Display(),
		Products: r.Products.DisplayText(), Summary: r.Summary.DisplayText(), More: r.Observations.DisplayText(),
		Received: q.day(r.Received),
	}
	for _, id := range r.Files {
		v.Files = q.addFile(v.Files, c, id)
	}
	return v
}

func (q *request) addFile(to []fileView, c *cvd.Case, id cvd.AttachmentID) []fileView {
	for i := range c.Attachments {
		if a := &c.Attachments[i]; a.ID == id {
			return append(to, fileView{ID: uint32(id), Name: fileName(a), Size: q.lang.size(a.Size)})
		}
	}
	return to
}

// talk is the conversation, without what the library says to itself.
func (q *request) talk(c *cvd.Case) (out []messageView) {
	for i := range c.Messages {
		m := &c.Messages[i]
		v := messageView{Mine: m.From == c.You, At: q.minute(m.Posted), Text: m.Text.DisplayText()}
		if v.From = q.partyName(c, m.From); m.From != cvd.Owner {
			if name := m.Provenance.Sender.Display(); name != "" {
				v.Name = q.lang.text("unchecked", name)
			}
		}
		if m.Purpose != cvd.PurposeMessage {
			key := "notice." + m.Purpose.String()
			if q.lang.texts[key] == "" {
				key = "notice.other"
			}
			said := q.lang.text(key)
			if v.Text != "" {
				said += "\n\n" + v.Text
			}
			v.Text = said
		}
		for _, id := range m.Attachments {
			v.Files = q.addFile(v.Files, c, id)
		}
		out = append(out, v)
	}
	return out
}

func (q *request) teamName() string {
	if q.cfg.Team != "" {
		return q.cfg.Team
	}
	return q.lang.text("team")
}

// Times are shown in UTC: the portal does not know where who reads them is.
func (q *request) day(t time.Time) string    { return t.UTC().Format("2006-01-02") }
func (q *request) minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }

// zoned shows an instant that was agreed on, in its own zone too.
func (q *request) zoned(t time.Time) string {
	if _, off := t.Zone(); off == 0 {
		return q.minute(t)
	}
	return t.Format("2006-01-02 15:04 -07:00") + " (" + q.minute(t) + ")"
}

// showFile sends a file, for download only: nobody has looked into it.
func (q *request) showFile() error {
	c, err := q.visit()
	if err != nil || c == nil {
		return err
	}
	id, err := strconv.ParseUint(q.r.URL.Query().Get("n"), 10, 32)
	if err != nil {
		return cvd.ErrNotFound
	}
	i := slices.IndexFunc(c.Attachments, func(a cvd.Attachment) bool { return a.ID == cvd.AttachmentID(id) })
	if i < 0 {
		return cvd.ErrNotFound
	}
	src, err := q.svc.Attachment(q.ctx, c.ID, q.sess.viewer(), cvd.AttachmentID(id))
	if err != nil {
		return err
	}
	defer src.Close()
	h := q.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(&c.Attachments[i])}))
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox")
	h.Set("Content-Length", strconv.FormatInt(c.Attachments[i].Size, 10))
	if q.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(q.w, src); err != nil {
		q.problem(q.ctx, err)
		panic(http.ErrAbortHandler) // the browser must not take it for the whole file
	}
	return nil
}

// fileName is a name under which a browser can save a file.
func fileName(a *cvd.Attachment) string {
	if n := baseName(a.Name.Display()); n != "" {
		return n
	}
	return "file-" + strconv.Itoa(int(a.ID))
}
