module github.com/cvdkit/cvdkit/tests/sql

go 1.25.0

require github.com/cvdkit/cvdkit v0.0.0

replace github.com/cvdkit/cvdkit => ../..
