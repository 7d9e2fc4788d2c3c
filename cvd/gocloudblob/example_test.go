package gocloudblob_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/memblob" // the driver of mem://; of S3 it is gocloud.dev/blob/s3blob

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/gocloudblob"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func Example() {
	ctx := context.Background()
	bucket, err := blob.OpenBucket(ctx, "mem://") // s3://cvd-files?region=eu-central-1
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bucket.Close()
	files, err := gocloudblob.New(bucket, gocloudblob.Options{Prefix: "files/"})
	if err != nil {
		fmt.Println(err)
		return
	}
	svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: files, Secret: make([]byte, 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := svc.Do(ctx, storage.CaseID{}, cvd.By{Actor: "alice"}, cvd.Receive{
		Title: "Overflow in frobd", Files: []cvd.File{{Name: "crash.txt", Content: strings.NewReader("SIGSEGV")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := svc.Attachment(ctx, c.ID, cvd.Viewer{Team: true}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	text, _ := io.ReadAll(r)
	fmt.Printf("%s\n", text)
	// Output: SIGSEGV
}
