package securitytxt

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
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

// asciiName brings a name to its ASCII form. Letters of a name are lower-cased
// and nothing more: what is not in normalization form C, or wide or narrow, is
// refused, because as it stands it would be another name.
func asciiName(s string) (string, bool) {
	s = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(s)
	s = strings.TrimSuffix(s, ".")
	labels := strings.Split(s, ".")
	for i, label := range labels {
		label = strings.ToLower(label)
		ascii, last := true, rune(-1)
		for _, r := range label {
			if composes(last, r) || unicode.Is(unicode.Hex_Digit, r) && r >= 0x80 || r >= 0xff00 && r <= 0xffef {
				return "", false
			}
			last = r
			if r >= 0x80 {
				ascii = false
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\u00b7' {
					return "", false
				}
			} else if r != '-' && r != '_' && !isAlnum(byte(r)) {
				return "", false
			}
		}
		if !ascii {
			label = "xn--" + punycode(label)
		}
		if label == "" || len(label) > 63 {
			return "", false
		}
		labels[i] = label
	}
	s = strings.Join(labels, ".")
	return s, len(s) <= 253
}

// punycode encodes a label (RFC 3492 6.3).
func punycode(label string) string {
	in := []rune(label)
	var out []byte
	for _, r := range in {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	done := len(out)
	basic := done
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(0x80), 0, 72
	for done < len(in) {
		next := rune(unicode.MaxRune)
		for _, r := range in {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range in {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := 36; ; k += 36 {
				t := min(max(k-bias, 1), 26)
				if q < t {
					break
				}
				out = append(out, punyDigit(t+(q-t)%(36-t)))
				q = (q - t) / (36 - t)
			}
			out = append(out, punyDigit(q))
			if done == basic {
				delta /= 700
			} else {
				delta /= 2
			}
			done++
			delta += delta / done
			k := 0
			for ; delta > 455; k += 36 {
				delta /= 35
			}
			bias = k + 36*delta/(delta+38)
			delta = 0
		}
		delta++
		n++
	}
	return string(out)
}

func punyDigit(n int) byte { return "abcdefghijklmnopqrstuvwxyz0123456789"[n] }

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
