package jsontree

import (
	"strconv"
	"strings"
)

var escaper = strings.NewReplacer("~", "~0", "/", "~1")
var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

// Child returns the pointer of a member below pointer p.
func Child(p, name string) string { return string(AppendChild([]byte(p), name)) }

// Index returns the pointer of an item below pointer p.
func Index(p string, i int) string { return p + "/" + strconv.Itoa(i) }

// AppendChild appends the token of a member to a pointer.
func AppendChild(p []byte, name string) []byte {
	if strings.ContainsAny(name, "~/") {
		name = escaper.Replace(name)
	}
	return append(append(p, '/'), name...)
}

// AppendIndex appends the token of an item to a pointer.
func AppendIndex(p []byte, i int) []byte { return strconv.AppendInt(append(p, '/'), int64(i), 10) }

// Find returns the value at a JSON pointer, or nil if there is none or the
// pointer is malformed. The empty pointer is the node itself.
func (n *Node) Find(pointer string) *Node {
	if pointer == "" {
		return n
	}
	if pointer[0] != '/' {
		return nil
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		switch n.Kind() {
		case Object:
			if strings.Contains(token, "~") {
				token = unescaper.Replace(token)
			}
			n = n.member(token)
		case Array:
			i, err := strconv.Atoi(token)
			if err != nil || token != strconv.Itoa(i) {
				return nil
			}
			n = n.Item(i)
		default:
			return nil
		}
	}
	return n
}
