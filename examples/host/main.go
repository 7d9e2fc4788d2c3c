// Host is the smallest whole host of cvd: cases in a SQLite file, an HTTP API that
// takes commands and shows cases as JSON, reminders and mails on their schedule.
//
//	CVD_SECRET=$(head -c 32 /dev/urandom | base64) go run ./examples/host -db host.db
//	curl -H "X-User: alice" -d '{"do": "Receive", "title": "Overflow"}' localhost:8080/cases
package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

func main() {
	file := flag.String("db", "host.db", "the SQLite `FILE` that keeps the cases")
	addr := flag.String("addr", "localhost:8080", "the `ADDRESS` to listen on: put a proxy with TLS and logins before it")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "host takes only flags, and %q is none; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	secret, err := base64.StdEncoding.DecodeString(os.Getenv("CVD_SECRET"))
	if err != nil || len(secret) < 32 {
		log.Fatal("host: CVD_SECRET is to hold 32 random bytes in base64, always the same")
	}
	svc, err := open(context.Background(), *file, secret)
	if err != nil {
		log.Fatal("host: ", err)
	}
	go schedule(context.Background(), svc)
	log.Fatal(http.ListenAndServe(*addr, api(svc)))
}

// open is called once by each process; any number of them may work on one database.
func open(ctx context.Context, file string, secret cvd.Secret) (*service.Service, error) {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(db, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	return service.New(cvd.Config{Store: store, Blobs: store.Blobs(), Secret: secret, Team: cvd.Team{Name: "Example PSIRT"}})
}

// schedule does what falls due. Errors of single cases are for the log.
func schedule(ctx context.Context, svc *service.Service) {
	for range time.Tick(time.Minute) {
		ticked, err := svc.Tick(ctx, 1000)
		sent, err2 := svc.Relay(ctx, 1000)
		if err := cmp.Or(err, err2); err != nil || len(ticked.Problems)+len(sent.Problems) > 0 {
			log.Print("due: ", err, ticked.Problems, sent.Problems)
		}
	}
}
