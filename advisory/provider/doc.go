// Package provider publishes CSAF documents as a CSAF trusted provider does
// (sections 7.1 and 7.2 of CSAF 2.0 and 2.1): provider metadata, ROLIE feeds,
// service and category documents, index.txt, changes.csv, hashes, detached
// OpenPGP signatures and the keys, in a tree of files that any web server can
// serve and that Handler serves.
//
// A Publisher writes two trees, v2.0/ and v2.1/. A document goes into the tree of
// its version; an advisory that is given in both versions is in both.
//
// # What readers see
//
// A change is staged completely in Config.State, a private folder. Then a journal
// commits it, and only renames follow. A document and what belongs to it
// (signature, hashes) are symbolic links into a folder for each revision, and one
// rename switches all of them. So at each instant a signature fits its document,
// and each name in a list has its file. After a crash the next call of any method
// that writes finishes what was committed and drops what was not. The web server
// must follow symbolic links, and Config.State must be on the same file system.
//
// Two requests are two instants: a reader that gets a document before a switch
// and its signature after it must ask again, as package client does.
//
// # Who may see what
//
// Nothing above TLP:CLEAR is written into Config.Dir. Stricter labels need
// Config.Restricted, another folder, and are answered by Handler only if
// Config.Guard lets the request pass. A document that is a draft, that has no
// label, or whose current release date lies in the future (an embargo) is refused.
//
// # As a step of a release
//
// Publish is idempotent: the same documents again change nothing. A host that releases
// in steps, and keeps which of them are done, calls Release with an ID of its own for
// the step, again and again until it returns nil. The order is: the advisory by
// Release, then the CVE record, and then the mails:
//
//	r, err := p.Release(ctx, release+"/advisory", doc)                           // advisory/provider
//	public := func(context.Context) (bool, error) { _, ok, err := p.Released(release + "/advisory"); return ok, err }
//	outcome, err := pool.Release(ctx, release+"/cve", record, public)            // advisory/cve/cveservices
//	err = desk.Release(ctx, notify.Notice{ID: release + "/mails", …}, public)    // advisory/provider/notify
//
// Each refuses to run before the one that public asks for, each may be repeated alone,
// and none takes back what was published later under another ID. Where the step is a
// type of the host's workflow, its function has one of these lines in it.
//
// # Concurrency
//
// A Publisher is safe for concurrent use. On Unix several processes may publish
// into one tree: a lock file in Config.State keeps them apart. On other systems one
// process must.
package provider
