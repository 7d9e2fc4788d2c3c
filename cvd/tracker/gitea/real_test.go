package gitea_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker/gitea"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
)

// person is somebody who works in Gitea beside the adapter.
type person struct{ url, name, password, token, repo string }

type object = map[string]any

func (p person) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, _ := json.Marshal(in)
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.url+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if p.token != "" {
		req.Header.Set("Authorization", "token "+p.token)
	} else {
		req.SetBasicAuth(p.name, p.password)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	if resp.StatusCode > 299 {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, got)
	}
	if out != nil {
		return json.Unmarshal(got, out)
	}
	return nil
}

func (p person) person() trackertest.Person {
	edit := func(ctx context.Context, ref string, in object) error {
		return p.call(ctx, "PATCH", p.repo+"/issues/"+ref, in, nil)
	}
	return trackertest.Person{
		Open: func(ctx context.Context, title, text string) (string, error) {
			var out struct{ Number int }
			err := p.call(ctx, "POST", p.repo+"/issues", object{"title": title, "body": text}, &out)
			return strconv.Itoa(out.Number), err
		},
		Comment: func(ctx context.Context, ref, text string) error {
			return p.call(ctx, "POST", p.repo+"/issues/"+ref+"/comments", object{"body": text}, nil)
		},
		SetStatus: func(ctx context.Context, ref, s string) error { return edit(ctx, ref, object{"state": s}) },
		SetTitle:  func(ctx context.Context, ref, s string) error { return edit(ctx, ref, object{"title": s}) },
		Delete: func(ctx context.Context, ref string) error {
			return p.call(ctx, "DELETE", p.repo+"/issues/"+ref, nil, nil)
		},
	}
}

// TestReal runs the suite on a Gitea or Forgejo: docs/trackers.md says how to start
// one. The token is an administrator's.
func TestReal(t *testing.T) {
	url, token := os.Getenv("CVD_TEST_GITEA"), os.Getenv("CVD_TEST_GITEA_TOKEN")
	if url == "" {
		t.Skip("no Gitea: CVD_TEST_GITEA and CVD_TEST_GITEA_TOKEN are not set; docs/trackers.md says how to start one")
	}
	ctx := t.Context()
	admin := person{url: url, token: token}
	var me struct{ Login string }
	if err := admin.call(ctx, "GET", "/user", nil, &me); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("r%d", time.Now().UnixNano())
	joe := person{url: url, name: "joe" + name, password: "joepw12345"}
	joe.repo = "/repos/" + me.Login + "/" + name
	for _, x := range []struct {
		method, path string
		in           object
	}{
		{"POST", "/user/repos", object{"name": name, "private": true, "auto_init": true}},
		{"POST", "/admin/users", object{"username": joe.name, "email": joe.name + "@example.org", "password": joe.password, "must_change_password": false}},
		{"PUT", joe.repo + "/collaborators/" + joe.name, object{"permission": "admin"}},
	} {
		if err := admin.call(ctx, x.method, x.path, x.in, nil); err != nil {
			t.Fatal(err)
		}
	}
	c, err := gitea.New(gitea.Config{URL: url, Token: token, Owner: me.Login, Repo: name})
	if err != nil {
		t.Fatal(err)
	}
	trackertest.Test(t, func(*testing.T) trackertest.Harness {
		return trackertest.Harness{
			Tracker: c, Person: joe.person(), Statuses: [2]string{"open", "closed"}, Unknown: "frobbed", KeepsBody: true,
		}
	})
}
