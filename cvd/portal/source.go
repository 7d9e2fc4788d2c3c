package portal

import (
	"net/http"
	"strings"
)

// Forwarded is for Config.Source behind so many proxies of the host's own, each of which
// appends the address that it sees to X-Forwarded-For. What stands further left is the
// client's own word, and not believed. Where fewer addresses stand there than
// proxies, the request came another way, and the address of the connection counts.
func Forwarded(proxies int) func(*http.Request) string {
	return func(r *http.Request) string {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if proxies < 1 || len(all) < proxies || strings.TrimSpace(all[len(all)-proxies]) == "" {
			return remote(r)
		}
		return network(strings.TrimSpace(all[len(all)-proxies]))
	}
}
