package engine

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"golang.org/x/text/unicode/norm"
)

// Crockford is the base 32 of Douglas Crockford: no I, L, O and U, so that a
// number can be read over the telephone.
const Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// number makes a case number of random bytes: prefix, year, and 25 bits of them, so
// that numbers do not tell how many cases there are, nor which.
func (s *Engine) number(b [4]byte) string {
	n := binary.BigEndian.Uint32(b[:])
	var tail [5]byte
	for i := range tail {
		tail[i] = Crockford[n&31]
		n >>= 5
	}
	return s.Cfg.Prefix + "-" + strconv.Itoa(s.Cfg.Now().UTC().Year()) + "-" + string(tail[:])
}

// ActorTag is the keyed hash of who acts. Names that a person would take for the
// same are the same: case, blanks, invisible characters, width and composition do
// not count. Letters of other scripts that look alike do: see By.Person.
func (s *Engine) ActorTag(name cvd.Private) storage.Term {
	return storage.Term(s.ShortTag("actor", sameName(name)))
}

func sameName(name cvd.Private) string {
	folded := strings.ToLower(strings.ToUpper(norm.NFKC.String(name.Display())))
	return strings.Join(strings.Fields(norm.NFKC.String(folded)), "")
}
