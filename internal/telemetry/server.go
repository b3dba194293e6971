package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health answers two questions: is the process alive (it answers at all, and nothing has stopped it for good), and is it
// ready (each of its parts does what it is there for).
type Health struct {
	mu    sync.Mutex
	parts map[string]func() error
	dead  error
}

// NewHealth returns a health without parts: alive and ready.
func NewHealth() *Health { return &Health{parts: map[string]func() error{}} }

// Part adds a part; ready is asked each time and answers why the part is not ready.
func (h *Health) Part(name string, ready func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.parts[name] = ready
}

// Fail says that the process will not recover by itself.
func (h *Health) Fail(why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead == nil {
		h.dead = why
	}
}

func (h *Health) alive() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dead
}

func (h *Health) ready() error {
	if err := h.alive(); err != nil {
		return err
	}
	h.mu.Lock()
	parts := make(map[string]func() error, len(h.parts))
	for name, part := range h.parts {
		parts[name] = part
	}
	h.mu.Unlock()
	var not []string
	for name, part := range parts {
		if err := part(); err != nil {
			not = append(not, name+": "+err.Error())
		}
	}
	if len(not) == 0 {
		return nil
	}
	slices.Sort(not)
	return errors.New(strings.Join(not, "\n"))
}

// Handler serves /metrics, /healthz and /readyz, and /debug/pprof where that is asked for.
func Handler(g prometheus.Gatherer, h *Health, profiling bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", answer(h.alive))
	mux.HandleFunc("GET /readyz", answer(h.ready))
	if profiling {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func answer(question func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := question(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, err)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// Serve serves handler on an address until ctx ends, and calls listening with the address it has got.
func Serve(ctx context.Context, address string, handler http.Handler, log *slog.Logger, listening func(net.Addr)) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for HTTP (setting http-listen): %w", err)
	}
	listening(listener.Addr())
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		stopped <- server.Shutdown(limited)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP on %s: %w", address, err)
	}
	if err := <-stopped; errors.Is(err, context.DeadlineExceeded) {
		return server.Close() // a profile that is being taken does not hold up the end of the process
	}
	return nil
}
