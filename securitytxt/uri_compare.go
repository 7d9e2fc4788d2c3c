package securitytxt

import (
	"net/netip"
	"path"
	"strings"
)

// validLiteral checks what stands in the brackets of an IP literal: an IPv6
// address without zone, or "v" hex "." chars (RFC 3986 3.2.2).
func validLiteral(s string) bool {
	if s[0]|0x20 == 'v' {
		version, rest, ok := strings.Cut(s[1:], ".")
		if !ok || version == "" || rest == "" || strings.Contains(rest, "%") {
			return false
		}
		for i := range len(version) {
			if !isHex(version[i]) {
				return false
			}
		}
		return validChars(rest, isUserinfo)
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

// sameURI compares two URIs after the normalization of RFC 3986 6.2.2 and 6.2.3:
// case of scheme and host, default port, needless escapes, dot segments, empty
// path. Fragments are never sent to a server and do not count.
func sameURI(a, b string) bool { return a == b || normalURI(a) == normalURI(b) }

func normalURI(s string) string {
	scheme := uriScheme(s)
	if scheme == "" {
		return s
	}
	rest := s[len(scheme)+1:]
	scheme = strings.ToLower(scheme)
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	query := ""
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		rest, query = rest[:i], normalEscapes(rest[i:])
	}
	authority, p, found := cutAuthority(rest)
	if !found {
		return scheme + ":" + normalEscapes(p) + query
	}
	authority = strings.ToLower(authority)
	authority = trimPort(authority, ":")
	if scheme == "https" {
		// The host in the form that Fetch asks it in.
		if host, ok := normalHost(authority); ok {
			authority = host
		}
	}
	switch scheme {
	case "https":
		authority = trimPort(authority, ":443")
	case "http":
		authority = trimPort(authority, ":80")
	}
	return scheme + "://" + authority + cleanPath(normalEscapes(p)) + query
}

// trimPort takes a port off that says nothing, once: of "::" nothing is one.
func trimPort(authority, port string) string {
	if host, ok := strings.CutSuffix(authority, port); ok && (strings.HasSuffix(host, "]") || !strings.Contains(host, ":")) {
		return host
	}
	return authority
}

// cleanPath removes dot segments and keeps a trailing slash and empty segments.
func cleanPath(p string) string {
	if p == "" {
		return "/"
	}
	if !strings.Contains(p, "/.") || strings.Contains(p, "//") {
		return p
	}
	clean := path.Clean(p)
	if clean != "/" && (strings.HasSuffix(p, "/") || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..")) {
		clean += "/"
	}
	return clean
}

// normalEscapes decodes escapes of unreserved characters and writes the others
// in upper case.
func normalEscapes(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			out = append(out, s[i])
			continue
		}
		c := unhex(s[i+1])<<4 | unhex(s[i+2])
		if isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~' {
			out = append(out, c)
		} else {
			out = append(out, '%', upper(s[i+1]), upper(s[i+2]))
		}
		i += 2
	}
	return string(out)
}

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 0x20
	}
	return c
}
