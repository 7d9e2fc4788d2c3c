module github.com/cvdkit/cvdkit/examples/river

go 1.25.0

require (
	github.com/cvdkit/cvdkit v0.0.0
	github.com/cvdkit/cvdkit/examples v0.0.0
	github.com/jackc/pgx/v5 v5.13.0
	github.com/riverqueue/river v0.44.1
	github.com/riverqueue/river/riverdriver/riverpgxv5 v0.44.1
	github.com/riverqueue/river/rivertype v0.44.1
)

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/pandatix/go-cvss v0.6.4 // indirect
	github.com/riverqueue/river/riverdriver v0.44.1 // indirect
	github.com/riverqueue/river/rivershared v0.44.1 // indirect
	github.com/tidwall/gjson v1.19.0 // indirect
	github.com/tidwall/match v1.2.0 // indirect
	github.com/tidwall/pretty v1.2.1 // indirect
	github.com/tidwall/sjson v1.2.5 // indirect
	golang.org/x/sync v0.22.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

replace github.com/cvdkit/cvdkit => ../..

replace github.com/cvdkit/cvdkit/examples => ..

replace github.com/cvdkit/cvdkit/cvd/mail/imap => ../../cvd/mail/imap

replace github.com/cvdkit/cvdkit/cvd/mail/lmtp => ../../cvd/mail/lmtp
