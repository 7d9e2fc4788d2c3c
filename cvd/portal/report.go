package portal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const purposeReport = "report"

// reportPage is the data of the template report.
type reportPage struct {
	Fields []fieldView
	Answer string
	Limit  string // of the files
}

func (q *request) showReport() error {
	if _, err := q.r.Cookie(q.cookieName(cookieForm)); err != nil {
		http.SetCookie(q.w, q.cookie(cookieForm, "1")) // tells who keeps cookies: see giveReceipt
	}
	return q.reportForm(http.StatusOK, map[string]string{}, nil)
}

// reportForm shows the form, with what was typed into it and what is wrong with it.
func (q *request) reportForm(status int, values map[string]string, problems []problem) error {
	tok, err := q.newToken(purposeReport, "")
	if err != nil {
		return err
	}
	if values["language"] == "" && len(problems) == 0 {
		values["language"] = q.lang.text("language")
	}
	answer := q.cfg.Answer[q.lang.tag]
	if answer == "" {
		answer = q.cfg.Answer[""]
	}
	if answer == "" {
		answer = q.lang.text("form.answer")
	}
	return q.show(status, "report", page{
		Title: q.lang.text("form.title"), Errors: problems, Token: tok,
		Data: reportPage{q.lang.view(reportFields, values, problems), answer, q.lang.size(q.uploadLimit())},
	})
}

func (q *request) postReport() error {
	var tok token
	var bad error
	read := false
	check := func(f *form) {
		tok, bad = q.readToken(f.values["token"], purposeReport, "", f.began)
		read = true
	}
	f, err := q.readForm(func(f *form) (cvd.CaseID, bool) {
		check(f)
		return cvd.CaseID{}, bad == nil && strings.TrimSpace(f.values["product"]) != "" && strings.TrimSpace(f.values["description"]) != ""
	})
	if err != nil {
		return err
	}
	if !read {
		check(f)
	}
	if bad != nil {
		f.add("", q.lang.text("error.token"))
	}
	q.check(f, reportFields)
	v := f.values
	on, where, why := q.instant(v["date"], v["time"], v["zone"])
	if why != "" {
		f.add(where, why)
	}
	if q.fileProblems(f); len(f.errors) > 0 {
		q.discard(f)
		if !hasField(f.errors, "files") {
			q.fileProblems(f)
		}
		return q.reportForm(statusOf(f), v, f.errors)
	}
	return q.submit(f, tok, on)
}

func hasField(all []problem, field string) bool {
	return slices.ContainsFunc(all, func(p problem) bool { return p.Field == field })
}

