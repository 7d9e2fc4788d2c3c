package securitytxt

import (
	"net/netip"
	"strings"
)

// MailAddresses returns the addresses of a mailto URI (RFC 6068), decoded and in
// order: those before the question mark, then those of its "to" fields. It
// returns nil if the URI is of another scheme or breaks the grammar.
func MailAddresses(uri string) []string {
	if !isMailto(uri) || !validURI(uri) {
		return nil
	}
	list := []string{}
	if ok := mailAddresses(uri[len("mailto:"):], &list); !ok {
		return nil
	}
	return list
}

// mailAddresses checks RFC 6068 2 and wants one recipient at least, because nobody
// can be reached without. It keeps the addresses if list is not nil.
func mailAddresses(rest string, list *[]string) bool {
	if strings.HasPrefix(rest, "//") { // an authority, which mailto does not have
		return false
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	to, query, asked := strings.Cut(rest, "?")
	found := to != ""
	if found && !addresses(to, list) {
		return false
	}
	if !asked {
		return found
	}
	for part := range strings.SplitSeq(query, "&") {
		name, value, assigned := strings.Cut(part, "=")
		if !assigned || name == "" {
			return false
		}
		if strings.EqualFold(unescape(name), "to") && value != "" {
			if !addresses(value, list) {
				return false
			}
			found = true
		}
	}
	return found
}

// addresses splits at commas that are not escaped: an escaped one belongs to an
// address.
func addresses(s string, list *[]string) bool {
	for part := range strings.SplitSeq(s, ",") {
		addr := unescape(part)
		if !validAddress(addr) {
			return false
		}
		if list != nil {
			*list = append(*list, addr)
		}
	}
	return true
}

func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

// validAddress checks addr-spec of RFC 6068 2: a dot-atom or a quoted string, and
// a domain or an address in brackets. What is not ASCII is taken (RFC 6532).
func validAddress(s string) bool {
	i := strings.LastIndexByte(s, '@')
	if i <= 0 || i+1 == len(s) {
		return false
	}
	local, domain := s[:i], s[i+1:]
	if n := len(local); n >= 2 && local[0] == '"' && local[n-1] == '"' {
		if !validQuoted(local[1 : n-1]) {
			return false
		}
	} else if !dotted(local, isAtom) {
		return false
	}
	if n := len(domain); domain[0] == '[' && domain[n-1] == ']' {
		a, err := netip.ParseAddr(strings.TrimPrefix(domain[1:n-1], "IPv6:"))
		return err == nil && a.Zone() == ""
	}
	return domain[0] != '-' && domain[len(domain)-1] != '-' && !strings.Contains(domain, ".-") &&
		!strings.Contains(domain, "-.") && dotted(domain, isLabel)
}

func validQuoted(s string) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] < ' ' || s[i] == 0x7f || s[i] == '"':
			return false
		case s[i] == '\\':
			if i++; i == len(s) || s[i] < ' ' {
				return false
			}
		}
	}
	return true
}

// dotted checks one or more parts of a class, joined by single dots.
func dotted(s string, class uint8) bool {
	last := byte('.')
	for i := range len(s) {
		if s[i] == '.' {
			if last == '.' {
				return false
			}
		} else if uriClasses[s[i]]&class == 0 {
			return false
		}
		last = s[i]
	}
	return last != '.'
}

// validTel checks RFC 3966 3: a global number with "+", or a local one that says
// in phone-context where it holds.
func validTel(rest string) bool {
	if strings.ContainsAny(rest, "#?") && strings.HasPrefix(rest, "+") {
		return false
	}
	number, params, more := strings.Cut(rest, ";")
	local := !strings.HasPrefix(number, "+")
	digits := 0
	for _, c := range []byte(strings.TrimPrefix(number, "+")) {
		switch {
		case isDigit(c), local && (isHex(c) || c == '*'):
			digits++
		case strings.IndexByte("-.()", c) < 0:
			return false
		}
	}
	context := false
	if more {
		seen := []string{}
		for p := range strings.SplitSeq(params, ";") {
			name, value, found := strings.Cut(p, "=")
			if name == "" || found && value == "" || containsFold(seen, name) {
				return false
			}
			for i := range len(name) {
				if !isAlnum(name[i]) && name[i] != '-' {
					return false
				}
			}
			seen = append(seen, name)
			switch {
			case strings.EqualFold(name, "ext"):
				if strings.Trim(value, "0123456789-.()") != "" || !strings.ContainsAny(value, "0123456789") {
					return false
				}
			case strings.EqualFold(name, "phone-context"):
				context = value != ""
			}
		}
	}
	return digits > 0 && (!local || context)
}

// validFingerprint accepts, in hexadecimal, the fingerprint of an OpenPGP key of
// version 3, 4 or 6, or a key ID of 16 digits. A fragment does not count.
func validFingerprint(s string) bool {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return len(s) == 16 || len(s) == 32 || len(s) == 40 || len(s) == 64
}
