module github.com/cvdkit/cvdkit/examples

go 1.25.0

require (
	github.com/cvdkit/cvdkit v0.0.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/pandatix/go-cvss v0.6.4 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/cvdkit/cvdkit => ..
