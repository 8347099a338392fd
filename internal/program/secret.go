package program

import (
	"fmt"
	"os"
	"strings"
)

// Secret is what the value of the flag called name stands for: itself, or with @
// before it the contents of a file. No error repeats the value.
func Secret(name, value string) (string, error) {
	path, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		return value, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--%s: %w", name, err)
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", fmt.Errorf("--%s: the file %s is empty", name, path)
	}
	return strings.TrimSpace(string(text)), nil
}
