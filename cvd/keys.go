package cvd

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// key is the unique key of a value that leads to a case.
func (s *Service) key(kind, value string) (k storage.Key) {
	m := hmac.New(sha256.New, s.cfg.Secret)
	m.Write([]byte(kind))
	m.Write([]byte{0})
	m.Write([]byte(value))
	m.Sum(k[:0])
	return k
}

// shortTag is a keyed hash for terms: 64 bits suffice where a collision only
// adds a line to a list.
func (s *Service) shortTag(kind, value string) storage.Term {
	k := s.key(kind, value)
	return storage.Term(hex.EncodeToString(k[:8]))
}

// crockford is the base 32 of Douglas Crockford: no I, L, O and U, so that a
// number can be read over the telephone.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// number makes a case number of random bytes: prefix, year, and 25 bits of them, so
// that numbers do not tell how many cases there are, nor which.
func (s *Service) number(b [4]byte) string {
	n := binary.BigEndian.Uint32(b[:])
	var tail [5]byte
	for i := range tail {
		tail[i] = crockford[n&31]
		n >>= 5
	}
	return s.cfg.Prefix + "-" + strconv.Itoa(s.cfg.Now().UTC().Year()) + "-" + string(tail[:])
}

// NormalizeNumber reads a case number as people write it: in any case, with O
// for 0 and I or L for 1, with or without surrounding space or brackets.
func NormalizeNumber(s string) string {
	s = strings.ToUpper(strings.Trim(s, " \t\r\n[]()#"))
	i := strings.LastIndexByte(s, '-') + 1
	return s[:i] + strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s[i:])
}

func validPrefix(p string) bool {
	if len(p) == 0 || len(p) > 16 {
		return false
	}
	for _, r := range p {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

// ExternalID is an identifier that leads back to a case, for example
// {"message-id", "<1@example.org>"} or {"ticket", "PSIRT-17"}.
type ExternalID struct {
	Kind  string  // of lower-case words, which the host chooses
	Value Private // the identifier, compared byte for byte
}

// The kinds of ExternalID that this package uses itself.
const (
	IDMessage = "message-id"
	IDCVE     = "cve"
	IDNumber  = "number"
)

func (s *Service) externalKey(x ExternalID) storage.Key { return s.key("id:"+x.Kind, string(x.Value)) }

// lane returns the queue of one recipient in one case.
func lane(id CaseID, to PartyID) (l storage.LaneID) {
	h := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte("lane"), id[:]...), uint32(to)))
	copy(l[:], h[:])
	return l
}

// actorTag is the keyed hash of who acts. Names that a person would take for the
// same are the same: case, blanks, invisible characters, width and composition do
// not count. Letters of other scripts that look alike do: see By.Person.
func (s *Service) actorTag(name Private) storage.Term {
	return storage.Term(s.shortTag("actor", sameName(name)))
}

func sameName(name Private) string {
	folded := strings.ToLower(strings.ToUpper(norm.NFKC.String(name.Display())))
	return strings.Join(strings.Fields(norm.NFKC.String(folded)), "")
}
