// Package plain holds the rules for short texts and names that several rooms share.
package plain
