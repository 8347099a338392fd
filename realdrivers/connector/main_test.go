package connector

import (
	"os"
	"testing"

	"example.com/tidemark/internal/testpg"
)

func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }
