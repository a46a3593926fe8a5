// The demo app: what AutoServe's demo, tests and load tests run. It starts in milliseconds, tells who answers, and can
// be made slow, busy, sick or dead, since an app that only ever works proves nothing about what runs it.
//
//	GET  /                  who answers: a page, or JSON with ?json or Accept: application/json
//	GET  /health            200 while it is well, 503 while it is sick
//	*    /echo              the request as it arrived, in JSON
//	GET  /slow?ms=500       answers after that time
//	GET  /busy?ms=500       answers after burning one core for that time
//	GET  /bytes?n=1000&ms=0 a download of n bytes, spread over that time
//	GET  /status/{code}     answers with that status
//	GET  /ws                a WebSocket that echoes
//	POST /knob/{name}       turns a knob, see below
//
// Knobs, and the environment variable that turns them from the start:
//
//	sick           SICK=true          /health answers 503
//	slow?ms=500    LATENCY_MS=500     every request takes that much longer
//	errors?rate=.2 ERROR_RATE=0.2     that share of requests is answered with 500
//	freeze                            nothing is answered any more
//	leak?mb=64                        holds that much more memory
//	busy?ms=500                       burns one core for that time, after answering
//	dead           CRASH_AFTER_MS=500 ends at once (after that time) with status 1
//	well                              undoes all of the above that can be undone
//	               START_DELAY_MS=500 listens only after that time
//
// SIGTERM stops it gracefully: no new connections, requests in flight finish, WebSockets are told to go; status 0.
// `demo --check` asks a running one on the same machine for its health.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0) // whoever reads them knows when
	port := setting("PORT", "8080")
	if len(os.Args) > 1 && os.Args[1] == "--check" {
		check("http://127.0.0.1:" + port + "/health")
	}
	if after := milliseconds(os.Getenv("CRASH_AFTER_MS")); after > 0 {
		time.AfterFunc(after, die)
	}
	time.Sleep(milliseconds(os.Getenv("START_DELAY_MS")))

	server := &http.Server{Addr: ":" + port, Handler: handler()}
	stopped := make(chan struct{})
	go func() {
		terminated, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		<-terminated.Done()
		log.Println("ends when nobody is being answered any more")
		server.Shutdown(context.Background()) // without a limit of its own: the engine's grace period is the limit
		closeSockets()
		close(stopped)
	}()
	log.Println("listens on port", port)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-stopped
}

func handler() http.Handler {
	app := http.NewServeMux()
	app.HandleFunc("/{$}", who)
	app.HandleFunc("/echo", echo)
	app.HandleFunc("/slow", slow)
	app.HandleFunc("/busy", busy)
	app.HandleFunc("/bytes", download)
	app.HandleFunc("/status/{code}", status)
	app.HandleFunc("/ws", webSocket)

	all := http.NewServeMux()
	all.Handle("/", troubled(app))
	all.HandleFunc("/health", health)
	all.HandleFunc("POST /knob/{name}", turn)
	return all
}

// The knobs.
var (
	sick      atomic.Bool
	frozen    atomic.Bool
	latency   atomic.Int64  // a time.Duration
	errorRate atomic.Uint64 // the bits of a float64
	requests  atomic.Int64

	leaking sync.Mutex
	leaked  [][]byte
)

func init() {
	sick.Store(os.Getenv("SICK") == "true")
	latency.Store(int64(milliseconds(os.Getenv("LATENCY_MS"))))
	setErrorRate(os.Getenv("ERROR_RATE"))
}

func turn(w http.ResponseWriter, r *http.Request) {
	log.Println("is asked to be", r.PathValue("name"))
	switch r.PathValue("name") {
	case "sick":
		sick.Store(true)
	case "slow":
		latency.Store(int64(duration(r)))
	case "errors":
		setErrorRate(r.FormValue("rate"))
	case "freeze":
		frozen.Store(true)
	case "leak":
		leak(r.FormValue("mb"))
	case "busy":
		go burn(duration(r))
	case "dead":
		die()
	case "well":
		sick.Store(false)
		frozen.Store(false)
		latency.Store(0)
		errorRate.Store(0)
		leaking.Lock()
		leaked = nil
		leaking.Unlock()
	default:
		http.Error(w, "no such knob: try sick, slow, errors, freeze, leak, busy, dead or well", http.StatusNotFound)
		return
	}
	fmt.Fprintln(w, "done")
}

