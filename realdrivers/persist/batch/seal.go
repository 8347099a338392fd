package batch

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Version is the version of the format that this package writes. It reads no other.
const Version = 1

// The parts of a seal, and of what follows it.
const (
	sealMagic  = "tidemarkbatch\x00"
	versionAt  = len(sealMagic)
	sumAt      = versionAt + 2
	sealSize   = sumAt + sha256.Size
	footerTail = 8 // the footer's length and Parquet's magic number
)

// sealed is the file with a seal in front of its footer.
func sealed(file []byte) []byte {
	at := len(file) - footerTail - int(binary.LittleEndian.Uint32(file[len(file)-footerTail:]))
	out := make([]byte, 0, len(file)+sealSize)
	out = append(out, file[:at]...)
	out = append(out, sealMagic...)
	out = binary.LittleEndian.AppendUint16(out, Version)
	sum := sumOf(file[:at], file[at:])
	out = append(out, sum[:]...)
	return append(out, file[at:]...)
}

// unseal checks a file's seal.
func unseal(file []byte) error {
	if len(file) < sealSize+footerTail {
		return &SealError{Size: len(file)}
	}
	footer := uint64(binary.LittleEndian.Uint32(file[len(file)-footerTail:])) + footerTail
	if footer > uint64(len(file)-sealSize) {
		return &SealError{Size: len(file)}
	}
	end := len(file) - int(footer)
	seal := file[end-sealSize : end]
	if !bytes.Equal(seal[:versionAt], []byte(sealMagic)) {
		return &SealError{Size: len(file)}
	}
	if found := binary.LittleEndian.Uint16(seal[versionAt:]); found != Version {
		return &VersionError{Found: found}
	}
	computed := sumOf(file[:end-sealSize], file[end:])
	if !bytes.Equal(computed[:], seal[sumAt:]) {
		return &ChecksumError{Stored: [sha256.Size]byte(seal[sumAt:]), Computed: computed}
	}
	return nil
}

func sumOf(before, after []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(before)
	h.Write(after)
	return [sha256.Size]byte(h.Sum(nil))
}
