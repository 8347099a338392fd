package batch

import "fmt"

// SealError is a file that is cut short, or that never was a batch.
type SealError struct {
	// Size of the file in bytes.
	Size int
}

// Error implements error.
func (e *SealError) Error() string {
	return fmt.Sprintf("batch: no seal is in front of the footer: the file of %d bytes is cut short, or is none of this program's", e.Size)
}

// VersionError is a file in another version of the format.
type VersionError struct{ Found uint16 }

// Error implements error.
func (e *VersionError) Error() string {
	return fmt.Sprintf("batch: the file has format version %d, and this program reads %d: it was written by another version of it", e.Found, Version)
}

// ChecksumError is a file whose bytes are not those that were written.
type ChecksumError struct{ Stored, Computed [32]byte }

// Error implements error.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("batch: the file's SHA-256 is %x, and its seal says %x", e.Computed, e.Stored)
}

// FormatError is a file with a seal that is right and contents that make no sense.
type FormatError struct{ Err error }

// Error implements error.
func (e *FormatError) Error() string { return "batch: the file cannot be decoded: " + e.Err.Error() }

// Unwrap implements errors.Unwrap.
func (e *FormatError) Unwrap() error { return e.Err }
