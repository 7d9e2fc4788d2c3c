// Package gocloudblob keeps attachments and original messages on object storage: it
// makes a [storage.BlobStore] of a bucket of gocloud.dev/blob, which speaks to Amazon S3
// and what is compatible with it, to Google Cloud Storage, to Azure Blob Storage and to
// folders.
//
//	bucket, err := blob.OpenBucket(ctx, "s3://cvd-files?region=eu-central-1")
//	…
//	defer bucket.Close()
//	files, err := gocloudblob.New(bucket, gocloudblob.Options{Prefix: "files/"})
//	svc, err := service.New(cvd.Config{Store: store, Blobs: files, …})
//
// The host opens the bucket, imports its driver and closes it. This is a module of its
// own, so that hosts without object storage do not inherit it.
//
// # What the bucket must give
//
//   - Nobody but the service reads it: without a Sealer the files lie there in clear.
//   - A write that only creates ([blob.WriterOptions].IfNotExist): of the S3-compatible
//     servers some old ones lack it and overwrite. Names are random, so that nothing is
//     overwritten but by a fault.
//   - A rule that removes multipart uploads which were begun and not ended, after a day:
//     a process that died leaves them behind, unseen and paid for.
//   - No rule that removes or moves objects by age. Service.Sweep removes what no case
//     names. With versioning, erased files stay as old versions until a rule removes
//     those, too.
//
// A database and a bucket have no common transaction, and need none: a file is written
// before the record that names it, and removed after the record of its erasure.
package gocloudblob
