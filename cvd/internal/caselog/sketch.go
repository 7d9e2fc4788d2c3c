package caselog

const SketchSize = 32

const SketchBands = 8

const bandRows = 4

// Mix is the last step of splitmix64.
func Mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
