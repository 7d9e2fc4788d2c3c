package cveservices

import (
	"context"
	"net/http"
	"net/url"
)

// An Org is an organisation of the CVE Program.
type Org struct {
	Name      string `json:"name"`       // for people
	ShortName string `json:"short_name"` // Config.Org
	UUID      string `json:"UUID"`       // orgId in records
}

// A User is a user of an organisation.
type User struct {
	Name     string   `json:"username"`       // Config.User
	UUID     string   `json:"UUID,omitempty"` // made by the server
	Active   bool     `json:"active"`         // may log in
	Person   Person   `json:"name"`           // who it is
	Standing Standing `json:"authority"`      // what it may do
}

// A Person is the name of a user.
type Person struct {
	First string `json:"first,omitempty"` // given name
	Last  string `json:"last,omitempty"`  // family name
}

// Standing holds the roles of a user, such as ADMIN.
type Standing struct {
	Roles []string `json:"active_roles,omitempty"` // as the server names them
}

// Org returns the organisation.
func (c *Client) Org(ctx context.Context) (Org, error) {
	var o Org
	err := c.do(ctx, http.MethodGet, c.org(""), nil, nil, &o)
	return o, err
}

// Users returns the users of the organisation.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var out struct{ Users []User }
	err := c.do(ctx, http.MethodGet, c.org("/users"), nil, nil, &out)
	return out.Users, err
}

// CreateUser adds a user, for administrators, and returns its key, which the server
// shows once.
func (c *Client) CreateUser(ctx context.Context, u User) (Secret, error) {
	var out struct {
		Created struct{ Secret string }
	}
	in := map[string]any{"username": u.Name, "name": u.Person}
	if len(u.Standing.Roles) > 0 {
		in["authority"] = u.Standing
	}
	err := c.do(ctx, http.MethodPost, c.org("/user"), nil, in, &out)
	return Secret(out.Created.Secret), err
}

// ResetKey makes a new key for a user and returns it. The old one stops working.
func (c *Client) ResetKey(ctx context.Context, user string) (Secret, error) {
	var out struct {
		Secret string `json:"API-secret"`
	}
	err := c.do(ctx, http.MethodPut, c.org("/user/"+url.PathEscape(user)+"/reset_secret"), nil, nil, &out)
	return Secret(out.Secret), err
}
