module github.com/cvdkit/cvdkit/examples

go 1.25.0

require github.com/cvdkit/cvdkit v0.0.0

require (
	github.com/ProtonMail/go-crypto v1.5.2 // indirect
	github.com/cloudflare/circl v1.6.3 // indirect
	golang.org/x/crypto v0.41.0 // indirect
	golang.org/x/sys v0.35.0 // indirect
)

replace github.com/cvdkit/cvdkit => ..
