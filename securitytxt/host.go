package securitytxt

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// normalHost brings a host with an optional port to one form: lower case, ASCII
// (RFC 3492 for internationalized names), no final dot, IPv6 in brackets and in
// the form of RFC 5952, no port 443.
func normalHost(s string) (string, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() {
		if a.Zone() != "" {
			return "", false
		}
		return "[" + a.String() + "]", true
	}
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
		n := digits(port)
		if len(port) > 5 || port != "" && (n < 1 || n > 65535) {
			return "", false
		}
		if port = ""; n > 0 && n != 443 {
			port = ":" + strconv.Itoa(n)
		}
	}
	if strings.HasPrefix(host, "[") {
		a, err := netip.ParseAddr(strings.TrimSuffix(host[1:], "]"))
		if err != nil || !strings.HasSuffix(host, "]") || !a.Is6() || a.Zone() != "" {
			return "", false
		}
		return "[" + a.String() + "]" + port, true
	}
	name, ok := asciiName(host)
	return name + port, ok
}

// names maps names as people write them to the form that the DNS is asked for
// (UTS #46, non-transitional, as browsers do). An underscore may stand in a name.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// asciiName brings a name to its ASCII form: lower case, normalization form C, wide
// letters made plain, letters outside ASCII as punycode.
func asciiName(given string) (string, bool) {
	s, err := names.ToASCII(given)
	if err != nil || !utf8.ValidString(given) {
		return "", false
	}
	if again, err := names.ToASCII(s); err != nil || again != s { // it must be a name itself
		return "", false
	}
	s = strings.TrimSuffix(s, ".")
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return "", false
		}
		for i := 0; i < len(label); i++ {
			if c := label[i]; c != '-' && c != '_' && !isAlnum(c) {
				return "", false
			}
		}
	}
	if _, err := netip.ParseAddr(s); err != nil && numericLabel(s[strings.LastIndexByte(s, '.')+1:]) {
		return "", false // "127.1" and "0x7f.1" are addresses to some resolvers (URL Standard, "ends in a number")
	} else if err == nil && s != strings.TrimSuffix(given, ".") {
		return "", false // an address in other digits is no name, and no address
	}
	return s, len(s) <= 253
}

// numericLabel reports a label that is a number, also a hexadecimal one.
func numericLabel(s string) bool {
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// inputHost takes what people give for a host: a name, an address, or the address
// of a page of it.
func inputHost(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, "://"); i >= 0 {
		if scheme := s[:i]; !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
			return "", false
		}
		web := strings.EqualFold(s[:i], "http")
		s = s[i+3:]
		if i := strings.IndexAny(s, "/?#"); i >= 0 {
			s = s[:i]
		}
		if web {
			s = strings.TrimSuffix(s, ":80")
		}
	}
	host, ok := normalHost(s)
	if !ok || host == "" {
		return "", false
	}
	u, err := url.Parse("https://" + host)
	return host, err == nil && u.Host == host && u.Hostname() != ""
}
