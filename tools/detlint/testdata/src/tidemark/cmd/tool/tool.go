package tool

import (
	"time"

	"tidemark/core/clean"
)

var started = time.Now()

func run(m map[int]float64) clean.Kind {
	for range m {
	}
	return clean.One.Next()
}