func statusOf(f *form) int {
	switch {
	case f.large:
		return http.StatusRequestEntityTooLarge
	case f.wait > 0:
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

// digest tells what a form says from all else that could be sent with its nonce.
func (p *Portal) digest(t token, f *form, fields []field) string {
	parts := []string{"digest", string(t.nonce[:])}
	for _, x := range fields {
		parts = append(parts, x.name, f.values[x.name])
	}
	for _, x := range f.files {
		parts = append(parts, x.Name, string(x.Upload.SHA256))
	}
	h := keyed(p.keys.receipt[:], parts...)
	return string(h[:])
}

// submit takes the report in. The same form, sent twice, gives the same receipt.
func (q *request) submit(f *form, t token, on time.Time) error {
	sum := q.digest(t, f, reportFields)
	bits := keyed(q.keys.receipt[:], "receipt", sum)
	receipt := service.FormatCode([16]byte(bits[:16]))
	keys, err := q.keyFiles(f)
	if err != nil {
		q.discard(f)
		return err
	}
	who, err := q.account(q.r)
	if err != nil {
		q.discard(f)
		return err
	}
	cmd := q.receive(f, on)
	cmd.Reporter.Identity = who.Identity
	cmd.IDs = []cvd.ExternalID{{Kind: "portal-form", Value: cvd.Private(hex.EncodeToString([]byte(sum)[:16]))}}
	cmd.Quarantine = cvd.Private(q.suspicion(f, t, string(who.Identity)))
	if len(keys) > 0 {
		cmd.Reporter.Key = cvd.Private(keys[0])
	}
	// All of it is here: whether the browser still waits no longer matters.
	ctx := context.WithoutCancel(q.ctx)
	c, err := q.svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cmd, cvd.GrantAccess{Party: 2, Code: receipt})
	if err != nil || c.Repeated {
		files := f.files
		q.discard(f)
		f.files = files
	}
	if err != nil {
		return err
	}
	if c.Repeated {
		used, err := q.wasUsed(c.ID, 0)
		if err != nil {
			return err
		}
		if used {
			q.say(http.StatusOK, "again.title", "again.text")
			return nil
		}
	}
	return q.giveReceipt(service.Place{Case: c.ID}, receiptPage{Receipt: string(receipt), Number: c.Number, Files: f.files, Keys: keys, Mail: f.values["email"] != ""})
}

// keyFiles stores a key that was typed as a file, and returns the fingerprints of
// all keys.
func (q *request) keyFiles(f *form) (prints []string, err error) {
	if key := strings.TrimSpace(f.values["key"]); key != "" {
		prints = q.fingerprints([]byte(key))
		if isFingerprint(key) {
			prints = []string{strings.ToUpper(strings.Join(strings.Fields(key), ""))}
		} else {
			var of cvd.CaseID
			if len(f.files) > 0 {
				of = f.files[0].Upload.Case
			}
			up, err := q.svc.Upload(q.ctx, of, strings.NewReader(key+"\n"))
			if errors.Is(err, cvd.ErrInput) {
				return prints, nil // there is no place for files: it stands in the report
			} else if err != nil {
				return nil, err
			}
			f.files = append(f.files, file{Name: "public-key.asc", Type: "application/pgp-keys", Upload: up, Fingerprints: prints})
		}
	}
	for _, x := range f.files {
		for _, p := range x.Fingerprints {
			if !slices.Contains(prints, p) {
				prints = append(prints, p)
			}
		}
	}
	return prints, nil
}

// isFingerprint tells the fingerprint of an OpenPGP key (RFC 9580, 20 or 32 bytes)
// from a key.
func isFingerprint(s string) bool {
	s = strings.Join(strings.Fields(s), "")
	_, err := hex.DecodeString(s)
	return err == nil && (len(s) == 40 || len(s) == 64)
}

// receive makes the command of a form. What has no field of its own in a report
// stands under its English heading: the team reads it, whatever the form's language.
func (q *request) receive(f *form, on time.Time) cvd.Receive {
	v := f.values
	en := q.pages["en"]
	var more strings.Builder
	add := func(field, value string) {
		if value = strings.TrimSpace(value); value != "" {
			fmt.Fprintf(&more, "%s:\n%s\n\n", en.text("form."+field), value)
		}
	}
	choice := func(field string) string {
		if v[field] == "" {
			return ""
		}
		return en.text("form." + field + "." + v[field])
	}
	add("impact", v["impact"])
	add("known", choice("known"))
	add("exploited", choice("exploited"))
	add("told", v["told"])
	add("language", v["language"])
	add("key", v["key"])
	contact := "no"
	if v["pass"] != "" {
		contact = "yes"
	}
	if v["name"] != "" || v["email"] != "" || v["pass"] != "" {
		add("pass", contact)
	}
	cmd := cvd.Receive{
		Channel: cvd.ChannelPortal, Protection: cvd.ProtectPortal, KnownBy: cvd.KnownByAccess,
		Submission: true, Quiet: true,
		Reporter:     cvd.Contact{Name: cvd.Private(v["name"]), Email: cvd.Private(v["email"])},
		Title:        cvd.Private(title(v["product"])),
		Products:     cvd.Private(strings.TrimSpace(v["product"])),
		Summary:      cvd.Private(strings.TrimSpace(v["description"])),
		Observations: cvd.Private(strings.TrimSpace(more.String())),
		CreditName:   cvd.Private(v["creditname"]),
		Exploited:    v["exploited"] == "yes",
		PublishOn:    on,
	}
	switch v["credit"] {
	case "named":
		cmd.Credit = cvd.CreditNamed
	case "anonymous":
		cmd.Credit = cvd.CreditAnonymous
	}
	for _, x := range f.files {
		cmd.Files = append(cmd.Files, cvd.File{Name: cvd.Private(x.Name), Type: cvd.Private(x.Type), Content: x.Upload})
	}
	return cmd
}

// title is the first line of what is affected, cut between words.
func title(product string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(product), "\n")
	first = cvd.Private(first).Display()
	const most = 120
	n := 0
	for i := range first {
		if n++; n > most {
			cut := first[:i]
			if j := strings.LastIndexByte(cut, ' '); j > most/2 {
				cut = cut[:j]
			}
			return cut + "…"
		}
	}
	return first
}

// suspicion says what speaks against a report, for the team. Nothing is refused
// for it. Whom the host knows is no program, and a source of their own.
func (q *request) suspicion(f *form, t token, account string) string {
	known, source := account != "", q.cfg.Source(q.r)
	if known {
		source = "account " + account
	}
	var why []string
	if !known && f.values[honeypot] != "" {
		why = append(why, "a field was filled that people do not see")
	}
	if took := f.began.Sub(t.made); !known && took < q.cfg.Limits.MinFill {
		why = append(why, fmt.Sprintf("the form was filled in %s", took.Round(100*time.Millisecond)))
	}
	if q.reports.take(source, q.cfg.Now()) > 0 {
		why = append(why, "many reports came from one source")
	}
	return strings.Join(why, "; ")
}

// honeypot is a field that only programs fill in, and browsers that fill in too
// much.
const honeypot = "website"
