// Package client reads CSAF providers: it finds their metadata, lists their
// documents, and fetches what is new, with hashes and signatures verified. A team
// watches its upstreams with it.
//
// Discover finds the metadata of a domain in the order of CSAF 7.3: the well-known
// address, security.txt, the DNS path. List reads ROLIE feeds, or where there are
// none changes.csv and index.txt. Updates fetches what changed since the last call
// and says which of it concerns products of ours; a host opens a submission from
// such a value. Check judges a whole provider, also what csaf_checker does not
// report as a failure: the service document, changes.csv and index.txt.
//
// Everything is fetched over https from public addresses only, because a provider
// chooses the addresses of its files. One bad document or feed does not stop the
// others: it becomes a Problem.
//
// A Client starts no goroutine, reads no clock and is safe for concurrent use while
// no field changes.
package client
