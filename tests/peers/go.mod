module github.com/cvdkit/cvdkit/tests/peers

go 1.25.0

require (
	github.com/cvdkit/cvdkit v0.0.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
)

require (
	github.com/pandatix/go-cvss v0.6.4 // indirect
	golang.org/x/text v0.14.0 // indirect
)

replace github.com/cvdkit/cvdkit => ../..
