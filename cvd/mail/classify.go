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
	// Postfix names the null sender MAILER-DAEMON where it starts a command.
	l.null = path == "<>" || strings.EqualFold(path, "MAILER-DAEMON")
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
	media, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if media == "multipart/report" {
		if strings.EqualFold(params["report-type"], "delivery-status") || l.has("message/delivery-status") {
			return ofDelivery
		}
		return ofMachine // that it was read (RFC 8098), or is taken for spam (RFC 5965)
	}
	auto, _, _ := strings.Cut(strings.ToLower(h.Get("Auto-Submitted")), ";")
	auto, _, _ = strings.Cut(auto, "(")
	if auto = strings.TrimSpace(auto); auto != "" && auto != "no" || l.null {
		return ofMachine
	}
	if id := h.Get("List-Id"); id != "" && !l.in.ownList(id) {
		return ofList
	}
	return ofPerson
}

func (l *letter) has(media string) bool {
	for _, p := range l.m.Parts {
		if p.Type == media {
			return true
		}
	}
	return false
}

// ownList tells a list by which the team's own mail is delivered: its identifier is
// what stands in angle brackets (RFC 2919).
func (in *Intake) ownList(id string) bool {
	if i := strings.LastIndexByte(id, '<'); i >= 0 {
		id, _, _ = strings.Cut(id[i+1:], ">")
	}
	for _, own := range in.Lists {
		if strings.EqualFold(strings.TrimSpace(id), strings.Trim(own, "<> ")) {
			return true
		}
	}
	return false
}

// answerable tells who may be answered automatically (rule 10): a person, and nobody
// whom a forger may have named. What a sender writes into its header can only make
// us silent.
func (l *letter) answerable(k class, v verdict) bool {
	local, _, ok := cutAddress(l.from)
	if !ok || k != ofPerson || v == failed || l.twoAuthors() {
		return false
	}
	for _, f := range l.m.Outer.Fields() {
		switch name := strings.ToLower(f.Name); {
		case name == "precedence":
			switch strings.ToLower(strings.TrimSpace(f.Value)) {
			case "bulk", "junk", "list", "auto_reply":
				return false
			}
		case name == "x-auto-response-suppress", name == "x-autoreply", name == "x-autorespond", name == "x-autorespond-to", name == "x-mail-autoreply",
			name == "list-unsubscribe", name == "list-post", name == "list-help", name == "feedback-id":
			return false
		case name == "list-id" && !l.in.ownList(f.Value):
			return false
		}
	}
	letters := strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, local)
	for _, name := range []string{"noreply", "donotreply", "dontreply"} {
		if strings.Contains(letters, name) {
			return false
		}
	}
	for _, name := range []string{"mailerdaemon", "postmaster", "bounce", "nobody"} {
		if strings.HasPrefix(letters, name) {
			return false
		}
	}
	return true
}
