package servers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below the range that Linux gives to outgoing connections (32768 and up): a server that is
// down for a moment must find its port again, and a client that dials it meanwhile must not be handed that very port
// as its own.
const (
	firstPort = 20000
	lastPort  = 32000
)

// FreePort returns a port on loopback that nothing listens on now.
func FreePort() (int, error) {
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if PortFree(port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port on 127.0.0.1 in 100 attempts")
}

// PortFree says whether nothing listens on a port of loopback.
func PortFree(port int) bool {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// choosePort keeps a port that was asked for and finds one otherwise.
func choosePort(asked int) (int, error) {
	if asked == 0 {
		return FreePort()
	}
	if !PortFree(asked) {
		return 0, fmt.Errorf("port %d on 127.0.0.1 is taken by another program", asked)
	}
	return asked, nil
}
