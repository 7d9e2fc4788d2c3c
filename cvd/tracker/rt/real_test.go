package rt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/tracker/rt"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
)

// root is somebody who works in Request Tracker beside the adapter.
type root struct{ url, password string }

func (r root) call(ctx context.Context, method, path string, in any, out any) error {
	data, _ := json.Marshal(in)
	req, err := http.NewRequestWithContext(ctx, method, r.url+"/REST/2.0"+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.SetBasicAuth("root", r.password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode > 299 {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, body)
	}
	if out != nil {
		return json.Unmarshal(body, out)
	}
	return nil
}

func (r root) person() trackertest.Person {
	set := func(ctx context.Context, ref string, in map[string]string) error {
		return r.call(ctx, "PUT", "/ticket/"+ref, in, nil)
	}
	return trackertest.Person{
		Open: func(ctx context.Context, title, text string) (string, error) {
			var out struct{ ID string }
			err := r.call(ctx, "POST", "/ticket", map[string]string{"Queue": "Security", "Subject": title, "Content": text, "ContentType": "text/plain"}, &out)
			return out.ID, err
		},
		Comment: func(ctx context.Context, ref, text string) error {
			return r.call(ctx, "POST", "/ticket/"+ref+"/comment", map[string]string{"Content": text, "ContentType": "text/plain"}, nil)
		},
		SetStatus: func(ctx context.Context, ref, s string) error { return set(ctx, ref, map[string]string{"Status": s}) },
		SetTitle:  func(ctx context.Context, ref, s string) error { return set(ctx, ref, map[string]string{"Subject": s}) },
		Delete: func(ctx context.Context, ref string) error {
			return set(ctx, ref, map[string]string{"Status": "deleted"})
		},
		Merge: func(ctx context.Context, ref, into string) (string, error) {
			return into, set(ctx, ref, map[string]string{"MergeInto": into})
		},
	}
}

// TestReal runs the suite on the Request Tracker of .ci/services/rt.sh.
func TestReal(t *testing.T) {
	url, token, password := os.Getenv("CVD_TEST_RT"), os.Getenv("CVD_TEST_RT_TOKEN"), os.Getenv("CVD_TEST_RT_ROOT")
	if url == "" {
		t.Skip("no Request Tracker: CVD_TEST_RT, CVD_TEST_RT_TOKEN and CVD_TEST_RT_ROOT are not set; .ci/services/rt.sh starts one")
	}
	c, err := rt.New(rt.Config{URL: url, Token: token, User: "cvd-bot", Queue: "Security"})
	if err != nil {
		t.Fatal(err)
	}
	trackertest.Test(t, func(*testing.T) trackertest.Harness {
		return trackertest.Harness{
			Tracker: c, Person: root{url, password}.person(),
			Statuses: [2]string{"open", "resolved"}, Unknown: "frobbed", Stale: true,
		}
	})
}
