package tests3

import (
	"net/http"
	"testing"
)

func TestServerStartsAndEnds(t *testing.T) {
	s := Start(t)
	for range 2 {
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := s.Kill(); err != nil {
			t.Fatalf("ended twice: %v", err)
		}
		if _, err := http.Get("http://" + s.address + "/"); err == nil {
			t.Fatal("a server that was ended answers")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := s.Bucket(t), s.Bucket(t); a == b {
		t.Errorf("%s twice", a)
	}
}
