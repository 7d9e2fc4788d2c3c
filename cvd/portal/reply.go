package portal

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

const purposeResend = "resend"

// replyFields are those of the conversation's form. The text comes before the files.
var replyFields = []field{
	{name: "reply", kind: "text", rows: 6},
	{name: "files", kind: "file"},
}

// resendPage is the data of the template resend: a reply whose session has ended.
type resendPage struct {
	Fields []fieldView
	Limit  string
}

// postReply posts a message to the team. If the session has ended, or it is another's,
// the text is shown again with a field for the receipt; sent with it, it goes where
// the receipt leads.
func (q *request) postReply() error {
	s, err := q.session(q.r)
	if err != nil {
		return err
	}
	var tok token
	var bad error
	checked := false
	status, code := http.StatusForbidden, ""
	check := func(f *form) {
		checked = true
		if s != nil {
			if tok, bad = q.readToken(f.values["token"], purposeCase, s.place(), f.began); bad == nil {
				q.sess = s
				return
			}
		}
		if _, asks := f.values["receipt"]; !asks {
			code = q.lang.text("error.ended.text")
			return
		}
		if tok, bad = q.readToken(f.values["token"], purposeResend, "", f.began); bad != nil {
			code = q.lang.text("error.token")
			return
		}
		a, st, text, err := q.enter(f.values["receipt"])
		if bad = err; err != nil || text != "" {
			status, code = st, text
			return
		}
		q.sess, bad = q.begin(q.w, q.r, session{Place: a.Place, Others: a.Others})
	}
	f, err := q.readForm(func(f *form) (cvd.CaseID, bool) {
		check(f)
		if q.sess == nil {
			return cvd.CaseID{}, false
		}
		return q.sess.Place.Case, true
	})
	if err != nil {
		return err
	}
	if !checked {
		check(f)
	}
	q.check(f, replyFields)
	if q.sess == nil {
		if code == "" {
			return bad
		}
		f.errors = append([]problem{{"receipt", code}}, f.errors...)
		q.fileProblems(f)
		return q.resend(status, f)
	}
	c, err := q.svc.View(q.ctx, q.sess.Place.Case, q.sess.viewer())
	if errors.Is(err, cvd.ErrNotFound) {
		q.discard(f)
		f.errors = append([]problem{{"receipt", q.lang.text("error.ended.text")}}, f.errors...)
		q.fileProblems(f)
		return q.resend(http.StatusForbidden, f)
	} else if err != nil {
		q.discard(f)
		return err
	}
	if strings.TrimSpace(f.values["reply"]) == "" && len(f.files) == 0 && !f.unkept && !f.large {
		f.add("reply", q.lang.text("error.reply"))
	}
	if q.fileProblems(f); len(f.errors) > 0 {
		q.discard(f)
		if !hasField(f.errors, "files") {
			q.fileProblems(f)
		}
		return q.casePage(statusOf(f), c, f.values, f.errors)
	}
	return q.post(c, f, tok)
}

func (q *request) resend(status int, f *form) error {
	tok, err := q.newToken(purposeResend, "")
	if err != nil {
		return err
	}
	return q.show(status, "resend", page{
		Title: q.lang.text("resend.title"), Errors: f.errors, Token: tok,
		Data: resendPage{q.lang.view(replyFields, f.values, f.errors), q.lang.size(q.uploadLimit())},
	})
}

// post sends the message. The same form, sent twice, is one message.
func (q *request) post(c *cvd.Case, f *form, t token) error {
	sum := q.digest(t, f, replyFields)
	m := cvd.PostMessage{
		Party: c.You, To: []cvd.PartyID{cvd.Owner}, Text: cvd.Private(strings.TrimSpace(f.values["reply"])),
		Provenance: q.provenance(),
	}
	m.Provenance.IDs = []cvd.ExternalID{{Kind: "portal-form", Value: cvd.Private(hex.EncodeToString([]byte(sum)[:16]))}}
	for _, x := range f.files {
		m.Files = append(m.Files, cvd.File{Name: cvd.Private(x.Name), Type: cvd.Private(x.Type), Content: x.Upload})
	}
	ctx := context.WithoutCancel(q.ctx)
	done, err := q.svc.Do(ctx, c.ID, cvd.By{}, m)
	if refused := (*cvd.Refusal)(nil); errors.As(err, &refused) && refused.Rule == cvd.RuleRemoved {
		// Who was taken out of the case may have something to say all the same.
		done, err = q.svc.Do(ctx, c.ID, cvd.By{}, cvd.PostUnverified{
			Claimed: c.You, Reason: "the participant was removed from the case", Text: m.Text, Provenance: m.Provenance, Files: m.Files,
		})
	}
	if err != nil || done.Repeated {
		q.discard(f)
	}
	if errors.Is(err, cvd.ErrRefused) {
		f.add("", q.lang.text("error.refused"))
		return q.casePage(http.StatusConflict, c, f.values, f.errors)
	} else if err != nil {
		return err
	}
	return q.goTo("case?done=reply#talk")
}
