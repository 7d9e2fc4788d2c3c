package cveservices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The addresses of the CVE Program.
const (
	Production = "https://cveawg.mitre.org/api"
	Test       = "https://cveawg-test.mitre.org/api"
)

// maxAnswer bounds an answer of the server, in bytes.
const maxAnswer = 32 << 20

// A Secret is an API key. It prints as [redacted].
type Secret string

const redacted = "[redacted]"

// Format implements fmt.Formatter.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Config says which server, and as whom. All fields but HTTP are required.
type Config struct {
	// URL is Production, Test, or that of a server of your own. It must be https;
	// http is for loopback addresses only.
	URL string
	// Org is the CNA's short name, User the user name, and Key the API key.
	Org, User string
	Key       Secret // of User; sent to the server, and printed nowhere
	// HTTP makes the requests. Its redirects are not followed: the key would go with
	// them.
	HTTP *http.Client
	// Now is the clock.
	Now func() time.Time
}

// A Client talks to CVE Services.
type Client struct {
	cfg  Config
	http http.Client
}

// New checks the configuration. It connects to nothing.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("cveservices: Config.URL must be an https URL")
	}
	if cfg.Org == "" || cfg.User == "" || cfg.Key == "" || cfg.Now == nil || cfg.HTTP == nil {
		return nil, errors.New("cveservices: Config needs Org, User, Key, HTTP and Now")
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	c := &Client{cfg: cfg, http: *cfg.HTTP}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// Error is a refusal of the server.
type Error struct {
	Status  int      // of HTTP
	Code    string   // such as CVE_RECORD_EXISTS
	Message string   // the server's words
	Details []Detail // which parts of the record it refuses; may be empty
}

// A Detail is one fault of a request that the server named.
type Detail struct {
	Path    string // JSON pointer into the container, or the name of a parameter
	Message string // the server's words
	Keyword string // of the JSON schema, such as uniqueItems; "" for other checks
}

// Error says what the server refused, with its status and code.
func (e *Error) Error() string {
	s := fmt.Sprintf("cveservices: status %d", e.Status)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	for _, d := range e.Details {
		s += fmt.Sprintf("; %s %s", d.Path, d.Message)
	}
	return s
}

// The codes that callers branch on.
const (
	CodeRecordExists = "CVE_RECORD_EXISTS"
	CodeRecordAbsent = "CVE_RECORD_DNE"
	CodeNoState      = "CANNOT_CHANGE_CVE_ID_WITH_RECORD"
	CodeQuota        = "EXCEEDED_ID_QUOTA"
	CodePartial      = "RESERVED_PARTIAL_AMOUNT" // fewer IDs than asked for; they are returned
	CodeBusy         = "RESERVATION_IN_PROGRESS" // another request of the organisation; try again
)

// IsCode reports whether err is an *Error with the code.
func IsCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// ErrUnknown means that no answer came: the request may have been done or not.
// Calls that look first, such as Publish and those of a Pool, may be repeated.
var ErrUnknown = errors.New("cveservices: the outcome of the request is not known")

func (c *Client) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	u := c.cfg.URL + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, u, body)
	if err != nil {
		return err
	}
	r.Header.Set("CVE-API-ORG", c.cfg.Org)
	r.Header.Set("CVE-API-USER", c.cfg.User)
	r.Header.Set("CVE-API-KEY", string(c.cfg.Key))
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(r)
	if err != nil {
		var refused *net.OpError
		if errors.As(err, &refused) && refused.Op == "dial" {
			return err // nothing was sent
		}
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil || len(b) > maxAnswer {
		return fmt.Errorf("%w: the answer broke off or is too long", ErrUnknown)
	}
	if res.StatusCode != http.StatusOK {
		if res.StatusCode == http.StatusPartialContent && out != nil {
			_ = json.Unmarshal(b, out)
		}
		return readError(res.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%w: the answer is not JSON of CVE Services", ErrUnknown)
	}
	return nil
}

func readError(status int, body []byte) error {
	e := &Error{Status: status}
	var in struct {
		Error, Message string
		Details        json.RawMessage
	}
	if json.Unmarshal(body, &in) != nil {
		return e
	}
	e.Code, e.Message = in.Error, in.Message
	var schema struct {
		Errors []struct{ InstancePath, Message, Keyword string }
	}
	if json.Unmarshal(in.Details, &schema) == nil {
		for _, x := range schema.Errors {
			e.Details = append(e.Details, Detail{x.InstancePath, x.Message, x.Keyword})
		}
	}
	var params []struct{ Msg, Param string }
	if json.Unmarshal(in.Details, &params) == nil {
		for _, x := range params {
			e.Details = append(e.Details, Detail{Path: x.Param, Message: x.Msg})
		}
	}
	return e
}

func (c *Client) org(path string) string { return "/org/" + url.PathEscape(c.cfg.Org) + path }

// Ping asks whether the server is there. It needs no account.
func (c *Client) Ping(ctx context.Context) error {
	return c.do(ctx, http.MethodGet, "/health-check", nil, nil, nil)
}
