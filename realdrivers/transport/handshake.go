package transport

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"example.com/tidemark/core"
	"example.com/tidemark/core/clock"
)

// protocolName is the first thing that a host says.
const protocolName = "tidemark-host"

// greeting is what a host says to whoever connects.
type greeting struct {
	Protocol  string `json:"protocol"`
	Version   int    `json:"version"`
	Challenge string `json:"challenge"`
}

// hello is what a controller answers. All versions have these fields.
type hello struct {
	Version   int    `json:"version"`
	Host      string `json:"host"`
	Epoch     uint64 `json:"epoch"`
	Nonce     uint64 `json:"nonce"`
	Wall      int64  `json:"wall_ms"`
	Challenge string `json:"challenge"`
}

func (h *hello) session() core.Session { return core.Session{Epoch: h.Epoch, Nonce: h.Nonce} }

func (h *hello) core() core.Hello {
	return core.Hello{Session: h.session(), Wall: clock.Wall(h.Wall)}
}

// refusal is why a host does not want a session.
type refusal struct {
	Reason  Reason `json:"reason"`
	Version int    `json:"version"`
	// Host that listens, for RefusedHost.
	Host string `json:"host,omitempty"`
	// Epoch and Nonce that the host belongs to, for RefusedFenced.
	Epoch uint64 `json:"epoch,omitempty"`
	Nonce uint64 `json:"nonce,omitempty"`
}

// Reason is why a host refuses a session.
type Reason string

// Reasons.
const (
	// RefusedFenced: the host knows a session that is not older (H-3).
	RefusedFenced Reason = "fenced"
	// RefusedVersion: the host speaks another version.
	RefusedVersion Reason = "version"
	// RefusedToken: the controller does not know the host's token.
	RefusedToken Reason = "token"
	// RefusedHost: another host listens there.
	RefusedHost Reason = "host"
	// RefusedBusy: the session has a connection already.
	RefusedBusy Reason = "busy"
)

// RefusedError is a host's refusal, as a controller's log shows it.
type RefusedError struct {
	Host    core.HostID
	Address string
	Reason  Reason
	// Version that the host speaks.
	Version int
	// Listening is which host listens at the address, for RefusedHost.
	Listening string
	// Fenced is the session that the host knows, for RefusedFenced.
	Fenced core.Session
}

// Error implements error.
func (e *RefusedError) Error() string {
	at := fmt.Sprintf("transport: host %v at %s refuses the session: ", e.Host, e.Address)
	switch e.Reason {
	case RefusedFenced:
		return at + fmt.Sprintf("it belongs to epoch %d, session %d", e.Fenced.Epoch, e.Fenced.Nonce)
	case RefusedVersion:
		return at + fmt.Sprintf("it speaks version %d of the protocol, this controller version %d: upgrade the older of the two", e.Version, Version)
	case RefusedToken:
		return at + "its token is another one: start both with the same token file"
	case RefusedHost:
		return at + fmt.Sprintf("%s listens there: correct the address", e.Listening)
	case RefusedBusy:
		return at + "the session has another connection"
	}
	return at + "for a reason that this controller does not know"
}

// newChallenge is what the other end's proof has to depend on.
func newChallenge() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// prove is a proof that its sender knows the token; what it is for and what it
// answers is part of it.
func prove(token, purpose, challenge string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(token))
	fmt.Fprintf(mac, "%s\n%s\n", purpose, challenge)
	mac.Write(body)
	return mac.Sum(nil)
}

// Purposes of proofs.
const (
	asController = "tidemark controller"
	asHost       = "tidemark host"
)

// sealed is a message with its proof before it.
func sealed(token, purpose, challenge string, message any) []byte {
	body, err := json.Marshal(message)
	if err != nil {
		panic("transport: a message of numbers and strings has no JSON: " + err.Error())
	}
	return append(prove(token, purpose, challenge, body), body...)
}

var errHandshake = errors.New("the other end does not speak this protocol")

// unseal reads a message and tells whether its proof is right.
func unseal(token, purpose, challenge string, b []byte, message any) (proved bool, err error) {
	if len(b) < sha256.Size {
		return false, errHandshake
	}
	body := b[sha256.Size:]
	if err := json.Unmarshal(body, message); err != nil {
		return false, errHandshake
	}
	return hmac.Equal(b[:sha256.Size], prove(token, purpose, challenge, body)), nil
}
