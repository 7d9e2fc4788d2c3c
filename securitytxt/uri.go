package securitytxt

import "strings"

// uriScheme returns the scheme of a URI (RFC 3986 3.1) as written, or "".
func uriScheme(s string) string {
	i := strings.IndexByte(s, ':')
	if i <= 0 || !isAlpha(s[0]) {
		return ""
	}
	for j := 1; j < i; j++ {
		if c := s[j]; !isAlpha(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return ""
		}
	}
	return s[:i]
}

// validURI reports whether s matches the rule "URI" of RFC 3986 appendix A.
// net/url is of no use here: it accepts <>{}|, non-ASCII and an empty host.
func validURI(s string) bool {
	scheme := uriScheme(s)
	if scheme == "" {
		return false
	}
	rest := s[len(scheme)+1:]
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		if !validChars(rest[i+1:], isQuery) {
			return false
		}
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		if !validChars(rest[i+1:], isQuery) {
			return false
		}
		rest = rest[:i]
	}
	web := strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
	authority, path, found := cutAuthority(rest)
	if !found {
		return !web && validChars(path, isPath)
	}
	host, ok := validAuthority(authority)
	return ok && (!web || host != "") && validChars(path, isPath)
}

// cutAuthority splits what follows the scheme into authority and path.
func cutAuthority(s string) (authority, path string, found bool) {
	if !strings.HasPrefix(s, "//") {
		return "", s, false
	}
	s = s[2:]
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i:], true
	}
	return s, "", true
}

// validAuthority checks [ userinfo "@" ] host [ ":" port ] and returns the host.
func validAuthority(s string) (host string, ok bool) {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		if !validChars(s[:i], isUserinfo) {
			return "", false
		}
		s = s[i+1:]
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 2 || !validLiteral(s[1:i]) {
			return "", false
		}
		host, port = s[:i+1], s[i+1:]
		if port != "" && port[0] != ':' {
			return "", false
		}
	} else {
		if i := strings.IndexByte(s, ':'); i >= 0 {
			host, port = s[:i], s[i:]
		}
		if !validChars(host, isRegName) {
			return "", false
		}
	}
	for i := 1; i < len(port); i++ {
		if !isDigit(port[i]) {
			return "", false
		}
	}
	return host, true
}

// validChars reports whether s is made of percent escapes and bytes of a class.
func validChars(s string, class uint8) bool {
	for i := 0; i < len(s); i++ {
		if uriClasses[s[i]]&class != 0 {
			continue
		}
		if s[i] != '%' || i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return false
		}
		i += 2
	}
	return true
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }

// The character classes of RFC 3986 2.2 to 3.5, as bits, and those of the atoms
// and domains of a mail address (RFC 5322 3.2.3, RFC 6532).
const (
	isRegName uint8 = 1 << iota
	isUserinfo
	isPath
	isQuery // and fragment
	isAtom
	isLabel
)

var uriClasses = func() (t [256]uint8) {
	for c := range 128 {
		if isAlnum(byte(c)) || strings.IndexByte("-._~!$&'()*+,;=", byte(c)) >= 0 {
			t[c] = isRegName | isUserinfo | isPath | isQuery
		}
	}
	t[':'] = isUserinfo | isPath | isQuery
	t['@'] = isPath | isQuery
	t['/'] = isPath | isQuery
	t['?'] = isQuery
	for c := range t {
		switch {
		case c >= 0x80 || isAlnum(byte(c)) || c == '-':
			t[c] |= isAtom | isLabel
		case strings.IndexByte("!#$%&'*+/=?^_`{|}~", byte(c)) >= 0:
			t[c] |= isAtom
		}
	}
	return t
}()

// checkURI returns what is wrong with the URI of a field, or "".
func checkURI(k fieldKind, s string) Code {
	if k == fieldEncryption && holdsKey(s) {
		return CodeKeyInEncryption
	}
	scheme := uriScheme(s)
	if scheme == "" {
		return CodeNoURI
	}
	if strings.EqualFold(scheme, "http") ||
		strings.EqualFold(scheme, "https") && !strings.HasPrefix(s[len(scheme)+1:], "//") {
		return CodeNoHTTPS
	}
	if !validURI(s) {
		return CodeInvalidURI
	}
	rest := s[len(scheme)+1:]
	switch {
	case k == fieldCSAF && !strings.EqualFold(scheme, "https"):
		return CodeNoHTTPS
	case strings.EqualFold(scheme, "mailto") && !mailAddresses(rest, nil):
		return CodeInvalidURI
	case strings.EqualFold(scheme, "tel") && !validTel(rest):
		return CodeInvalidURI
	case strings.EqualFold(scheme, "openpgp4fpr") && !validFingerprint(rest):
		return CodeInvalidURI
	case k == fieldCSAF && !strings.HasSuffix(webPath(s), "/provider-metadata.json"):
		return CodeNoCSAFFile
	case k != fieldCanonical && !registeredWellKnown(webPath(s)):
		return CodeUnregisteredWellKnown
	}
	return ""
}

// holdsKey reports whether the value is itself a key: armor, or data in a URI.
func holdsKey(s string) bool {
	return strings.HasPrefix(s, "-----BEGIN ") || len(s) >= 5 && strings.EqualFold(s[:5], "data:")
}

// webPath returns the path of an https URI, and "" for any other.
func webPath(s string) string {
	if len(s) < 8 || !strings.EqualFold(s[:8], "https://") {
		return ""
	}
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	_, path, _ := cutAuthority(s[6:])
	return path
}
