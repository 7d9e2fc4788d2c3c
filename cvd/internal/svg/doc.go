// Package svg is the canvas of the pictures that timelines and measures draw:
// escaped text, its estimated width, and a style that follows the reader's scheme.
package svg
