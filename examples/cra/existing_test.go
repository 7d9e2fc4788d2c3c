package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

// A database as the quickstart leaves it: a file, and the secret beside it.
func TestCaseOfADatabase(t *testing.T) {
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "q.db")
	secret := []byte(strings.Repeat("s", 32))
	require.NoError(t, os.WriteFile(file+".secret", secret, 0o600))
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	store, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite, Now: time.Now})
	require.NoError(t, err)
	require.NoError(t, store.Migrate(ctx))
	svc, err := service.New(cvd.Config{Store: store, Blobs: store.Blobs(), Secret: secret, Team: cvd.Team{Name: "Gateway Security Team"}})
	require.NoError(t, err)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "ada"}, cvd.Open{Title: "Overflow", Origin: cvd.OriginOutbound}, cvd.AddProduct{Name: "Gateway OS", Versions: "7"})
	require.NoError(t, err)
	require.NoError(t, db.Close())

	out, err := output(t, "-db", file, "-case", c.Number)
	require.NoError(t, err)
	require.Contains(t, out, "nothing is suspected")
	dir := t.TempDir()
	out, err = output(t, "-db", file, "-case", c.Number, "-voluntary", "vulnerability", "-out", dir)
	require.NoError(t, err)
	require.Contains(t, out, "Draft of the voluntary report, vulnerability v1")
	require.FileExists(t, filepath.Join(dir, "draft-voluntary.html"))
	out, err = output(t, "-db", file, "-case", c.Number, "-aware", "our logs", "-out", dir)
	require.NoError(t, err)
	require.Contains(t, out, "vulnerability v1: aware")
	page, err := os.ReadFile(filepath.Join(dir, "draft-v1.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "Gateway OS")
	_, err = output(t, "-db", file, "-case", "CVD-1999-00000")
	require.Error(t, err)
}
