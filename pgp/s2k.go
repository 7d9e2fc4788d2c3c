package pgp

import "fmt"

// judgeS2K looks at a string-to-key specifier (RFC 9580, section 3.7.1) before
// a key is derived from it: Argon2 may ask for terabytes.
func judgeS2K(b []byte, argon2KiB int) error {
	if len(b) < 2 {
		return fmt.Errorf("%w: string-to-key specifier", ErrDamaged)
	}
	switch b[0] {
	case 0, 1, 3, 101: // simple, salted, iterated (at most 65 MB of hashing), gpg's stub
		return nil
	case 4:
		if len(b) < 20 {
			return fmt.Errorf("%w: string-to-key specifier", ErrDamaged)
		}
		passes, lanes, memory := int(b[17]), int(b[18]), int(b[19])
		if memory > 31 || 1<<memory > argon2KiB || passes*(1<<memory) > 4*argon2KiB || lanes > 16 {
			return fmt.Errorf("%w: Argon2 of %d passes over 2^%d KiB", ErrLimit, passes, memory)
		}
		return nil
	}
	return fmt.Errorf("%w: string-to-key specifier %d", ErrUnsupported, b[0])
}
