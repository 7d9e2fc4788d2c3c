package shape

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Pattern matches like a JSON Schema pattern: anywhere, unless anchored. It is
// compiled at first use.
func Pattern(expr string) func(string) bool {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	return func(s string) bool { return re().MatchString(s) }
}

// DateTime reports whether s is a date and time of RFC 3339.
func DateTime(s string) bool { return instant.Valid(s) }

// URI reports whether s is an absolute URI of RFC 3986.
func URI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte("<>\"{}|\\^`", s[i]) >= 0 {
			return false
		}
	}
	return true
}

// Text is a string of at least one and at most limit characters; 0 is no limit.
func Text(limit int) *Shape { return &Shape{Kind: jsontree.String, Min: 1, Max: limit} }

// Any is a string.
func Any() *Shape { return &Shape{Kind: jsontree.String} }

// Positive is an integer of at least 1.
func Positive() *Shape { return &Shape{Kind: jsontree.Number, Integer: true, Least: "1"} }

// One is a string out of a list of words.
func One(words ...string) *Shape { return &Shape{Kind: jsontree.String, Enum: words} }

// Matching is a string that matches.
func Matching(f func(string) bool) *Shape { return &Shape{Kind: jsontree.String, Match: f} }

// List is an array of at least n items.
func List(n int, items *Shape) *Shape { return &Shape{Kind: jsontree.Array, Min: n, Items: items} }

// Set is a List without equal items.
func Set(n int, items *Shape) *Shape {
	return &Shape{Kind: jsontree.Array, Min: n, Items: items, Unique: true}
}

// Closed is an object with these members and no others; required is a list of words.
func Closed(required string, members map[string]*Shape) *Shape {
	return &Shape{Kind: jsontree.Object, Required: strings.Fields(required), Members: members, Closed: true}
}

// Open is an object in which other members are allowed.
func Open(required string, members map[string]*Shape) *Shape {
	s := Closed(required, members)
	s.Closed = false
	return s
}
