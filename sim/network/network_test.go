package network

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSessionsAreFirstInFirstOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n Network
		n.Reset(3, 2)
		var last [3][2][directions]int64
		now := int64(0)
		for range 100 {
			now += rapid.Int64Range(0, 5).Draw(t, "pause")
			c, node := rapid.IntRange(0, 2).Draw(t, "client"), rapid.IntRange(0, 1).Draw(t, "node")
			d := Direction(rapid.IntRange(0, 1).Draw(t, "direction"))
			at, gen := n.Send(c, node, d, now, rapid.Int64Range(0, 50).Draw(t, "latency"))
			if at < now || at < last[c][node][d] {
				t.Fatalf("sent at %d, arrives at %d, before %d", now, at, last[c][node][d])
			}
			if !n.Arrives(c, node, gen) {
				t.Fatal("lost in a session that lives")
			}
			last[c][node][d] = at
		}
	})
}

func TestResetLosesWhatIsInFlight(t *testing.T) {
	var n, clone Network
	n.Reset(2, 2)
	_, lost := n.Send(1, 0, ToClients, 0, 100)
	_, kept := n.Send(0, 0, ToClients, 0, 100)
	clone.CopyFrom(&n)
	n.ResetSession(1, 0)
	if n.Arrives(1, 0, lost) || !n.Arrives(0, 0, kept) || !n.Arrives(1, 0, Straggler) {
		t.Fatal("a reset loses its own session's messages, and only those")
	}
	if at, _ := n.Send(1, 0, ToClients, 5, 1); at != 6 {
		t.Fatalf("a new session waits for an old one: %d", at)
	}
	n.ResetNode(0)
	if n.Arrives(0, 0, kept) {
		t.Fatal("a node's end does not end its sessions")
	}
	if !clone.Arrives(1, 0, lost) {
		t.Fatal("a copy is not independent")
	}
}

func TestCuts(t *testing.T) {
	var n Network
	n.Reset(1, 2)
	n.Cut(0, ToController, 50)
	n.Cut(0, ToController, 20)
	if n.CutUntil(0, ToController) != 50 || n.CutUntil(0, ToClients) != 0 || n.CutUntil(1, ToController) != 0 {
		t.Fatal("a cut concerns one direction of one link, for the longest time named")
	}
	n.Heal()
	if n.CutUntil(0, ToController) != 0 {
		t.Fatal("healing does not end a cut")
	}
}
