package sqlstore

import (
	"context"
	"fmt"
	"time"
)

// Dialect names the language and the habits of a database.
type Dialect int

// SQLite is the dialect of SQLite 3.37 and later.
const SQLite Dialect = 0

func (d Dialect) dialect() (*dialect, error) {
	if d != SQLite {
		return nil, fmt.Errorf("sqlstore: unknown dialect %d", int(d))
	}
	return sqlite(), nil
}

// dialect is all that differs between databases.
type dialect struct {
	migrations string   // folder of the embedded migrations
	persistent string   // set once for the database
	connection string   // set on a connection before it writes
	version    string   // creates the table of versions
	compact    []string // statements that remove what was deleted from the files
	texts      [numTexts]string
	join       string             // joins in the order written
	param      func(n int) string // placeholder n of a built query, from 1
	busy       func(error) bool   // another writer is active: try again
	stale      func(error) bool   // another has written since the transaction read: begin again
}

// text is a fixed statement; its arguments are described where it is used.
type text int

const (
	lock text = iota // takes the write lock, changes nothing
	createHead
	moveHead
	keepHead
	insertRecord
	eraseRecord
	dropKey
	takeKey
	keyOwner
	dropTerm
	addTerm
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
	stateVersion
	listState
	numTexts
)

// retry calls f until the database is not locked any more, or ctx ends.
func (d *dialect) retry(ctx context.Context, f func() error) error {
	pause := time.Millisecond
	for {
		err := f()
		if err == nil || !d.busy(err) {
			return err
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("%w while the database was locked", ctx.Err())
		case <-t.C:
		}
		pause = min(2*pause, 20*time.Millisecond)
	}
}
