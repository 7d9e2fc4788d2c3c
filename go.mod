module github.com/cvdkit/cvdkit

go 1.25.0

require (
	github.com/ProtonMail/go-crypto v1.5.2
	github.com/google/uuid v1.6.0
	github.com/pandatix/go-cvss v0.6.4
	github.com/stretchr/testify v1.12.1
	golang.org/x/net v0.58.0
	golang.org/x/text v0.41.0
)

require (
	github.com/cloudflare/circl v1.6.3 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.55.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
