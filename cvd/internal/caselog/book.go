package caselog

import "github.com/cvdkit/cvdkit/cvd"

// Book reads the logs of a Store, and knows the keys by which a case is found.
type Book struct {
	Cfg   cvd.Config
	Guard *GuardedStore // is Cfg.Store
	Cache *Cache
}
