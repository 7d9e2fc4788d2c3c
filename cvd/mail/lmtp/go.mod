module github.com/cvdkit/cvdkit/cvd/mail/lmtp

go 1.25.0

require (
	github.com/cvdkit/cvdkit v0.0.0
	github.com/emersion/go-smtp v0.25.1
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/ProtonMail/go-crypto v1.5.2 // indirect
	github.com/cloudflare/circl v1.6.3 // indirect
	github.com/emersion/go-sasl v0.0.0-20241020182733-b788ff22d5a6 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/pandatix/go-cvss v0.6.4 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.55.0 // indirect
	golang.org/x/net v0.58.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

replace github.com/cvdkit/cvdkit => ../../..
