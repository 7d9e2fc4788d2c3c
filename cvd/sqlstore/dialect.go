package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Dialect names the language and the habits of a database.
type Dialect int

const (
	// SQLite is the dialect of SQLite 3.37 and later.
	SQLite Dialect = iota
	// PostgreSQL is the dialect of PostgreSQL 13 and later, with PL/pgSQL, which
	// every installation has.
	PostgreSQL
)

// schemaName is what Options.Schema may be. It is quoted none the less.
var schemaName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

func (o *Options) dialect() (*dialect, error) {
	switch {
	case o.Dialect == SQLite && o.Schema != "":
		return nil, errors.New("sqlstore: SQLite has no schemas; leave Options.Schema empty")
	case o.Dialect == SQLite:
		return sqlite(), nil
	case o.Dialect != PostgreSQL:
		return nil, fmt.Errorf("sqlstore: unknown dialect %d", int(o.Dialect))
	case o.Schema == "":
		return postgres("public"), nil
	case !schemaName.MatchString(o.Schema):
		return nil, errors.New("sqlstore: Options.Schema takes a letter or underscore and up to 62 letters, digits and underscores")
	}
	return postgres(o.Schema), nil
}

// dialect is all that differs between databases.
type dialect struct {
	migrations string   // folder of the embedded migrations
	schema     string   // that holds the tables, if the database has schemas
	prefix     string   // replaces cvd_ in names, so that they are qualified
	recent     bool     // terms of new cases wait in cvd_recent
	shared     bool     // the database lets several write at once: no lock of this process, no shared transaction
	persistent string   // set once for the database
	connection string   // set on a connection before it writes for the first time
	durable    string   // set on a connection before each transaction
	version    string   // creates the table of versions
	compact    []string // statements that remove what was deleted from the files
	texts      [numTexts]string
	heads      string                           // joins the head h to each case of c, in this order
	apart      string                           // ends a subquery that is looked up for each row, and not turned into a join
	mark       func(b *builder, arg any) string // the placeholder of an argument of a built query
	list       func(b *builder, columns string) (string, []any)
	busy       func(error) bool // another writer is active: try again
	stale      func(error) bool // another has written since the transaction read: begin again
	repeat     func(error) bool // the database undid what was done, because of another: do it again
	missing    func(error) bool // the tables are of another version
}

// text is a fixed statement; its arguments are described where it is used.
type text int

const (
	lock         text = iota // takes the write lock, changes nothing
	appendRecord             // PostgreSQL
	appendAny                // PostgreSQL
	moveHead
	keepHead
	eraseRecord
	dropKey
	keyOwner
	dropTerm
	getRecent // SQLite, as the next
	setRecent
	dropRecent
	allRecent
	clearRecent
	enqueue
	settle
	promote
	claimReady
	releaseClaim
	loadPublic
	loadPrivate
	newBlob
	addChunk
	finishBlob
	blobSize
	readChunk
	deleteBlob
	deleteChunks
	listBlobs
	staleBlobs
	getState
	dropState
	addState
	replaceState // "": dropState and addState
	stateVersion
	listState
	numFixed
)

// numTexts is how many statements there are, those of rows among them.
const numTexts = numFixed + text(numRows)*text(len(rowForms))

// qualify puts the names of a text into the schema.
func (d *dialect) qualify(text string) string {
	if d.prefix == "" {
		return text
	}
	return strings.ReplaceAll(text, "cvd_", d.prefix)
}

// maxRepeats bounds how often the database may undo a call because of others. It
// is far above what fair contention needs.
const maxRepeats = 20

// again calls f until the database does not undo it any more.
func (d *dialect) again(ctx context.Context, f func() error) error {
	pause := time.Millisecond
	for n := 1; ; n++ {
		err := f()
		if err == nil || !d.repeat(err) {
			return err
		}
		if n == maxRepeats {
			return fmt.Errorf("%w: undone %d times: %w", storage.ErrConflict, n, err)
		}
		if !wait(ctx, pause) {
			return fmt.Errorf("%w while others were faster", ctx.Err())
		}
		pause = min(2*pause, 50*time.Millisecond)
	}
}

// wait reports false if ctx ended first.
func wait(ctx context.Context, pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// retry calls f until the database is not locked any more, or ctx ends.
func (d *dialect) retry(ctx context.Context, f func() error) error {
	pause := time.Millisecond
	for {
		err := f()
		if err == nil || !d.busy(err) {
			return err
		}
		if !wait(ctx, pause) {
			return fmt.Errorf("%w while the database was locked", ctx.Err())
		}
		pause = min(2*pause, 20*time.Millisecond)
	}
}
