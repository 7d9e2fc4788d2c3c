// Package replay is a server that behaves as CVE Services 2.x was seen to behave, for
// tests and for a first try. It keeps everything in memory and is no CVE Services.
package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is an http.Handler, mounted at the path that Config.URL of the client ends
// with. It is safe for concurrent use.
type Server struct {
	Org, User, Key string           // the only account
	Quota          int              // IDs reserved at a time; 0 for no bound
	Now            func() time.Time // is required
	// PageSize is how many IDs a page of a list has; 0 stands for 500.
	PageSize int
	// Last, if it is set, is the number of the last ID; a request beyond it gets fewer
	// IDs and status 206.
	Last int

	mu      sync.Mutex
	ids     map[string]*id
	records map[string]*record
	next    int
}

type id struct {
	ID       string    `json:"cve_id"`
	Year     string    `json:"cve_year"`
	State    string    `json:"state"`
	Owner    string    `json:"owning_cna"`
	Reserved time.Time `json:"reserved"`
}

type record struct {
	state          string
	cna            map[string]json.RawMessage
	adp            json.RawMessage
	made, modified time.Time
}

const (
	orgUUID    = "11111111-1111-4111-8111-111111111111"
	timeLayout = "2006-01-02T15:04:05.000Z"
)

// refusal is an answer that is not 200.
type refusal struct {
	status        int
	code, message string
	details       any
	ids           []*id // with 206
}

