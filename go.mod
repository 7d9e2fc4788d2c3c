module github.com/cvdkit/cvdkit

go 1.25.0

require (
	github.com/pandatix/go-cvss v0.6.4
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
