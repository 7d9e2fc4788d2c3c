// Package sqlstore keeps cases, blobs and the state of adapters in an SQL
// database through the host's own *sql.DB. It links no driver and never closes
// the database.
//
// SQLite is the dialect that exists, from version 3.37 on. The driver must pass
// []byte as BLOB and report rows affected; modernc.org/sqlite is tested. All
// tables begin with cvd_, so they can live beside the host's.
//
// # Setting up
//
// Open neither connects nor migrates. The host calls Migrate when it wants to:
// at each start, or in a deployment step of its own.
//
// # Durability
//
// An Append that returned nil is on the disk. Before each write the Store sets
// on the connection that it uses: synchronous=FULL, secure_delete=ON and a
// busy_timeout of 50 ms. These stay set when the connection goes back to the
// pool. Migrate sets journal_mode=WAL. A database that is locked is tried again
// until the context ends: give contexts a deadline.
//
// Concurrent callers of Append share transactions, and so the wait for the
// disk. Their changes remain independent: one that is refused does not touch
// the others. If the shared transaction fails, each of them gets an error of
// unknown outcome.
//
// # Connections
//
// A call takes one connection for its duration and never two, so the Store
// works with MaxOpenConns(1). It writes on one connection at a time.
//
// # Erasing
//
// Erased text is gone from all results at once, but SQLite keeps it in free
// pages and in the WAL. Compact removes it from the files.
package sqlstore
