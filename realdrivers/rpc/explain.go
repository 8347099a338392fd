package rpc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// explained answers whoever does not speak to the API as it is to be spoken to, most
// often a person with curl: the library refuses with nothing but a status.
func explained(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&explainer{ResponseWriter: w, request: r}, r)
	})
}

// explainer adds the words to an answer that has none.
type explainer struct {
	http.ResponseWriter
	request *http.Request
	// said: the words are there, and what the library writes is left out.
	said bool
}

// Unwrap is for http.ResponseController.
func (e *explainer) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// Flush is for those who stream.
func (e *explainer) Flush() {
	if f, ok := e.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

func (e *explainer) WriteHeader(status int) {
	code, message := e.words(status)
	if message == "" {
		e.ResponseWriter.WriteHeader(status)
		return
	}
	e.said = true
	e.Header().Set("Content-Type", "application/json")
	e.Header().Del("Content-Length")
	e.ResponseWriter.WriteHeader(status)
	json.NewEncoder(e.ResponseWriter).Encode(map[string]string{"code": code, "message": "rpc: " + message})
}

func (e *explainer) Write(b []byte) (int, error) {
	if e.said {
		return len(b), nil
	}
	return e.ResponseWriter.Write(b)
}

// words are the code and message for a refusal of the request's form; "" for others.
func (e *explainer) words(status int) (code, message string) {
	name := e.request.URL.Path[strings.LastIndexByte(e.request.URL.Path, '/')+1:]
	switch status {
	case http.StatusNotFound: // of a call that there is, it is its own answer
		if methods().ByName(protoreflect.Name(name)) != nil {
			return "", ""
		}
		return "unimplemented", fmt.Sprintf("there is no call %.60q; the calls are %s", name, strings.Join(calls(), ", "))
	case http.StatusMethodNotAllowed:
		return "unimplemented", fmt.Sprintf("%s is not called by %.20q: send its message by POST", name, e.request.Method)
	case http.StatusUnsupportedMediaType:
		return "invalid_argument", e.form(name)
	}
	return "", ""
}

// form says how the call's message is to be sent.
func (e *explainer) form(name string) string {
	method := methods().ByName(protoreflect.Name(name))
	switch sent := e.request.Header.Get("Content-Type"); {
	case method != nil && method.IsStreamingServer():
		return fmt.Sprintf("%s answers with a stream, which needs a client of gRPC or connect: controllerd ctl watch, snapshot or dump", name)
	case e.request.Method == http.MethodGet:
		return fmt.Sprintf("%s by GET needs ?encoding=json&message= and the message, escaped; or send it by POST", name)
	default:
		return fmt.Sprintf("the message of %s comes as %.60q; send JSON, and say so: -H 'Content-Type: application/json'", name, sent)
	}
}

func methods() protoreflect.MethodDescriptors {
	return tidemarkpb.File_tidemark_v1_controller_proto.Services().ByName("Controller").Methods()
}

// calls are the names of all calls, as the API lists them.
func calls() []string {
	list := make([]string, methods().Len())
	for i := range list {
		list[i] = string(methods().Get(i).Name())
	}
	return list
}
