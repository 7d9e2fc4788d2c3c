package cvd

import (
	"errors"
)

// ErrSecret: the Store was filled under another Config.Secret. Under this one no
// number, Message-ID or name would be found, and known reports would open cases
// again, so nothing is read or written.
var ErrSecret = errors.New("cvd: Config.Secret is not the one that this Store was filled with")