// ServeHTTP answers as CVE Services does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids, s.records, s.next = map[string]*id{}, map[string]*record{}, 10000
	}
	_, path, _ := strings.Cut(r.URL.Path, "/api/")
	out, no := s.route(r, strings.Split(path, "/"))
	w.Header().Set("Content-Type", "application/json")
	if no != nil {
		w.WriteHeader(no.status)
		body := map[string]any{"error": no.code, "message": no.message}
		if no.details != nil {
			body["details"] = no.details
		}
		if no.ids != nil {
			body["cve_ids"] = no.ids
		}
		_ = json.NewEncoder(w).Encode(body)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (s *Server) route(r *http.Request, p []string) (any, *refusal) {
	if p[0] == "health-check" {
		return map[string]string{}, nil
	}
	h := r.Header
	if h.Get("CVE-API-ORG") != s.Org || h.Get("CVE-API-USER") != s.User || h.Get("CVE-API-KEY") != s.Key {
		return nil, &refusal{401, "UNAUTHORIZED", "Unauthorized", nil, nil}
	}
	switch key := r.Method + " " + p[0] + " " + strconv.Itoa(len(p)); {
	case key == "POST cve-id 1":
		return s.reserve(r)
	case key == "GET cve-id 1":
		return s.list(r)
	case key == "GET cve-id 2":
		if x := s.ids[p[1]]; x != nil {
			return x, nil
		}
		return nil, &refusal{404, "CVE_ID_NOT_FOUND", "The CVE ID was not found.", nil, nil}
	case key == "PUT cve-id 2":
		return s.change(r, p[1])
	case key == "GET cve 2":
		return s.get(p[1])
	case len(p) == 3 && p[0] == "cve" && (r.Method == "POST" || r.Method == "PUT"):
		return s.write(r, p[1], p[2])
	case p[0] == "org" && len(p) >= 2:
		return s.org(r, p[1:])
	}
	return nil, &refusal{404, "NOT_FOUND", "no such endpoint", nil, nil}
}

func (s *Server) org(r *http.Request, p []string) (any, *refusal) {
	if p[0] != s.Org {
		return nil, &refusal{403, "NOT_SAME_ORG_OR_SECRETARIAT", "This information can only be viewed by the users of the same organization.", nil, nil}
	}
	switch {
	case len(p) == 1:
		return map[string]string{"name": s.Org, "short_name": s.Org, "UUID": orgUUID}, nil
	case p[1] == "id_quota":
		n := 0
		for _, x := range s.ids {
			if x.State == "RESERVED" {
				n++
			}
		}
		return map[string]int{"id_quota": s.Quota, "total_reserved": n, "available": s.Quota - n}, nil
	case p[1] == "users":
		return map[string]any{"users": []any{map[string]any{"username": s.User, "active": true}}}, nil
	case r.Method == "PUT" && len(p) == 4 && p[3] == "reset_secret":
		s.Key += "-next"
		return map[string]string{"API-secret": s.Key}, nil
	}
	return nil, &refusal{404, "NOT_FOUND", "no such endpoint", nil, nil}
}

func (s *Server) reserve(r *http.Request) (any, *refusal) {
	q := r.URL.Query()
	n, err := strconv.Atoi(q.Get("amount"))
	if err != nil || n < 1 {
		return nil, &refusal{400, "BAD_INPUT", "amount", nil, nil}
	}
	if year, err := strconv.Atoi(q.Get("cve_year")); err != nil || year < 1999 || year > s.Now().Year()+1 {
		return nil, &refusal{403, "CANNOT_RESERVE_FOR_YEAR", "IDs of the year cannot be reserved.", nil, nil}
	}
	if n > 1 && q.Get("batch_type") == "" {
		return nil, &refusal{400, "NO_BATCH_TYPE", "The batch type must be given.", nil, nil}
	}
	if n > 10 && q.Get("batch_type") == "nonsequential" {
		return nil, &refusal{403, "OVER_NONSEQUENTIAL_MAX_AMOUNT", "A non-sequential request is limited to 10.", nil, nil}
	}
	if q.Get("short_name") == "" {
		return nil, &refusal{400, "NO_ORG_SHORTNAME", "The short_name query parameter is required to reserve CVE IDs.", nil, nil}
	}
	reserved := 0
	for _, x := range s.ids {
		if x.State == "RESERVED" {
			reserved++
		}
	}
	if s.Quota > 0 && reserved+n > s.Quota {
		return nil, &refusal{403, "EXCEEDED_ID_QUOTA", "The quota is exceeded.", nil, nil}
	}
	short := false
	var list []*id
	for range n {
		if short = s.Last > 0 && s.next >= s.Last; short {
			break
		}
		s.next++
		x := &id{fmt.Sprintf("CVE-%s-%d", q.Get("cve_year"), s.next), q.Get("cve_year"), "RESERVED", s.Org, s.Now().UTC()}
		s.ids[x.ID] = x
		list = append(list, x)
		if q.Get("batch_type") != "sequential" {
			s.next += 7
		}
	}
	if short {
		no := &refusal{206, "RESERVED_PARTIAL_AMOUNT", "Only a partial amount of CVE IDs were reserved.", nil, nil}
		no.ids = list
		return nil, no
	}
	return map[string]any{"cve_ids": list}, nil
}

func (s *Server) list(r *http.Request) (any, *refusal) {
	q := r.URL.Query()
	var all []*id
	for _, x := range s.ids {
		if v := q.Get("state"); v != "" && x.State != v {
			continue
		}
		if v := q.Get("cve_id_year"); v != "" && x.Year != v {
			continue
		}
		if v := q.Get("time_reserved.gt"); v != "" {
			if t, err := time.Parse(time.RFC3339, v); err == nil && !x.Reserved.After(t) {
				continue
			}
		}
		all = append(all, x)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	size := s.PageSize
	if size == 0 {
		size = 500
	}
	page, _ := strconv.Atoi(q.Get("page"))
	page = max(page, 1)
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	out := map[string]any{"cve_ids": append([]*id{}, all[from:to]...)}
	if len(all) > size { // the members of pages are there only where there are pages
		out["totalCount"], out["itemsPerPage"], out["currentPage"], out["nextPage"] = len(all), size, page, nil
		if to < len(all) {
			out["nextPage"] = page + 1
		}
	}
	return out, nil
}

func (s *Server) change(r *http.Request, name string) (any, *refusal) {
	x := s.ids[name]
	if x == nil {
		return nil, &refusal{404, "CVE_ID_NOT_FOUND", "The CVE ID was not found.", nil, nil}
	}
	q := r.URL.Query()
	if state := q.Get("state"); state != "" {
		if s.records[name] != nil {
			return nil, &refusal{403, "CANNOT_CHANGE_CVE_ID_WITH_RECORD", "The state of a CVE ID with a record cannot be changed.", nil, nil}
		}
		if state != "RESERVED" && state != "REJECTED" {
			return nil, &refusal{400, "BAD_INPUT", "state", nil, nil}
		}
		x.State = state
	}
	if org := q.Get("org"); org != "" {
		x.Owner = org
	}
	return map[string]any{"message": name + " was updated.", "updated": x}, nil
}

func (s *Server) get(name string) (any, *refusal) {
	rec := s.records[name]
	if rec == nil {
		return nil, &refusal{404, "CVE_RECORD_DNE", "The CVE record does not exist.", nil, nil}
	}
	containers := map[string]any{"cna": rec.cna}
	if rec.adp != nil {
		containers["adp"] = []json.RawMessage{rec.adp}
	}
	meta := map[string]string{
		"cveId": name, "assignerOrgId": orgUUID, "assignerShortName": s.Org, "state": rec.state,
		"dateUpdated": rec.modified.UTC().Format(timeLayout),
	}
	return map[string]any{"dataType": "CVE_RECORD", "dataVersion": "5.2", "cveMetadata": meta, "containers": containers}, nil
}

func (s *Server) write(r *http.Request, name, part string) (any, *refusal) {
	x := s.ids[name]
	if x == nil {
		return nil, &refusal{400, "CVEID_DNE", "The cve id does not exist.", nil, nil}
	}
	if x.Owner != s.Org {
		return nil, &refusal{403, "CVEID_ORG_DOES_NOT_MATCH", "The cve id owning org does not match user org.", nil, nil}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return nil, &refusal{400, "BAD_INPUT", "body", nil, nil}
	}
	var in struct {
		CNA map[string]json.RawMessage `json:"cnaContainer"`
		ADP json.RawMessage            `json:"adpContainer"`
	}
	if json.Unmarshal(body, &in) != nil || in.CNA == nil && part != "adp" {
		return nil, &refusal{400, "INVALID_JSON_SCHEMA", "CVE JSON schema validation FAILED", nil, nil}
	}
	old := s.records[name]
	status := 403
	if part == "reject" {
		status = 400
	}
	if r.Method == "POST" && old != nil {
		return nil, &refusal{status, "CVE_RECORD_EXISTS", "The cve record for the cve id already exists.", nil, nil}
	}
	if r.Method == "PUT" && old == nil {
		return nil, &refusal{status, "CVE_RECORD_DNE", "The cve record for the cve id does not exist.", nil, nil}
	}
	if part == "adp" {
		old.adp = in.ADP
		return map[string]string{"message": name + " was updated."}, nil
	}
	if no := s.refuse(in.CNA, part); no != nil {
		return nil, no
	}
	now := s.Now()
	// The server overwrites who it is.
	in.CNA["providerMetadata"], _ = json.Marshal(map[string]string{
		"orgId": orgUUID, "shortName": s.Org, "dateUpdated": now.UTC().Format(timeLayout),
	})
	state := "PUBLISHED"
	if part == "reject" {
		state = "REJECTED"
	}
	rec := &record{state: state, cna: in.CNA, made: now, modified: now}
	if old != nil {
		rec.made, rec.adp = old.made, old.adp
	}
	s.records[name], x.State = rec, state
	return map[string]string{"message": name + " record was written."}, nil
}

// refuse is the part of the server's validation that clients meet most.
func (s *Server) refuse(cna map[string]json.RawMessage, part string) *refusal {
	type fault struct {
		InstancePath string `json:"instancePath"`
		Keyword      string `json:"keyword"`
		Message      string `json:"message"`
	}
	bad := func(path, keyword, message string) *refusal {
		return &refusal{400, "INVALID_JSON_SCHEMA", "CVE JSON schema validation FAILED", map[string]any{"errors": []fault{{path, keyword, message}}}, nil}
	}
	need := []string{"descriptions", "affected", "references"}
	if part == "reject" {
		need = []string{"rejectedReasons"}
	}
	for _, n := range need {
		if cna[n] == nil {
			return bad("/cnaContainer", "required", "must have required property '"+n+"'")
		}
	}
	for name, v := range cna {
		var items []json.RawMessage
		if json.Unmarshal(v, &items) != nil {
			continue
		}
		seen := map[string]bool{}
		for _, i := range items {
			var v any
			_ = json.Unmarshal(i, &v)
			b, _ := json.Marshal(v)
			if seen[string(b)] {
				return bad("/cnaContainer/"+name, "uniqueItems", "must NOT have duplicate items")
			}
			seen[string(b)] = true
		}
	}
	type param struct {
		Msg      string `json:"msg"`
		Param    string `json:"param"`
		Location string `json:"location"`
	}
	input := func(name, message string) *refusal {
		return &refusal{400, "BAD_INPUT", "Parameters were invalid", []param{{message, "cnaContainer." + name, "body"}}, nil}
	}
	texts := "descriptions"
	if part == "reject" {
		texts = "rejectedReasons"
	}
	var list []struct{ Lang, Value string }
	_ = json.Unmarshal(cna[texts], &list)
	english := map[string]bool{}
	for _, t := range list {
		lang := strings.ToLower(t.Lang)
		if english[lang] && strings.HasPrefix(lang, "en") {
			return input(texts, "Cannot have more than one English language entry in 'cnaContainer."+texts+"'")
		}
		english[lang] = true
		if strings.TrimSpace(t.Value) == "" {
			return input(texts, "Invalid value")
		}
	}
	var date string
	if json.Unmarshal(cna["datePublic"], &date) == nil {
		// A day of grace, for clocks and time zones.
		if t, err := time.Parse(time.RFC3339, date); err == nil && t.AddDate(0, 0, -1).After(s.Now()) {
			return input("datePublic", "datePublic cannot be a future date")
		}
	}
	return nil
}

// Reserved returns the IDs in state RESERVED, sorted, for tests.
func (s *Server) Reserved() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, x := range s.ids {
		if x.State == "RESERVED" {
			list = append(list, x.ID)
		}
	}
	sort.Strings(list)
	return list
}
