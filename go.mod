module github.com/cvdkit/cvdkit

go 1.25.0
