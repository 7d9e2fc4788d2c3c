package sqlstore

import (
	"errors"
	"strconv"
	"strings"
)

// The conditions of PostgreSQL that are told apart.
const (
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateFaster        = "CVD01" // raised by cvd_append_1
	stateNoCase        = "CVD02" // raised by cvd_record_1
)

// postgres is the dialect for tables in a schema, whose name was checked.
func postgres(schema string) *dialect {
	d := &dialect{
		migrations: "migrations/postgres",
		schema:     schema,
		prefix:     `"` + schema + `".cvd_`,
		shared:     true,
		version: "CREATE TABLE IF NOT EXISTS cvd_migrations " +
			"(version INTEGER NOT NULL PRIMARY KEY, least INTEGER NOT NULL)",
		compact: []string{
			"VACUUM FULL cvd_heads", "VACUUM FULL cvd_records", "VACUUM FULL cvd_blobs", "VACUUM FULL cvd_chunks", "VACUUM FULL cvd_state",
		},
		heads: "CROSS JOIN LATERAL (SELECT * FROM cvd_heads g WHERE g.case_id = c.case_id OFFSET 0) h",
		apart: " OFFSET 0",
		mark:  postgresMark,
		list:  postgresList,
		busy:  func(error) bool { return false },
		// Within the host's transaction what another did first cannot be seen.
		stale:   isRepeatable,
		repeat:  isRepeatable,
		missing: isUndefined,
		texts: [numTexts]string{
			appendRecord: "SELECT * FROM cvd_record_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
			appendAny:    appendText(),
			keyOwner:     "SELECT * FROM cvd_owner_1($1)",
			claimReady:   "SELECT case_id, lane, ref, at, ready, token, tries FROM cvd_claim_1($1, $2, $3)",
			releaseClaim: "SELECT * FROM cvd_postpone_1($1, $2, $3, $4, $5)",
			loadPublic:   "SELECT * FROM cvd_load_1($1, $2, $3, false)",
			loadPrivate:  "SELECT * FROM cvd_load_1($1, $2, $3, true)",
			newBlob:      "INSERT INTO cvd_blobs (blob_id, size, created) VALUES ($1, NULL, $2) ON CONFLICT DO NOTHING",
			addChunk: "INSERT INTO cvd_chunks (blob_id, n, data) SELECT $1::bytea, $2::bigint, $3::bytea " +
				"WHERE EXISTS (SELECT 1 FROM cvd_blobs WHERE blob_id = $1 AND size IS NULL)",
			finishBlob:   "UPDATE cvd_blobs SET size = $1 WHERE blob_id = $2 AND size IS NULL AND cvd_durable_1()",
			blobSize:     "SELECT size FROM cvd_blobs WHERE blob_id = $1 AND size IS NOT NULL",
			readChunk:    "SELECT data FROM cvd_chunks WHERE blob_id = $1 AND n = $2",
			deleteBlob:   "DELETE FROM cvd_blobs WHERE blob_id = $1",
			deleteChunks: "DELETE FROM cvd_chunks WHERE blob_id = $1",
			listBlobs:    "SELECT blob_id, size, created FROM cvd_blobs WHERE blob_id > $1 AND size IS NOT NULL ORDER BY blob_id LIMIT $2",
			staleBlobs:   "SELECT blob_id FROM cvd_blobs WHERE size IS NULL AND created < $1 LIMIT $2",
			getState:     "SELECT value, version FROM cvd_state WHERE key = $1",
			dropState:    "DELETE FROM cvd_state WHERE key = $1 AND version = $2 AND cvd_durable_1()",
			addState: "INSERT INTO cvd_state (key, value) SELECT $1::bytea, $2::bytea WHERE cvd_durable_1() " +
				"ON CONFLICT DO NOTHING RETURNING version",
			// DEFAULT is the next number of the sequence.
			replaceState: "UPDATE cvd_state SET value = $3, version = DEFAULT WHERE key = $1 AND version = $2 AND cvd_durable_1() RETURNING version",
			stateVersion: "SELECT version FROM cvd_state WHERE key = $1",
			listState:    "SELECT key FROM cvd_state WHERE key >= $1 AND key < $2 AND key > $3 ORDER BY key LIMIT $4",
		},
	}
	for i, text := range d.texts {
		d.texts[i] = d.qualify(text)
	}
	for i, text := range d.compact {
		d.compact[i] = d.qualify(text)
	}
	d.version = d.qualify(d.version)
	return d
}

// sqlState is the condition that the server names. pgx and lib/pq tell it by the
// same method.
func sqlState(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}

// isRepeatable tells whether the server has undone a transaction because of
// another one: repeating it is what it asks for.
func isRepeatable(err error) bool {
	switch sqlState(err) {
	case stateSerialization, stateDeadlock, stateFaster:
		return true
	}
	return false
}

// isUndefined tells whether a schema, table, column or function is not there.
func isUndefined(err error) bool {
	switch sqlState(err) {
	case "3F000", "42P01", "42703", "42883":
		return true
	}
	return false
}

// postgresMark puts an argument of a list into one of two arrays: its texts and
// its numbers.
func postgresMark(b *builder, arg any) string {
	switch v := arg.(type) {
	case []byte:
		b.texts = append(b.texts, v)
		return "$1[" + strconv.Itoa(len(b.texts)) + "]"
	case int64:
		b.numbers = append(b.numbers, v)
	case int:
		b.numbers = append(b.numbers, int64(v))
	}
	return "$2[" + strconv.Itoa(len(b.numbers)) + "]"
}

// postgresList has a list run by the function that plans it anew each time.
func postgresList(b *builder, columns string) (string, []any) {
	return b.d.qualify("SELECT * FROM cvd_list_1($1, $2::text::bytea[], $3::text::bigint[]) AS l (" + columns + ")"),
		[]any{b.d.qualify(b.text.String()), bytesArray(b.texts, nil), numberArray(b.numbers, nil)}
}

// bytesArray writes an array of BYTEA as text, which every driver passes on. Where
// null says so the element is NULL.
func bytesArray(from [][]byte, null func(i int) bool) string {
	size := 2
	for i := range from {
		size += 2*len(from[i]) + 6
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteByte('{')
	const digits = "0123456789abcdef"
	for i := range from {
		if i > 0 {
			b.WriteByte(',')
		}
		if null != nil && null(i) {
			b.WriteString("NULL")
			continue
		}
		b.WriteString(`"\\x`)
		for j := range len(from[i]) {
			c := from[i][j]
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

// numberArray does the same for BIGINT.
func numberArray(from []int64, null func(i int) bool) string {
	b := make([]byte, 0, 8*len(from)+2)
	b = append(b, '{')
	for i, n := range from {
		if i > 0 {
			b = append(b, ',')
		}
		if null != nil && null(i) {
			b = append(b, "NULL"...)
		} else {
			b = strconv.AppendInt(b, n, 10)
		}
	}
	return string(append(b, '}'))
}
