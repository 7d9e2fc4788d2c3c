package plain

// policyIdent reports whether s is a name: 1 to 64 lower-case letters, digits and
// the bytes in more, which do not begin it.
func Name(s, more string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for _, r := range s {
		ok := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		for _, m := range more {
			ok = ok || r == m
		}
		if !ok {
			return false
		}
	}
	return true
}
