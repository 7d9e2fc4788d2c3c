// Package sqlstore keeps cases, blobs and the state of adapters in an SQL
// database through the host's own *sql.DB. It links no driver and never closes
// the database.
//
// There are two dialects. SQLite is for one machine, from version 3.37 on; the
// driver must pass []byte as BLOB and report rows affected; modernc.org/sqlite is
// tested. PostgreSQL is for many processes on many machines, from version 13 on; it
// works with each driver that sends string arguments as text and names the SQLSTATE
// of errors by a method, as pgx and lib/pq do; pgx is tested. A host changes from one
// to the other by Options and a copy (package storecopy).
//
// All tables begin with cvd_, so they can live beside the host's.
//
// # Setting up
//
// Open neither connects nor migrates. The host calls Migrate when it wants to:
// at each start, or in a deployment step of its own.
//
// In PostgreSQL every statement names the schema of Options, and most call a function
// that Migrate has made there. The role that migrates needs CREATE on the database or
// the schema; the others USAGE on the schema, EXECUTE on its functions, SELECT,
// INSERT, UPDATE and DELETE on its tables, and USAGE on its sequence. No statement is
// prepared by name, so a proxy that shares connections (PgBouncer) needs only that the
// driver is told of it. The functions use PL/pgSQL and the SET clause; CockroachDB lacks
// the latter.
//
// # Durability
//
// An Append that returned nil is on the disk.
//
// In SQLite the Store sets synchronous=FULL before each write on the connection that it
// uses, and before its first one secure_delete=ON, temp_store=MEMORY, a busy_timeout of
// 50 ms, and wal_autocheckpoint=4000 unless the host has chosen another than SQLite's own
// 1000. These stay set when the connection goes back to the pool; change none of them
// there. Migrate sets journal_mode=WAL. A database that is locked is tried again until the
// context ends: give contexts a deadline.
//
// Concurrent callers of Append share transactions of SQLite, and so the wait for the
// disk. Their changes remain independent: one that is refused does not touch
// the others. If the shared transaction fails, each of them gets an error of
// unknown outcome.
//
// In PostgreSQL an Append is one statement, and callers do not wait for each other
// unless they write to the same case or take the same key. It waits for the disk also
// where the host has turned synchronous_commit off; with a synchronous standby it waits
// for that one as the host has set. What the server undoes because of another
// transaction (serialization failures, deadlocks) is repeated, at most 20 times; then it
// is a storage.ErrConflict. A context that ends, or a connection that breaks, during an
// Append leaves the outcome unknown.
//
// # Connections
//
// A call takes one connection for its duration and never two, so the Store
// works with MaxOpenConns(1). With SQLite it writes on one connection at a time. With
// PostgreSQL give the pool as many idle connections as there are callers
// (SetMaxIdleConns): a new one costs more than many calls.
//
// # Erasing
//
// Erased text is gone from all results at once, but SQLite keeps it in free
// pages and in the WAL, and PostgreSQL in dead rows, in its WAL and on standbys. Compact
// removes it from the files of the tables.
package sqlstore
