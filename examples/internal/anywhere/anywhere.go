// Package anywhere parses command lines on which flags may stand behind files.
package anywhere

import "flag"

// Parse is fs.Parse, which ends at the first argument that is no flag, for flags
// anywhere. What follows "--" is no flag.
func Parse(fs *flag.FlagSet, args []string) error {
	var files []string
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		rest := fs.Args()
		if n := len(args) - len(rest); len(rest) == 0 || n > 0 && args[n-1] == "--" {
			files = append(files, rest...)
			break
		}
		files, args = append(files, rest[0]), rest[1:]
	}
	return fs.Parse(append([]string{"--"}, files...)) // for fs.Args
}
