package sqlstore

import (
	"errors"
	"strings"
)

const (
	resultBusy         = 5
	resultLocked       = 6
	resultBusySnapshot = resultBusy | 2<<8
)

func sqlite() *dialect {
	d := &dialect{
		migrations: "migrations/sqlite",
		recent:     true,
		persistent: "PRAGMA journal_mode = WAL",
		// The host's connections may have no timeout and any durability. The
		// timeout is short because it ignores contexts; retry does not.
		connection: "PRAGMA busy_timeout = 50; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY",
		durable:    "PRAGMA synchronous = FULL",
		version:    "CREATE TABLE IF NOT EXISTS cvd_migrations (version INTEGER NOT NULL PRIMARY KEY, least INTEGER NOT NULL) STRICT",
		compact:    []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"},
		heads:      "CROSS JOIN cvd_heads h ON h.case_id = c.case_id",
		mark: func(b *builder, arg any) string {
			b.args = append(b.args, arg)
			return "?"
		},
		list:    func(b *builder, _ string) (string, []any) { return b.text.String(), b.args },
		busy:    sqliteBusy,
		stale:   sqliteStale,
		repeat:  func(error) bool { return false },
		missing: func(err error) bool { return strings.Contains(err.Error(), "no such ") },
		texts: [numTexts]string{
			lock:        "UPDATE cvd_heads SET seq = seq WHERE 0",
			moveHead:    "UPDATE cvd_heads SET seq = ?, tip = ?, due = ?, data = ?, private = ? WHERE case_id = ? AND seq = ? AND tip = ?",
			keepHead:    "UPDATE cvd_heads SET seq = seq WHERE case_id = ? AND seq = ? AND tip = ?",
			eraseRecord: "UPDATE cvd_records SET private = NULL WHERE case_id = ? AND seq = ?",
			dropKey:     "DELETE FROM cvd_keys WHERE key = ? AND case_id = ?",
			keyOwner:    "SELECT case_id FROM cvd_keys WHERE key = ?",
			dropTerm:    "DELETE FROM cvd_terms WHERE term = ? AND case_id = ?",
			getRecent:   "SELECT n, case_id, terms FROM cvd_recent WHERE case_id = ?",
			setRecent:   "UPDATE cvd_recent SET sums = ?, terms = ? WHERE n = ?",
			dropRecent:  "DELETE FROM cvd_recent WHERE n = ?",
			allRecent:   "SELECT n, case_id, terms FROM cvd_recent",
			clearRecent: "DELETE FROM cvd_recent",
			enqueue: "INSERT INTO cvd_outbox (lane, ref, case_id, at, ready, token, tries) " +
				"SELECT ?1, ?2, ?3, ?4, CASE WHEN EXISTS (SELECT 1 FROM cvd_outbox WHERE lane = ?1) THEN NULL ELSE ?4 END, 0, 0",
			settle: "DELETE FROM cvd_outbox WHERE lane = ? AND ref = ? AND token = ?",
			promote: "UPDATE cvd_outbox SET ready = at WHERE lane = ?1 AND ready IS NULL " +
				"AND ref = (SELECT min(ref) FROM cvd_outbox WHERE lane = ?1)",
			// at keeps when it was ready, because the rows return in no order.
			claimReady: "UPDATE cvd_outbox SET at = ready, ready = ?, token = token + 1 WHERE rowid IN " +
				"(SELECT rowid FROM cvd_outbox WHERE ready <= ? ORDER BY ready LIMIT ?) " +
				"RETURNING case_id, lane, ref, at, ready, token, tries",
			releaseClaim: "UPDATE cvd_outbox SET ready = ?, tries = ? WHERE lane = ? AND ref = ? AND token = ?",
			loadPublic:   sqliteLoad("NULL"),
			loadPrivate:  sqliteLoad("private"),
			newBlob:      "INSERT INTO cvd_blobs (blob_id, size, created) VALUES (?, NULL, ?) ON CONFLICT DO NOTHING",
			addChunk: "INSERT INTO cvd_chunks (blob_id, n, data) SELECT ?1, ?2, ?3 " +
				"WHERE EXISTS (SELECT 1 FROM cvd_blobs WHERE blob_id = ?1 AND size IS NULL)",
			finishBlob:   "UPDATE cvd_blobs SET size = ? WHERE blob_id = ? AND size IS NULL",
			blobSize:     "SELECT size FROM cvd_blobs WHERE blob_id = ? AND size IS NOT NULL",
			readChunk:    "SELECT data FROM cvd_chunks WHERE blob_id = ? AND n = ?",
			deleteBlob:   "DELETE FROM cvd_blobs WHERE blob_id = ?",
			deleteChunks: "DELETE FROM cvd_chunks WHERE blob_id = ?",
			listBlobs:    "SELECT blob_id, size, created FROM cvd_blobs WHERE blob_id > ? AND size IS NOT NULL ORDER BY blob_id LIMIT ?",
			staleBlobs:   "SELECT blob_id FROM cvd_blobs WHERE size IS NULL AND created < ? LIMIT ?",
			getState:     "SELECT value, version FROM cvd_state WHERE key = ?",
			dropState:    "DELETE FROM cvd_state WHERE key = ? AND version = ?",
			addState:     "INSERT INTO cvd_state (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING version",
			stateVersion: "SELECT version FROM cvd_state WHERE key = ?",
			listState:    "SELECT key FROM cvd_state WHERE key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?",
		},
	}
	d.inRows(newHeads, "cvd_heads (seq, tip, due, data, private, case_id)", " ON CONFLICT DO NOTHING")
	d.inRows(newRecords, "cvd_records (case_id, seq, body, private)", "")
	d.inRows(takenKeys, "cvd_keys (key, case_id)", " ON CONFLICT DO NOTHING")
	d.inRows(newTerms, "cvd_terms (term, case_id)", " ON CONFLICT DO NOTHING")
	d.inRows(newRecent, "cvd_recent (case_id, sums, terms)", "")
	return d
}

// sqliteBusy knows the error by its result code where the driver tells it, else
// by SQLite's text. A stale snapshot does not become fresh by waiting.
func sqliteBusy(err error) bool {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		c := coded.Code()
		return c != resultBusySnapshot && (c&0xff == resultBusy || c&0xff == resultLocked)
	}
	return strings.Contains(err.Error(), "database is locked") || strings.Contains(err.Error(), "database table is locked")
}

func sqliteStale(err error) bool {
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code() == resultBusySnapshot
}

// sqliteLoad reads records, and after them, as a number below zero, where the log ends by
// its head.
func sqliteLoad(private string) string {
	return "SELECT * FROM (SELECT seq, body, private IS NOT NULL, " + private + " FROM cvd_records " +
		"WHERE case_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3) " +
		"UNION ALL SELECT -seq, NULL, 0, NULL FROM cvd_heads WHERE case_id = ?1"
}
