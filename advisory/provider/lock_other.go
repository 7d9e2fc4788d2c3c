//go:build !unix

package provider

// lockFile does nothing: one process must publish, as the package says.
func lockFile(string) (unlock func(), err error) { return func() {}, nil }
