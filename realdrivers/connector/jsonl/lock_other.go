//go:build !unix

package jsonl

import (
	"context"
	"errors"
	"os"
)

// lock cannot be taken here.
func lock(context.Context, *os.Root, string) (unlock func(), err error) {
	return nil, errors.New("JSON-lines sinks need a system with locks of files that end with their process")
}
