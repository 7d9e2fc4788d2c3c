package caselog

import (
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// SamePerson reports whether two actors may be one person: by name, or by the
// host's word.
func (c *Folded) SamePerson(a, b uint32) bool {
	if a == b || inner.At(c.ActorTags, a) == nil || inner.At(c.ActorTags, b) == nil {
		return true
	}
	a, b = a-1, b-1
	if c.ActorTags[a] == "" || c.ActorTags[b] == "" {
		return true // erased: nobody knows any more
	}
	return c.ActorTags[a] == c.ActorTags[b] || c.Persons[a] != "" && c.Persons[a] == c.Persons[b]
}
