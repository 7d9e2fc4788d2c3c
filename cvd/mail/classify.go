package mail

import (
	"mime"
	"strings"
)

// class is what kind of mail it is, in the order in which it is asked (rule 3).
type class string

const (
	ofOurselves class = "it says that it is from ourselves"
	ofDelivery  class = "it is a delivery report"
	ofMachine   class = "a machine sent it"
	ofList      class = "a mailing list sent it"
	ofPerson    class = ""
)

// author finds from whom the mail says it is.
func (l *letter) author() {
	from := l.m.From()
	if len(from) == 0 {
		return
	}
	if local, domain, ok := cutAddress(from[0].Address); ok {
		l.from = local + "@" + domain
	}
	l.r.Sender.Address = plain(l.from, 1000)
	path := l.env.From
	if path == "" {
		path = strings.TrimSpace(l.m.Outer.Get("Return-Path"))
	}
	l.null = path == "<>"
}

// classify never goes by words of the subject, nor by fields that any sender can
// invent to be taken for us.
func (l *letter) classify() class {
	h := l.m.Outer
	if _, own := l.in.own(l.from); own {
		return ofOurselves
	}
	if _, _, ours := l.in.ours(l.m.MessageID()); ours {
		return ofOurselves
	}
	if media, params, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil && media == "multipart/report" &&
		strings.EqualFold(params["report-type"], "delivery-status") {
		return ofDelivery
	}
	auto, _, _ := strings.Cut(strings.ToLower(h.Get("Auto-Submitted")), ";")
	if auto = strings.TrimSpace(auto); auto != "" && auto != "no" || l.null {
		return ofMachine
	}
	if h.Get("List-Id") != "" {
		return ofList
	}
	return ofPerson
}

// answerable tells who may be answered automatically (rule 10): a person, and nobody
// whom a forger may have named.
func (l *letter) answerable(k class, v verdict) bool {
	h := l.m.Outer
	local, _, ok := cutAddress(l.from)
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "bulk", "junk", "list":
		return false
	}
	for _, name := range []string{"no-reply", "noreply", "do-not-reply", "donotreply", "mailer-daemon", "postmaster", "bounce"} {
		if strings.HasPrefix(local, name) {
			return false
		}
	}
	return ok && k == ofPerson && h.Get("X-Auto-Response-Suppress") == "" && v != failed && !l.twoAuthors()
}
