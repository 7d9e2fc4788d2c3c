package login

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed pages
var files embed.FS

var (
	pages = template.Must(template.ParseFS(files, "pages/*.html"))
	style = must(files.ReadFile("pages/style.css"))
)

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// page is what the templates are given.
type page struct {
	Title, Text, Error string
	Prefix             string
	Name, Next, Code   string
	Token              string
	Users              bool
	Ways               []Way
	Out                bool
	// What was typed in a form whose session has ended: To is where it goes.
	To     string
	Shown  string // the token of that form
	Fields []field
	Multi  bool // it was a form with files
}

const contentPolicy = "default-src 'none'; form-action 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"

func (q *request) show(status int, name string, p page) error {
	p.Prefix, p.Users, p.Ways = q.cfg.Prefix, q.cfg.Users != nil, q.cfg.Ways
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name+".html", p); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", contentPolicy)
	q.w.WriteHeader(status)
	if q.r.Method != http.MethodHead {
		q.w.Write(b.Bytes())
	}
	return nil
}

func (q *request) say(status int, title, text string) {
	if err := q.show(status, "message", page{Title: title, Text: text}); err != nil {
		http.Error(q.w, "Internal Server Error", http.StatusInternalServerError)
	}
}

// askLogin is for who is not in. A link from elsewhere, such as a mail, comes without
// the cookie, which is Strict: the page that follows from here has it.
func (q *request) askLogin() error {
	if !safe(q.r.Method) {
		sent, err := takeToken(q.w, q.r)
		if err != nil {
			return err
		}
		p := page{Title: q.cfg.Title, Token: q.formToken()}
		if q.readToken(sent) != nil {
			p.To, p.Shown, p.Fields, p.Multi = local(q.r.URL.RequestURI()), sent, readFields(q.w, q.r), withFiles(q.r)
			p.Error = "Your session has ended. What you wrote is kept: log in, and send it."
		} else {
			p.Error = "Log in first. Nothing was done."
		}
		return q.show(http.StatusUnauthorized, "login", p)
	}
	next := local(q.r.URL.RequestURI())
	if q.r.Header.Get("Sec-Fetch-Site") == "cross-site" && q.r.Header.Get("Sec-Fetch-Dest") == "document" {
		q.w.Header().Set("Refresh", "0;url="+next)
		return q.show(http.StatusOK, "bounce", page{Title: q.cfg.Title, Next: next})
	}
	to := q.cfg.Prefix + "/login"
	if next != "/" {
		to += "?next=" + template.URLQueryEscaper(next)
	}
	q.goTo(to)
	return nil
}

// offer shows what was typed to the same person, to be sent again.
func (q *request) offer(who Staff, bound, to string, fields []field, shown string) error {
	if !q.tokenShown(shown, who.Name) {
		q.say(http.StatusForbidden, "Not sent from here", "This form was not shown to you, or is older than a day. Nothing was done.")
		return nil
	}
	return q.show(http.StatusConflict, "again", page{Title: "Send it now?", To: local(to), Fields: fields, Multi: withFiles(q.r), Token: q.token(bound, who.Name), Name: who.Name})
}

// login shows the form, and by POST checks it.
func (q *request) login() error {
	if q.r.Method != http.MethodPost {
		v := q.r.URL.Query()
		return q.show(http.StatusOK, "login", page{
			Title: q.cfg.Title, Token: q.formToken(), Next: local(v.Get("next")), Out: v.Get("out") != "",
		})
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, 4*maxField)
	if err := q.r.ParseForm(); err != nil {
		return err
	}
	v := q.r.PostForm
	again := page{Title: q.cfg.Title, Name: v.Get("name"), Next: local(v.Get("next")), Shown: v.Get("shown"), Multi: v.Get("multi") != ""}
	if v.Get("to") != "" {
		again.To = local(v.Get("to"))
	}
	for name, values := range v {
		if name, ok := strings.CutPrefix(name, "f:"); ok {
			for _, x := range values {
				again.Fields = append(again.Fields, field{name, x})
			}
		}
	}
	refuse := func(status int, text string) error {
		again.Token, again.Error = q.formToken(), text
		return q.show(status, "login", again)
	}
	if !q.formFits(v.Get("csrf")) {
		return refuse(http.StatusForbidden, "This page was open for too long. Log in again.")
	}
	source, now := q.cfg.Source(q.r), q.cfg.Now()
	if wait := q.tries.take(source, now); wait > 0 {
		q.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return refuse(http.StatusTooManyRequests, "Too many attempts from your address. Wait a minute.")
	}
	u, ok, err := q.verify(q.r.Context(), v.Get("name"), v.Get("password"), v.Get("digits"))
	if err != nil {
		return err
	}
	if !ok {
		return refuse(http.StatusForbidden, "Name, password and digits do not fit together. Digits work once: wait for the next ones.")
	}
	q.tries.give(source)
	s, err := q.begin(session{Name: u.Name, Groups: u.Groups, Way: wayUsers, Stamp: u.stamp()})
	if err != nil {
		return err
	}
	if again.To != "" && q.tokenShown(again.Shown, u.Name) {
		return q.show(http.StatusOK, "again", page{Title: "Send it now?", To: again.To, Fields: again.Fields, Multi: again.Multi, Token: q.token(s.id, u.Name), Name: u.Name})
	}
	q.goTo(again.Next)
	return nil
}

const cookieForm = "form"

// formToken is the token of a form that is shown before anybody is known. It is bound
// to a cookie, so that nobody is logged in as somebody else.
func (q *request) formToken() string {
	id := ""
	if c, err := q.r.Cookie(q.cookieName(cookieForm)); err == nil && len(c.Value) == 43 {
		id = c.Value
	} else {
		id = randomID()
		http.SetCookie(q.w, q.cookie(cookieForm, id))
	}
	return q.token("before "+id, "")
}

func (q *request) formFits(token string) bool {
	c, err := q.r.Cookie(q.cookieName(cookieForm))
	return err == nil && len(c.Value) == 43 && q.tokenFits(token, "before "+c.Value)
}
