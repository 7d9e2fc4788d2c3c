package rfc2350

import "strings"

// What looks like an address and is none that one writes to.

// namePattern: "firstname.lastname" tells how addresses are made.
func namePattern(local string) bool {
	parts := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	for _, p := range parts {
		if !words().says(p, bNamePart) {
			return false
		}
	}
	const long = 7 // "vorname", but not "name" or "user"
	return len(parts) > 1 || len(parts) == 1 && len(parts[0]) >= long
}

// accountAt: "Decorator @cert.example": a word with a capital, and an account.
func (x *lexed) accountAt(i int) bool {
	return x.is(i, '@') && x.toks[i].gap == gapBlank && x.glued(i+1) && i > 0 && x.toks[i-1].kind == kWord && x.toks[i-1].upper == 1
}

// notMail: the user of a URL, an account of another service, a git remote.
func (x *lexed) notMail(from, end, last int) bool {
	if from > 0 && x.glued(from) {
		switch {
		case x.is(from-1, '@'):
			return true
		case x.is(from-1, '/'):
			return from-1 != last // after another address it only separates
		case x.is(from-1, ':') && from >= 2 && x.toks[from-2].kind == kWord:
			switch fold(x.text(from-2, from-1)) {
			case "sip", "sips", "xmpp", "ssh", "git", "im", "acct", "jabber", "matrix":
				return x.glued(from - 1)
			}
		}
	}
	if x.userOfURL(from, last) || x.otherAddress(from, last) {
		return true
	}
	if x.is(end, ':') && x.is(end+1, ':') && x.glued(end) && x.glued(end+1) { // rsync user@host::module
		return true
	}
	// git@host:path
	return x.is(end, ':') && x.glued(end) && end+1 < len(x.toks) && x.glued(end+1) && (x.toks[end+1].kind != kSign || x.is(end+1, '/')) && !x.mailFollows(end+1)
}

// otherAddress: "Jabber: cert@chat.example", "Message-ID: <4711@mail.example>".
func (x *lexed) otherAddress(from, last int) bool {
	for k := from - 1; k > last && from-k < 14 && x.toks[k+1].gap < gapLine; k-- { // "the Message-ID, for example <…>"
		if x.is(k-1, '-') && x.tells(k, bMessageID) && x.tells(k-2, bMessageID) {
			return true
		}
	}
	for k, n := from-1, 0; k >= last && n < 5 && x.toks[k+1].gap < gapLine; k, n = k-1, n+1 {
		switch {
		case x.tells(k, bNoMail):
			return true
		case x.toks[k].kind == kWord && n > 1, x.toks[k].kind == kNumber, x.is(k, ','), x.is(k, ';'), x.is(k, '.'), x.is(k, '/'):
			return false
		}
	}
	return false
}

// userOfURL: "https://user:secret@host/".
func (x *lexed) userOfURL(from, last int) bool {
	for k := from; k > last && from-k < 40 && x.glued(k); k-- {
		if x.is(k-1, '/') && x.is(k-2, '/') && x.glued(k-1) && x.is(k-3, ':') {
			return true
		}
	}
	return false
}

func (x *lexed) mailFollows(i int) bool {
	for k := i; k < len(x.toks) && k < i+6 && (k == i || x.glued(k)); k++ {
		if x.is(k, '@') {
			return true
		}
	}
	return false
}

// hiddenMail: "[email protected]" is an address that a web server took out.
func (x *lexed) hiddenMail() bool {
	if !x.holds('[') {
		return false
	}
	for i := range x.toks {
		if x.is(i, '[') && i+3 < len(x.toks) && x.toks[i+1].kind == kWord && strings.EqualFold(x.text(i+1, i+2), "email") && strings.EqualFold(x.text(i+2, i+3), "protected") {
			return true
		}
	}
	return false
}

// notThis: "not cert@example.com", "nicht an info@example.org".
func (x *lexed) notThis(i int) bool {
	if i > 0 && x.toks[i-1].kind == kWord && x.toks[i-1].end-x.toks[i-1].start <= 3 && !x.has(i-1, mNot) {
		i--
	}
	return i > 0 && x.toks[i].gap == gapBlank && x.toks[i-1].kind == kWord && x.has(i-1, mNot)
}
