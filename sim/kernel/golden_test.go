package kernel

// Outputs of the generator, frozen.
const (
	goldenZero    = 0xc4c8bb9f6ef7e511
	goldenPurpose = 0x368f098056506958
	goldenNode    = 0xaabc6494848db72d
	goldenCause   = 0xb2d317e713573535
	goldenNth     = 0xc28fbad585be93b8
)
