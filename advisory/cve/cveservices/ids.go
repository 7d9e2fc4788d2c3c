package cveservices

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The states of a CVE ID.
const (
	Reserved  = "RESERVED"
	Published = "PUBLISHED"
	Rejected  = "REJECTED"
)

// An ID is a CVE ID as the server knows it.
type ID struct {
	ID       string    `json:"cve_id"`
	Year     string    `json:"cve_year"`
	State    string    `json:"state"`
	Owner    string    `json:"owning_cna"`
	Reserved time.Time `json:"reserved"`
}

// MaxNonsequential is how many IDs out of sequence one request may reserve.
const MaxNonsequential = 10

// A Reservation asks for CVE IDs.
type Reservation struct {
	Count int // at least 1
	Year  int // 0 stands for that of Config.Now
	// Sequential asks for IDs that follow each other. They let readers guess what
	// belongs together, so the default is not to.
	Sequential bool
}

// Reserve reserves IDs. After ErrUnknown they may be reserved: ask List, or use a
// Pool. With an error of CodePartial fewer were left in the year than asked for, and
// those that were reserved are returned.
func (c *Client) Reserve(ctx context.Context, r Reservation) ([]ID, error) {
	if r.Count < 1 || !r.Sequential && r.Count > MaxNonsequential {
		return nil, fmt.Errorf("cveservices: %d IDs cannot be reserved; without Sequential 1 to %d can", r.Count, MaxNonsequential)
	}
	if r.Year == 0 {
		r.Year = c.cfg.Now().UTC().Year()
	}
	q := url.Values{
		"amount": {strconv.Itoa(r.Count)}, "cve_year": {strconv.Itoa(r.Year)}, "short_name": {c.cfg.Org},
	}
	if r.Sequential {
		q.Set("batch_type", "sequential")
	} else if r.Count > 1 {
		q.Set("batch_type", "nonsequential")
	}
	var out struct {
		IDs []ID `json:"cve_ids"`
	}
	err := c.do(ctx, http.MethodPost, "/cve-id", q, nil, &out)
	return out.IDs, err
}

// A Filter narrows List. The zero value lists all.
type Filter struct {
	State         string
	Year          int
	ReservedAfter time.Time
}

// maxPages bounds a listing.
const maxPages = 10_000

// List lists the IDs of the organisation, over all pages.
func (c *Client) List(ctx context.Context, f Filter) ([]ID, error) {
	var all []ID
	q := url.Values{}
	if f.State != "" {
		q.Set("state", f.State)
	}
	if f.Year != 0 {
		q.Set("cve_id_year", strconv.Itoa(f.Year))
	}
	if !f.ReservedAfter.IsZero() {
		q.Set("time_reserved.gt", f.ReservedAfter.UTC().Format(time.RFC3339))
	}
	for page := 1; page <= maxPages; {
		q.Set("page", strconv.Itoa(page))
		var out struct {
			IDs  []ID `json:"cve_ids"`
			Next *int `json:"nextPage"`
		}
		if err := c.do(ctx, http.MethodGet, "/cve-id", q, nil, &out); err != nil {
			return all, err
		}
		all = append(all, out.IDs...)
		if out.Next == nil || *out.Next <= page {
			return all, nil
		}
		page = *out.Next
	}
	return all, fmt.Errorf("cveservices: more than %d pages", maxPages)
}

// Count counts the organisation's IDs in a state.
func (c *Client) Count(ctx context.Context, f Filter) (int, error) {
	list, err := c.List(ctx, f)
	return len(list), err
}

// Get returns one ID.
func (c *Client) Get(ctx context.Context, id string) (ID, error) {
	var out ID
	err := c.do(ctx, http.MethodGet, "/cve-id/"+url.PathEscape(id), nil, nil, &out)
	return out, err
}

// SetState changes the state of an ID that has no record: RESERVED or REJECTED. With
// a record the server refuses it with CodeNoState; see Publish and Reject.
func (c *Client) SetState(ctx context.Context, id, state string) error {
	return c.do(ctx, http.MethodPut, "/cve-id/"+url.PathEscape(id), url.Values{"state": {state}}, nil, nil)
}

// Transfer gives an ID to another organisation.
func (c *Client) Transfer(ctx context.Context, id, org string) error {
	return c.do(ctx, http.MethodPut, "/cve-id/"+url.PathEscape(id), url.Values{"org": {org}}, nil, nil)
}

// A Quota says how many IDs may be reserved at a time.
type Quota struct {
	Limit     int `json:"id_quota"`
	Reserved  int `json:"total_reserved"`
	Available int `json:"available"`
}

// Quota returns the organisation's quota.
func (c *Client) Quota(ctx context.Context) (Quota, error) {
	var q Quota
	err := c.do(ctx, http.MethodGet, c.org("/id_quota"), nil, nil, &q)
	return q, err
}
