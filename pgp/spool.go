package pgp

// Spool says where plaintext waits until it is verified.
type Spool struct {
	Dir string
}
