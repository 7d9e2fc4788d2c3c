package cvd

import (
	"strings"
)

// NormalizeNumber reads a case number as people write it: in any case, with O
// for 0 and I or L for 1, with or without surrounding space or brackets.
func NormalizeNumber(s string) string {
	s = strings.ToUpper(strings.Trim(s, " \t\r\n[]()#"))
	i := strings.LastIndexByte(s, '-') + 1
	return s[:i] + strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s[i:])
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
