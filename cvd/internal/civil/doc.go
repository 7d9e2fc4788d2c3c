// Package civil computes with the days and the instants of a local clock.
package civil
