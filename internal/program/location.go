package program

import (
	"cmp"
	"fmt"

	"example.com/tidemark/realdrivers/location"
)

// Location is the place that the value of the flag called name stands for, as Secret has
// it; otherwise is that of an empty value. It has one of the accepted schemes.
func Location(name, value, otherwise string, accepted ...location.Scheme) (location.Location, error) {
	text, err := Secret(name, value)
	if err != nil {
		return location.Location{}, err
	}
	l, err := location.Parse(cmp.Or(text, otherwise), accepted...)
	if err != nil {
		return l, fmt.Errorf("--%s: %w", name, err)
	}
	return l, nil
}
