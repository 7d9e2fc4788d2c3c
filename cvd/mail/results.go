package mail

import (
	"strings"

	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// verdict is what the host's own mail server says of the address in From.
type verdict uint8

const (
	unsaid verdict = iota
	passed         // DMARC passes for the domain of From (RFC 7489)
	failed
)

// results reads the topmost Authentication-Results field with exactly the host's
// authserv-id (RFC 8601, section 5), and of it what DMARC says of the domain of From.
// What cannot be parsed says nothing; nor does a field of anybody else.
func (l *letter) results() verdict {
	_, domain, ok := cutAddress(l.from)
	if l.in.AuthservID == "" || !ok || l.twoAuthors() {
		return unsaid
	}
	for _, f := range l.m.Outer.Fields() {
		if !strings.EqualFold(f.Name, "Authentication-Results") {
			continue
		}
		t := tokens(f.Value)
		if t == nil && strings.Contains(f.Value, l.in.AuthservID) {
			return unsaid // it may be ours, and what stands below it is not
		}
		if t == nil || len(t[0]) == 0 || t[0][0] != l.in.AuthservID {
			continue // of another server, or not to be read
		}
		return dmarc(t[1:], domain)
	}
	return unsaid
}

func dmarc(results [][]string, domain string) verdict {
	v := unsaid
	for _, r := range results {
		// method "=" result, then properties: ptype "." property "=" value
		if len(r) < 3 || !strings.EqualFold(r[0], "dmarc") || r[1] != "=" {
			continue
		}
		if v != unsaid {
			return unsaid // it says two things
		}
		about := ""
		for i := 3; i+2 < len(r); i++ {
			if strings.EqualFold(r[i], "header.from") && r[i+1] == "=" {
				about = strings.ToLower(strings.TrimSuffix(r[i+2], "."))
			}
		}
		switch {
		case about != domain:
			return unsaid // of another domain
		case strings.EqualFold(r[2], "pass"):
			v = passed
		case strings.EqualFold(r[2], "fail"):
			v = failed
		}
	}
	return v
}

// tokens splits a structured field at its semicolons into words, "=" standing alone.
// Comments are gone, quoted strings are one word. nil: it cannot be parsed.
func tokens(s string) (out [][]string) {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
			end()
		case c == ')':
			if depth--; depth < 0 {
				return nil
			}
		case depth > 0:
		case c == '"':
			closed := false
			for i++; i < len(s) && !closed; i++ {
				switch {
				case s[i] == '"':
					closed = true
				case s[i] == '\\' && i+1 < len(s):
					i++
					word.WriteByte(s[i])
				default:
					word.WriteByte(s[i])
				}
			}
			if i--; !closed {
				return nil
			}
		case c == ';':
			end()
			out, words = append(out, words), nil
		case c == '=':
			end()
			words = append(words, "=")
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			end()
		default:
			word.WriteByte(c)
		}
	}
	if depth != 0 {
		return nil
	}
	end()
	return append(out, words)
}

// twoAuthors: which of them a reader sees depends on the program, so none is known.
func (l *letter) twoAuthors() bool {
	for _, f := range l.m.Flags {
		if f == pgpmime.FlagTwoFrom {
			return true
		}
	}
	return false
}
