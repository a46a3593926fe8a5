// Go's net/http as a client of one case: client-go CASE BASE. Fails if the case does.
package main

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

var base = os.Args[2]
var transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
var client = &http.Client{Transport: transport}

func main() {
	switch os.Args[1] {
	case "get", "tls":
		check("GET", "/", 200, "ok")
	case "head":
		check("HEAD", "/", 200, "")
	case "post":
		mustBe(length(ask("POST", "/", strings.NewReader("hello"), nil)), 5)
	case "upload": // a reader of unknown length makes chunks
		body := io.MultiReader(strings.NewReader(strings.Repeat("a", 1<<20)))
		mustBe(length(ask("POST", "/", body, nil)), 1<<20)
	case "expect":
		transport.ExpectContinueTimeout = 10_000_000_000
		header := http.Header{"Expect": {"100-continue"}}
		mustBe(length(ask("POST", "/", strings.NewReader("hello"), header)), 5)
	case "three":
		for i := 0; i < 3; i++ {
			check("GET", "/", 200, "ok")
		}
	case "chunked":
		check("GET", "/chunked", 200, "onetwothree")
	case "close":
		check("GET", "/close", 200, "ok")
	case "empty":
		check("GET", "/empty", 204, "")
		check("GET", "/", 200, "ok")
	case "unchanged":
		check("GET", "/unchanged", 304, "")
		check("GET", "/", 200, "ok")
	case "hints":
		check("GET", "/hints", 200, "ok")
	case "trailers":
		answer, _ := ask("GET", "/trailers", nil, http.Header{"Te": {"trailers"}})
		mustBe(answer.Trailer.Get("X-Sum"), "42")
	case "large":
		mustBe(len(check("GET", "/large", 200, "ok").Header.Get("X-Large")), 60000)
	case "absolute":
		proxy, _ := url.Parse(base)
		transport.Proxy = http.ProxyURL(proxy)
		check("GET", "/", 200, "ok")
	default:
		fail("this client has no such feature")
	}
}

func ask(method, path string, body io.Reader, header http.Header) (*http.Response, string) {
	request, err := http.NewRequest(method, base+path, body)
	if err != nil {
		fail(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	answer, err := client.Do(request)
	if err != nil {
		fail(err)
	}
	defer answer.Body.Close()
	received, err := io.ReadAll(answer.Body)
	if err != nil {
		fail(err)
	}
	return answer, string(received)
}

func check(method, path string, status int, body string) *http.Response {
	answer, received := ask(method, path, nil, nil)
	mustBe(fmt.Sprint(answer.StatusCode, " ", received), fmt.Sprint(status, " ", body))
	return answer
}

func length(answer *http.Response, _ string) int {
	parts := strings.Split(answer.Header.Get("X-Seen"), ".")
	if len(parts) < 5 {
		fail("the answer has no X-Seen")
	}
	text, _ := hex.DecodeString(parts[4])
	number, _ := strconv.Atoi(string(text))
	return number
}

func mustBe(seen, expected any) {
	if seen != expected {
		fail(fmt.Sprintf("expected %v, got %v", expected, seen))
	}
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
