package redmine_test

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

	"github.com/cvdkit/cvdkit/cvd/tracker/redmine"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
)

// user is somebody who works in Redmine beside the adapter.
type user struct{ url, key string }

func (u user) call(ctx context.Context, method, path string, in, out any) error {
	data, _ := json.Marshal(in)
	req, err := http.NewRequestWithContext(ctx, method, u.url+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("X-Redmine-API-Key", u.key)
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

type object = map[string]any

// join makes a person who manages the project.
func join(ctx context.Context, admin user) (user, error) {
	var made struct{ User struct{ ID int } }
	name := fmt.Sprintf("joe%d", time.Now().UnixNano())
	if err := admin.call(ctx, "POST", "/users.json", object{"user": object{"login": name, "firstname": "Joe", "lastname": "Example", "mail": name + "@example.org", "password": "joepw12345"}}, &made); err != nil {
		return user{}, err
	}
	var roles struct {
		Roles []struct {
			ID   int
			Name string
		}
	}
	if err := admin.call(ctx, "GET", "/roles.json", nil, &roles); err != nil {
		return user{}, err
	}
	if err := admin.call(ctx, "POST", "/projects/security/memberships.json", object{"membership": object{"user_id": made.User.ID, "role_ids": []int{roles.Roles[0].ID}}}, nil); err != nil {
		return user{}, err
	}
	var got struct {
		User struct {
			APIKey string `json:"api_key"`
		}
	}
	err := admin.call(ctx, "GET", "/users/"+strconv.Itoa(made.User.ID)+".json", nil, &got)
	return user{admin.url, got.User.APIKey}, err
}

func (u user) person(admin user) trackertest.Person {
	set := func(ctx context.Context, ref string, in object) error {
		return u.call(ctx, "PUT", "/issues/"+ref+".json", object{"issue": in}, nil)
	}
	ids := map[string]int{"New": 1, "In Progress": 2, "Closed": 5}
	return trackertest.Person{
		Open: func(ctx context.Context, title, text string) (string, error) {
			var out struct{ Issue struct{ ID int } }
			err := u.call(ctx, "POST", "/issues.json", object{"issue": object{"project_id": "security", "subject": title, "description": text}}, &out)
			return strconv.Itoa(out.Issue.ID), err
		},
		Comment:   func(ctx context.Context, ref, text string) error { return set(ctx, ref, object{"notes": text}) },
		SetStatus: func(ctx context.Context, ref, s string) error { return set(ctx, ref, object{"status_id": ids[s]}) },
		SetTitle:  func(ctx context.Context, ref, s string) error { return set(ctx, ref, object{"subject": s}) },
		Delete: func(ctx context.Context, ref string) error {
			return admin.call(ctx, "DELETE", "/issues/"+ref+".json", nil, nil)
		},
	}
}

// TestReal runs the suite on a Redmine: docs/trackers.md says how to start one.
func TestReal(t *testing.T) {
	url, key, field := os.Getenv("CVD_TEST_REDMINE"), os.Getenv("CVD_TEST_REDMINE_KEY"), os.Getenv("CVD_TEST_REDMINE_FIELD")
	if url == "" {
		t.Skip("no Redmine: CVD_TEST_REDMINE, CVD_TEST_REDMINE_KEY and CVD_TEST_REDMINE_FIELD are not set; docs/trackers.md says how to start one")
	}
	n, _ := strconv.Atoi(field)
	c, err := redmine.New(redmine.Config{URL: url, Key: key, Project: "security", Field: n})
	if err != nil {
		t.Fatal(err)
	}
	admin := user{url, key}
	joe, err := join(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	trackertest.Test(t, func(*testing.T) trackertest.Harness {
		return trackertest.Harness{
			Tracker: c, Person: joe.person(admin), Statuses: [2]string{"In Progress", "Closed"}, Unknown: "frobbed", KeepsBody: true,
		}
	})
}
