module github.com/cvdkit/cvdkit/examples

go 1.25.0

require (
	github.com/ProtonMail/go-crypto v1.5.2
	github.com/cloudflare/circl v1.6.3
	github.com/cvdkit/cvdkit v0.0.0
	github.com/dustin/go-humanize v1.0.1
	github.com/google/uuid v1.6.0
	github.com/mattn/go-isatty v0.0.24
	github.com/ncruces/go-strftime v1.0.0
	github.com/pandatix/go-cvss v0.6.4
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
	golang.org/x/crypto v0.41.0
	golang.org/x/sys v0.47.0
	modernc.org/libc v1.75.7
	modernc.org/mathutil v1.7.1
	modernc.org/memory v1.12.1
	modernc.org/sqlite v1.59.0
)

replace github.com/cvdkit/cvdkit => ..
