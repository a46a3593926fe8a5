// Answers each request with a description of what Go's net/http understood. Some paths answer in a
// special way; conformance.py lists them.
package main

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	server := &http.Server{Addr: ":" + os.Args[1], Handler: http.HandlerFunc(answer)}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}

func answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // closes the connection
	}
	w.Header().Set("X-Seen", seen(r, body))
	switch r.URL.Path {
	case "/chunked":
		for _, part := range []string{"one", "two", "three"} {
			io.WriteString(w, part)
			w.(http.Flusher).Flush()
		}
	case "/close":
		connection, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			io.WriteString(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok")
			connection.Close()
		}
	case "/empty":
		w.WriteHeader(http.StatusNoContent)
	case "/unchanged":
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	case "/hints":
		w.Header().Set("Link", "</shop.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "ok")
	case "/trailers":
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "ok")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Sum", "42")
	case "/large":
		w.Header().Set("X-Large", strings.Repeat("a", 60000))
		io.WriteString(w, "ok")
	case "/never":
		<-r.Context().Done()
	case "/websocket":
		w.WriteHeader(http.StatusNotImplemented)
	default:
		io.WriteString(w, "ok")
	}
}

// seen describes a request: method, target, host, all values of X-Case, length and digest of the
// body, each in hexadecimal. seen in server.js and server.py must return the same.
func seen(r *http.Request, body []byte) string {
	cases := r.Header["X-Case"]
	for i := range cases {
		cases[i] = strings.Trim(cases[i], " \t")
	}
	digest := sha1.Sum(body)
	parts := []string{r.Method, r.RequestURI, r.Host, strings.Join(cases, ","),
		fmt.Sprint(len(body)), hex.EncodeToString(digest[:])}
	for i, part := range parts {
		parts[i] = hex.EncodeToString([]byte(part))
	}
	return strings.Join(parts, ".")
}