// troubled puts what the knobs say before the app.
func troubled(app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if frozen.Load() {
			<-r.Context().Done()
			return
		}
		pause(r, time.Duration(latency.Load()))
		if rand.Float64() < math.Float64frombits(errorRate.Load()) {
			http.Error(w, "one of the errors you asked for", http.StatusInternalServerError)
			return
		}
		app.ServeHTTP(w, r)
	})
}

func health(w http.ResponseWriter, r *http.Request) {
	switch {
	case frozen.Load():
		<-r.Context().Done()
	case sick.Load():
		http.Error(w, "sick", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "well")
	}
}

type identity struct {
	App      string `json:"app"`
	Instance string `json:"instance"`
	Revision string `json:"revision"`
	Version  string `json:"version"`
	Requests int64  `json:"requests"`
}

func who(w http.ResponseWriter, r *http.Request) {
	hostname, _ := os.Hostname()
	me := identity{
		App:      setting("APP_NAME", "demo"),
		Instance: setting("INSTANCE_NAME", hostname),
		Revision: setting("APP_REVISION", "?"),
		Version:  setting("VERSION", "1"),
		Requests: requests.Load(),
	}
	if r.URL.Query().Has("json") || strings.Contains(r.Header.Get("Accept"), "application/json") {
		answer(w, me)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, page, html.EscapeString(me.App), hue(me.Version), html.EscapeString(me.Instance),
		html.EscapeString(me.Version), html.EscapeString(me.Revision), me.Requests)
}

const page = `<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center;
         font: 1.1rem/1.6 system-ui, sans-serif; color: #fff; background: hsl(%d 45%% 30%%) }
  h1 { margin: 0; font-size: clamp(2rem, 10vw, 5rem); font-weight: 600 }
  p { margin: 0; opacity: .8 }
</style>
<h1>%s</h1>
<p>version %s · revision %s · %d requests</p>
`

// hue gives every version a colour of its own, so that a rollout can be watched.
func hue(version string) int {
	sum := 210
	for _, c := range version {
		sum += int(c-'1') * 47
	}
	return (sum%360 + 360) % 360
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	answer(w, map[string]any{
		"method": r.Method, "uri": r.RequestURI, "host": r.Host, "protocol": r.Proto, "from": r.RemoteAddr,
		"headers": r.Header, "body": string(body),
	})
}

func slow(w http.ResponseWriter, r *http.Request) {
	pause(r, duration(r))
	fmt.Fprintln(w, "slow")
}

func busy(w http.ResponseWriter, r *http.Request) {
	burn(duration(r))
	fmt.Fprintln(w, "busy")
}

func download(w http.ResponseWriter, r *http.Request) {
	const slices = 100
	n := max(0, number(r.FormValue("n")))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(n))
	for i := range slices {
		if _, err := w.Write(make([]byte, n*(i+1)/slices-n*i/slices)); err != nil {
			return
		}
		http.NewResponseController(w).Flush()
		pause(r, duration(r)/slices)
	}
}

func status(w http.ResponseWriter, r *http.Request) {
	code := number(r.PathValue("code"))
	if code < 200 || code > 599 {
		http.Error(w, "a status is 200 to 599", http.StatusBadRequest)
		return
	}
	w.WriteHeader(code)
}

func check(url string) {
	client := http.Client{Timeout: 2 * time.Second}
	if response, err := client.Get(url); err != nil || response.StatusCode != http.StatusOK {
		os.Exit(1)
	}
	os.Exit(0)
}

func die() { os.Exit(1) }

func burn(length time.Duration) {
	for end := time.Now().Add(length); time.Now().Before(end); {
	}
}

func leak(megabytes string) {
	memory := make([]byte, max(0, number(megabytes))<<20)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1 // only a touched page is used
	}
	leaking.Lock()
	defer leaking.Unlock()
	leaked = append(leaked, memory)
}

func setErrorRate(text string) {
	rate, _ := strconv.ParseFloat(text, 64)
	errorRate.Store(math.Float64bits(rate))
}

func pause(r *http.Request, length time.Duration) {
	select {
	case <-time.After(length):
	case <-r.Context().Done():
	}
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func duration(r *http.Request) time.Duration { return milliseconds(r.FormValue("ms")) }

func milliseconds(text string) time.Duration { return time.Duration(number(text)) * time.Millisecond }

// number is 0 where there is none: a demo may be lenient.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
