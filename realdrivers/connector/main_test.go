package connector

import (
	"testing"

	"go.uber.org/goleak"

	"example.com/tidemark/internal/testpg"
)

// mainOf ends the tests' server before goroutines are counted.
type mainOf struct{ m *testing.M }

func (m mainOf) Run() int { return testpg.Main(m.m) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(mainOf{m}) }
